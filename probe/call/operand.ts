import { type ComponentLocation, type GoType, type Location, type Shape, shapeOfType } from "../../go/mod.ts";
import type { CallStart, PathStep } from "./program.ts";

/** A part of a value that the calling convention puts into one register. */
export interface RegisterPart {
  /** Bytes from the value's start, as it would lie in memory. */
  readonly offset: number;
  readonly location: ComponentLocation;
}

/** A value in the server's memory: at `offset` from where `steps` lead to from `start`. */
export interface MemoryOperand {
  readonly kind: "memory";
  readonly type: GoType;
  readonly start: CallStart;
  readonly steps: readonly PathStep[];
  readonly offset: number;
  /** Behind a last pointer that is nil it is 0: the length of a map or channel. */
  readonly nilIsZero?: boolean;
}

/** A value whose parts are in registers; `steps` have to hold for it to be there. */
export interface RegisterOperand {
  readonly kind: "registers";
  readonly type: GoType;
  readonly parts: readonly RegisterPart[];
  readonly steps: readonly PathStep[];
}

/** A word of the arguments whose type is not known: an executable without DWARF does not say. */
export interface WordOperand {
  readonly kind: "word";
  /** Where the word is, and those behind it, which a larger value takes too. */
  readonly words: readonly Location[];
}

/** A parameter or result whose place cannot be told. */
export interface UnplacedOperand {
  readonly kind: "unplaced";
  /** Why, as `it is ...` goes on. */
  readonly reason: string;
}

/** The address of a value in memory: `&x`. */
export interface AddressOperand {
  readonly kind: "address";
  readonly of: MemoryOperand;
}

/** The name of the type that an interface holds: `type(x)`. */
export interface TypeOperand {
  readonly kind: "type";
  readonly of: MemoryOperand | RegisterOperand;
}

/** The length of an array. */
export interface ConstantOperand {
  readonly kind: "constant";
  readonly value: number;
}

/** What the program knows of every call. */
export interface VariableOperand {
  readonly kind: "variable";
  readonly name: "goid" | "duration" | "pid";
}

/** What an expression stands for. */
export type Operand =
  | MemoryOperand
  | RegisterOperand
  | WordOperand
  | UnplacedOperand
  | AddressOperand
  | TypeOperand
  | ConstantOperand
  | VariableOperand;

/** An operand whose type is known. */
export type TypedOperand = MemoryOperand | RegisterOperand;

/** A value whose first byte is at `offset` above the stack pointer. */
export function onStack(type: GoType, offset: number): MemoryOperand {
  return { kind: "memory", type, start: { kind: "stack", offset }, steps: [], offset: 0 };
}

/** A value whose parts are at these places, in the order in which the calling convention takes it apart. */
export function inRegisters(
  type: GoType,
  { components = [] }: Shape,
  locations: readonly ComponentLocation[],
): RegisterOperand {
  const parts = locations.map((location, i) => ({ offset: components[i]?.offset ?? 0, location }));
  return { kind: "registers", type, parts, steps: [] };
}

/**
 * The value of `type` that begins at a word of the arguments, which the user says it is: nothing in the executable could
 * tell. Undefined where it would not be passed there, or not where an eBPF program can read it.
 */
export function asserted({ words }: WordOperand, type: GoType): TypedOperand | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  // On the stack it lies as in memory.
  if (first.kind === "stack") return onStack(type, first.offset);
  const shape = shapeOfType(type);
  const { components } = shape;
  if (components === undefined || components.length === 0) return undefined;
  const taken = words.slice(0, components.length);
  const isWhole = taken.length === components.length && components.every(({ kind }) => kind === "integer") &&
    taken.every(({ kind }) => kind === "register");
  return isWhole ? inRegisters(type, shape, taken) : undefined;
}

/** The part of a value that is of `type` and begins at `offset`: a field, or a word of a string, slice or interface. */
export function partOf(operand: TypedOperand, offset: number, type: GoType): TypedOperand {
  if (operand.kind === "memory") return { ...operand, type, offset: operand.offset + offset };
  const parts = operand.parts
    .filter((part) => part.offset >= offset && part.offset < offset + Math.max(type.size, 1))
    .map((part) => ({ ...part, offset: part.offset - offset }));
  return { ...operand, type, parts };
}

/** What the pointer that begins at `offset` of a value leads to: a value of `type`. */
export function behind(operand: TypedOperand, offset: number, type: GoType): MemoryOperand | undefined {
  if (operand.kind === "memory") {
    const steps = [...operand.steps, { kind: "pointer", offset: operand.offset + offset } as const];
    return { kind: "memory", type, start: operand.start, steps, offset: 0 };
  }
  const start = startOf(operand, offset);
  return start && { kind: "memory", type, start, steps: operand.steps, offset: 0 };
}

/** The register of the part at `offset` of a value, as a start; undefined where an eBPF program cannot read it. */
export function startOf({ parts }: RegisterOperand, offset: number): CallStart | undefined {
  const location = parts.find((part) => part.offset === offset)?.location;
  return location === undefined || location.kind === "float-register" ? undefined : location;
}

/** Whether a value's place and type are known. */
export function isTyped(operand: Operand): operand is TypedOperand {
  return operand.kind === "memory" || operand.kind === "registers";
}

/** The operand with one more step, which looks at the word at `offset` of `of`: a length, or a type. */
export function withCheck<T extends TypedOperand>(
  operand: T,
  of: TypedOperand,
  offset: number,
  step: (word: { readonly register: number } | { readonly offset: number }) => PathStep,
): T | undefined {
  if (of.kind === "memory") {
    // It is looked at from where the word lies, before a pointer beside it is followed.
    const { steps } = operand;
    const before = of.steps.length;
    const check = step({ offset: of.offset + offset });
    return { ...operand, steps: [...steps.slice(0, before), check, ...steps.slice(before)] };
  }
  const start = startOf(of, offset);
  if (start?.kind !== "register") return undefined;
  return { ...operand, steps: [...operand.steps, step({ register: start.index })] };
}
