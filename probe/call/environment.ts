import { TargetError } from "../../base/mod.ts";
import {
  assignArguments,
  type AssignedArgument,
  type Convention,
  type GoParameter,
  type GoSignature,
  type GoType,
  type Shape,
  shapeOfType,
  wordsShape,
} from "../../go/mod.ts";
import type { Architecture } from "../../isa/mod.ts";
import type { Operand, TypedOperand } from "./operand.ts";

/** The function whose calls are shown. */
export interface CalledFunction {
  readonly symbol: string;
  readonly architecture: Architecture;
  readonly convention: Convention;
  /** Undefined where the executable does not say. */
  readonly signature: GoSignature | undefined;
  /** A generic function's code takes a dictionary behind its receiver. */
  readonly hasDictionary: boolean;
}

/** A parameter, receiver or result with the place of its value. */
export interface NamedOperand {
  /** Its name in Go, or what stands for it: `recv`, `arg0`, `ret0`. */
  readonly name: string;
  readonly operand: TypedOperand;
}

/** The most words of arguments that can be named where their types are not known. */
const MAX_WORDS = 16;

/** What the names in an expression stand for: at the function's entry, and where it returns. */
export class Environment {
  /** The receiver, if there is one, and the parameters. */
  readonly parameters: readonly NamedOperand[];
  readonly results: readonly NamedOperand[];
  readonly #function: CalledFunction;
  readonly #entry = new Map<string, Operand>();
  readonly #return = new Map<string, Operand>();

  /** @throws {TargetError} when the place of a parameter cannot be told. */
  constructor(called: CalledFunction) {
    this.#function = called;
    const { signature } = called;
    if (signature === undefined) {
      this.parameters = [];
      this.results = [];
      return;
    }
    const { receiver, parameters, results } = signature;
    const places = assignArguments({
      convention: called.convention,
      architecture: called.architecture,
      ...receiver === undefined ? {} : { receiver: shapeOfType(receiver.type) },
      parameters: [...hiddenOf(called), ...parameters.map(({ type }) => shapeOfType(type))],
      results: results.map(({ type }) => shapeOfType(type)),
    });
    const visible = places.parameters.slice(hiddenOf(called).length);
    const named = [
      ...receiver === undefined ? [] : [this.#define(this.#entry, "recv", receiver, places.receiver!)],
      ...parameters.map((parameter, i) => this.#define(this.#entry, `arg${i}`, parameter, visible[i]!)),
    ];
    this.parameters = named;
    this.results = results.map((result, i) =>
      this.#define(this.#return, `ret${i}`, result, places.results[i]!)
    );
  }

  /** Whether the executable says what the function takes and gives. */
  get isKnown(): boolean {
    return this.#function.signature !== undefined;
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

  #define(into: Map<string, Operand>, alias: string, { name, type }: GoParameter, place: AssignedArgument) {
    const operand = operandAt(type, place);
    into.set(alias, operand);
    const isNamed = name !== "" && name !== "_" && !/^[~.]/.test(name);
    if (isNamed && !into.has(name)) into.set(name, operand);
    return { name: isNamed ? name : alias, operand };
  }

  #wordOf(name: string): Operand | undefined {
    const index = name === "recv" ? 0 : Number(/^arg(\d{1,3})$/.exec(name)?.[1] ?? NaN);
    if (!(index < MAX_WORDS)) return undefined;
    const { convention, architecture } = this.#function;
    const parameters: Shape[] = Array.from({ length: index + 1 }, () => wordsShape(1));
    const location = assignArguments({ convention, architecture, parameters }).parameters[index]
      ?.components[0];
    return location && { kind: "word", location };
  }
}

function hiddenOf({ hasDictionary }: CalledFunction): Shape[] {
  return hasDictionary ? [wordsShape(1)] : [];
}

function operandAt(type: GoType, { stackOffset, components }: AssignedArgument): TypedOperand {
  if (stackOffset !== undefined) {
    return { kind: "memory", type, start: { kind: "stack", offset: stackOffset }, steps: [], offset: 0 };
  }
  const shape = shapeOfType(type);
  const parts = components.map((location, i) => ({ offset: shape.components?.[i]?.offset ?? 0, location }));
  return { kind: "registers", type, parts, steps: [] };
}

/** Of a type that an executable does not describe. */
export function unknownType(name: string): TargetError {
  return new TargetError(`the type ${name} is not known in this executable`, {
    hint: "Write it as Go does with the package's whole path: *net/http.Request, github.com/me/shop.Order.",
  });
}
