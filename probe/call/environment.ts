import {
  assignArguments,
  type Convention,
  type GoParameter,
  type GoType,
  type Location,
  receiverKindOf,
  shapeOfType,
  wordsShape,
} from "../../go/mod.ts";
import type { Architecture } from "../../isa/mod.ts";
import { inRegisters, onStack, type Operand, type TypedOperand, type UnplacedOperand } from "./operand.ts";
import { type Place, type PlacedFunction, placesOf } from "./places.ts";

/** The function whose calls are shown. */
export interface CalledFunction {
  readonly symbol: string;
  readonly architecture: Architecture;
  readonly convention: Convention;
  /** A generic function's code takes a dictionary behind its receiver. */
  readonly hasDictionary: boolean;
  /** What the executable says of its signature; undefined where it does not. */
  readonly stated:
    | Pick<PlacedFunction, "signature" | "lacksBlanks" | "lacksResults" | "argsBytes" | "locations">
    | undefined;
}

/** A parameter, receiver or result with the place of its value. */
export interface NamedOperand {
  /** Its name in Go, or what stands for it: `recv`, `arg0`, `ret0`. */
  readonly name: string;
  readonly operand: TypedOperand | UnplacedOperand;
}

/** The most words of arguments that can be named where their types are not known. */
const MAX_WORDS = 16;

/**
 * What the names in an expression stand for: at the function's entry, and where it returns. A parameter has its own name
 * and `arg0`, `arg1`, ...; the receiver its own and `recv`; a result its own and `ret0`, `ret1`, ...
 */
export class Environment {
  /** The receiver, if there is one, and the parameters. */
  readonly parameters: readonly NamedOperand[];
  readonly results: readonly NamedOperand[];
  readonly #function: CalledFunction;
  readonly #entry = new Map<string, Operand>();
  readonly #return = new Map<string, Operand>();

  constructor(called: CalledFunction) {
    this.#function = called;
    const { stated } = called;
    if (stated === undefined) {
      this.parameters = [];
      this.results = [];
      return;
    }
    const { receiver, parameters, results } = stated.signature;
    const places = placesOf({ ...called, ...stated });
    this.parameters = [
      ...receiver === undefined ? [] : [this.#define(this.#entry, "recv", receiver, places.receiver!)],
      ...parameters.map((parameter, i) =>
        this.#define(this.#entry, `arg${i}`, parameter, places.parameters[i]!)
      ),
    ];
    this.results = stated.lacksResults
      ? []
      : results.map((result, i) => this.#define(this.#return, `ret${i}`, result, places.results[i]!));
  }

  /** Whether the executable says what the function takes and gives. */
  get isKnown(): boolean {
    return this.#function.stated !== undefined;
  }

  /** Whether the executable may not say what the function gives. */
  get lacksResults(): boolean {
    return this.#function.stated?.lacksResults ?? false;
  }

  /** A parameter or the receiver; where types are not known, the word of the arguments that `argN` or `recv` is. */
  atEntry(name: string): Operand | undefined {
    return this.#entry.get(name) ?? (this.isKnown ? undefined : this.#wordOf(name));
  }

  /** A result. */
  atReturn(name: string): Operand | undefined {
    return this.#return.get(name);
  }

  /** The names that can be written, for a message. */
  names(at: "entry" | "return"): string[] {
    const named = at === "entry" ? this.parameters : this.results;
    return named.map(({ name }) => name);
  }

  #define(
    into: Map<string, Operand>,
    alias: string,
    { name, type }: GoParameter,
    place: Place,
  ): NamedOperand {
    const operand = operandAt(type, place);
    // A parameter may have the name that would stand for another: its own name comes first.
    if (!into.has(alias)) into.set(alias, operand);
    const isNamed = name !== "" && name !== "_" && !/^[~.]/.test(name);
    if (isNamed) into.set(name, operand);
    return { name: isNamed ? name : alias, operand };
  }

  /** A pointer receiver is one word; how many a value receiver has is not known, nor so where the others are. */
  #wordOf(name: string): Operand | undefined {
    const { symbol, convention, architecture, hasDictionary } = this.#function;
    const receiver = receiverKindOf(symbol);
    const argument = /^arg(\d{1,2})$/.exec(name)?.[1];
    const before = (receiver === "none" ? 0 : 1) + (hasDictionary ? 1 : 0);
    let index: number;
    if (name === "recv" && receiver !== "none") index = 0;
    else if (argument !== undefined && receiver !== "value") index = before + Number(argument);
    else return undefined;
    if (index >= MAX_WORDS) return undefined;
    const parameters = Array.from({ length: MAX_WORDS }, () => wordsShape(1));
    const places = assignArguments({ convention, architecture, parameters }).parameters;
    const words = places.slice(index).map(({ components }) => components[0] as Location);
    return { kind: "word", words };
  }
}

function operandAt(type: GoType, place: Place): TypedOperand | UnplacedOperand {
  if ("reason" in place) return { kind: "unplaced", reason: place.reason };
  const { stackOffset, components } = place;
  return stackOffset === undefined
    ? inRegisters(type, shapeOfType(type), components)
    : onStack(type, stackOffset);
}
