import type { Machine } from "../elf/mod.ts";
import type { Location } from "./location.ts";
import { alignUp, type Shape } from "./shape.ts";

/** `stack` is ABI0 (to Go 1.16, on arm64 to 1.17), `register` ABIInternal. */
export type Convention = "stack" | "register";

/** Where one base value of an argument or a result is; an eBPF uprobe cannot read a float register. */
export type ComponentLocation =
  | Location
  | { readonly kind: "float-register"; readonly index: number; readonly name: string };

/** Where one argument is at the function's entry, or one result at its returns. */
export interface AssignedArgument {
  /** For one on the stack, the place of its first byte above the stack pointer; undefined in registers. */
  readonly stackOffset: number | undefined;
  /** Each of the shape's components; empty for an array on the stack, which lies there as in memory. */
  readonly components: readonly ComponentLocation[];
}

/** What {@linkcode assignArguments} gives: one assignment for each argument and result. */
export interface AssignedArguments {
  /** Undefined for a function without a receiver. */
  readonly receiver: AssignedArgument | undefined;
  readonly parameters: readonly AssignedArgument[];
  /** At each RET, before it runs. The stack pointer is there as it was at the function's entry. */
  readonly results: readonly AssignedArgument[];
}

/** What is called, and how. */
export interface Signature {
  readonly convention: Convention;
  readonly architecture: Machine;
  /** The receiver of a method; it is assigned first. */
  readonly receiver?: Shape;
  /** In order. An instantiated generic function takes its dictionary, one word, as the first of them. */
  readonly parameters: readonly Shape[];
  /** In order. Default: none. */
  readonly results?: readonly Shape[];
}

/**
 * The registers of ABIInternal in the order in which they are assigned. Source: Go's
 * src/cmd/compile/abi-internal.md, "Architecture specifics".
 */
export const ARGUMENT_REGISTERS = {
  x86_64: {
    integer: ["AX", "BX", "CX", "DI", "SI", "R8", "R9", "R10", "R11"],
    float: Array.from({ length: 15 }, (_, i) => `X${i}`),
  },
  aarch64: {
    integer: Array.from({ length: 16 }, (_, i) => `R${i}`),
    float: Array.from({ length: 16 }, (_, i) => `F${i}`),
  },
} as const satisfies Record<Machine, { integer: readonly string[]; float: readonly string[] }>;

/**
 * Bytes from the stack pointer at entry to the first argument on the stack: the return address lies between on amd64,
 * the slot that the callee saves its link register in on arm64.
 */
const FIRST_STACK_ARGUMENT = 8;
const POINTER_SIZE = 8;

/**
 * Says where the arguments of a Go function are when its first instruction runs, and where its results are when it
 * returns. Each is wholly in registers or wholly on the stack; one that does not fit leaves the registers to those behind
 * it. Results take the registers anew from the first one, and lie on the stack behind the arguments. Spill space is not
 * assigned: it lies behind them all and moves none.
 *
 * Source: Go's src/cmd/compile/abi-internal.md, "Function call argument and result passing"; ABI0 is the same
 * algorithm with no registers.
 */
export function assignArguments(signature: Signature): AssignedArguments {
  const registers = signature.convention === "stack"
    ? { integer: [], float: [] }
    : ARGUMENT_REGISTERS[signature.architecture];
  const state: State = { registers, integers: 0, floats: 0, stackOffset: FIRST_STACK_ARGUMENT };
  const receiver = signature.receiver && assign(state, signature.receiver);
  const parameters = signature.parameters.map((shape) => assign(state, shape));
  state.integers = 0;
  state.floats = 0;
  state.stackOffset = alignUp(state.stackOffset, POINTER_SIZE);
  const results = (signature.results ?? []).map((shape) => assign(state, shape));
  return { receiver, parameters, results };
}

interface State {
  readonly registers: { readonly integer: readonly string[]; readonly float: readonly string[] };
  /** The next integer register. */
  integers: number;
  /** The next float register. */
  floats: number;
  /** Where the next one on the stack may begin. */
  stackOffset: number;
}

function assign(state: State, shape: Shape): AssignedArgument {
  const components = assignRegisters(state, shape);
  if (components !== undefined) return { stackOffset: undefined, components };
  const start = alignUp(state.stackOffset, shape.align);
  state.stackOffset = start + shape.size;
  return {
    stackOffset: start,
    components: (shape.components ?? []).map(({ offset }) => ({ kind: "stack", offset: start + offset })),
  };
}

/** Undefined when it goes to the stack: without size, with an array, or too large for the registers that are left. */
function assignRegisters(state: State, shape: Shape): readonly ComponentLocation[] | undefined {
  if (shape.size === 0 || shape.components === undefined) return undefined;
  let { integers, floats } = state;
  const locations: ComponentLocation[] = [];
  for (const { kind } of shape.components) {
    const index = kind === "integer" ? integers++ : floats++;
    const name = state.registers[kind][index];
    if (name === undefined) return undefined;
    locations.push({ kind: kind === "integer" ? "register" : "float-register", index, name });
  }
  state.integers = integers;
  state.floats = floats;
  return locations;
}
