import {
  assignArguments,
  type AssignedArgument,
  type ComponentLocation,
  type Convention,
  type DescribedSignature,
  type GoParameter,
  type ParameterLocation,
  type Shape,
  shapeOfType,
  wordsShape,
} from "../../go/mod.ts";
import type { Architecture } from "../../isa/mod.ts";

/** What an executable says of a function from which the places of its arguments and results follow. */
export interface PlacedFunction extends DescribedSignature {
  readonly convention: Convention;
  readonly architecture: Architecture;
  /** A generic function's code takes a dictionary behind its receiver. */
  readonly hasDictionary: boolean;
  /** Bytes of arguments and results by pclntab; undefined where it does not say. */
  readonly argsBytes: number | undefined;
  /** By DWARF, the receiver first; undefined where it does not say. */
  readonly locations: readonly ParameterLocation[] | undefined;
}

/** Where a value is; or why that cannot be told, as `it is ...` goes on. */
export type Place = AssignedArgument | { readonly reason: string };

/** The places of a function's receiver, parameters and results. */
export interface Places {
  /** Undefined for a function without a receiver. */
  readonly receiver: Place | undefined;
  readonly parameters: readonly Place[];
  readonly results: readonly Place[];
}

const NOT_TOLD =
  "at a place that cannot be told: the function takes more than is described of it, as parameters without a name are before Go 1.22";
const WORD = 8;
/** What lies between the stack pointer and the first argument: see {@linkcode assignArguments}. */
const RETURN_ADDRESS = 8;

/**
 * Where a function's arguments and results are, by its calling convention, compared with the other two that say
 * something of it. pclntab has the bytes of all arguments and results: where the signature makes others, something is
 * missing from it. DWARF has places of parameters, which decide then.
 */
export function placesOf(called: PlacedFunction): Places {
  const places = arrange(called, false);
  // Go 1.18 and 1.19 make a function of a generic method, whose dictionary comes before all else.
  if (!called.hasDictionary || places.receiver === undefined || !("reason" in places.receiver)) return places;
  const others = arrange(called, true);
  return others.receiver !== undefined && "reason" in others.receiver ? places : others;
}

function arrange(called: PlacedFunction, dictionaryFirst: boolean): Places {
  const { convention, architecture, signature, locations, lacksBlanks, argsBytes } = called;
  const shapes = {
    receiver: signature.receiver && shapeOfType(signature.receiver.type),
    hidden: called.hasDictionary ? [wordsShape(1)] : [],
    parameters: signature.parameters.map(({ type }) => shapeOfType(type)),
    results: signature.results.map(({ type }) => shapeOfType(type)),
  };
  const receivers = shapes.receiver === undefined ? [] : [shapes.receiver];
  const before = dictionaryFirst ? [...shapes.hidden, ...receivers] : [...receivers, ...shapes.hidden];
  const passed = [...before, ...shapes.parameters];
  const assigned = assignArguments({ convention, architecture, parameters: passed, results: shapes.results });
  const receiver = assigned.parameters[dictionaryFirst ? shapes.hidden.length : 0];
  const bytes = bytesOf(assigned.parameters, passed, assigned.results, shapes.results);
  // Nothing can come before a receiver, and results in registers are where they are whatever the parameters.
  const isWhole = argsBytes === undefined ? !lacksBlanks : bytes === argsBytes;
  const located = (
    parameter: GoParameter,
    shape: Shape,
    place: AssignedArgument,
    isCertain: boolean,
  ): Place => {
    const stated = locations?.find(({ name }) => name === parameter.name && name !== "")?.parts;
    if (!isCertain) return statedPlace(stated, shape, place) ?? { reason: NOT_TOLD };
    return stated === undefined || agrees(stated, shape, place)
      ? place
      : { reason: contradiction(place, stated) };
  };
  return {
    receiver: shapes.receiver && located(signature.receiver!, shapes.receiver, receiver!, true),
    parameters: signature.parameters.map((parameter, i) =>
      located(parameter, shapes.parameters[i]!, assigned.parameters[before.length + i]!, isWhole)
    ),
    results: assigned.results.map((place) =>
      isWhole || place.stackOffset === undefined ? place : { reason: NOT_TOLD }
    ),
  };
}

/** Bytes of arguments, results and the room for registers to be spilled into, as pclntab counts them. */
function bytesOf(
  parameters: readonly AssignedArgument[],
  parameterShapes: readonly Shape[],
  results: readonly AssignedArgument[],
  resultShapes: readonly Shape[],
): number {
  let end = RETURN_ADDRESS;
  const measure = ({ stackOffset }: AssignedArgument, { size }: Shape) => {
    if (stackOffset !== undefined) end = Math.max(end, stackOffset + size);
  };
  parameters.forEach((place, i) => measure(place, parameterShapes[i]!));
  end = aligned(end, WORD);
  results.forEach((place, i) => measure(place, resultShapes[i]!));
  let spilled = 0;
  parameters.forEach(({ stackOffset }, i) => {
    const { size, align } = parameterShapes[i]!;
    if (stackOffset === undefined) spilled = aligned(spilled, align) + size;
  });
  return aligned(end, WORD) - RETURN_ADDRESS + aligned(spilled, WORD);
}

type Parts = readonly (ComponentLocation | undefined)[];

/** Whether what DWARF says of a parameter fits to a place. It says nothing of parts that are not used. */
function agrees(stated: Parts, { size }: Shape, { stackOffset, components }: AssignedArgument): boolean {
  return stated.every((part, i) => {
    if (part === undefined) return true;
    if (stackOffset === undefined) {
      // The place on the stack that a register is copied to is no contradiction.
      return part.kind === "stack" || stated.length !== components.length || isSame(part, components[i]);
    }
    // Of a value that is used in part it is the place of that part.
    return part.kind === "stack" && part.offset >= stackOffset &&
      part.offset < stackOffset + Math.max(size, 1);
  });
}

/** The place that DWARF says, where that is all of the value. */
function statedPlace(
  stated: Parts | undefined,
  { components = [] }: Shape,
  place: AssignedArgument,
): AssignedArgument | undefined {
  const parts = stated?.filter((part) => part !== undefined) ?? [];
  const [first] = parts;
  if (first === undefined || parts.length !== stated?.length) return undefined;
  if (first.kind !== "stack") {
    const isWhole = parts.length === components.length && parts.every(({ kind }) => kind !== "stack");
    return isWhole ? { stackOffset: undefined, components: parts } : undefined;
  }
  // One part may be the second half of a string: then it cannot be where the convention has the beginning.
  if (place.stackOffset === undefined || parts.length !== 1) return undefined;
  return components.length === 1 || first.offset === place.stackOffset
    ? { stackOffset: first.offset, components: [] }
    : undefined;
}

function isSame(a: ComponentLocation, b: ComponentLocation | undefined): boolean {
  if (a.kind === "stack" || b === undefined || b.kind === "stack") return false;
  return a.kind === b.kind && a.index === b.index;
}

function contradiction({ stackOffset, components }: AssignedArgument, stated: Parts): string {
  const first = stackOffset === undefined ? components[0] : { kind: "stack", offset: stackOffset } as const;
  return `${text(first)} by its calling convention, and ${
    text(stated.find((part) => part !== undefined))
  } by DWARF`;
}

function text(location: ComponentLocation | undefined): string {
  if (location === undefined) return "nowhere";
  return location.kind === "stack" ? `at ${location.offset} on the stack` : `in ${location.name}`;
}

function aligned(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
