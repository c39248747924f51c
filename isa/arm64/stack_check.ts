import type { Convention, GSource } from "../site.ts";
import type { MorestackBlock, StackCheck, StackCheckOptions } from "../stack_check.ts";
import { decode, type Instruction, LENGTH, readWord, type Register, SP } from "./decode.ts";

/** What a register holds during the prologue, as far as the check is concerned. */
type Value =
  | { readonly kind: "g" }
  /** The stack pointer, plus or less a constant. */
  | { readonly kind: "sp" }
  /** g.stackguard0 or stackguard1. */
  | { readonly kind: "guard" }
  /** The stack pointer less the guard. */
  | { readonly kind: "margin" }
  | { readonly kind: "constant"; readonly value: number | undefined };

/** The condition code of the branch to morestack, by what the flags compare: `lo`, `eq`, `ls`. */
const CONDITION = { underflow: 3, preempt: 0, check: 9 } as const;
type Flags = keyof typeof CONDITION;

const G_REGISTER = 28;
const LINK_REGISTER = 30;
/** The assembler's own scratch register. */
const TEMPORARY = 27;
const ZERO = 31;
/** arm64 keeps g in X28 in every version and in assembly. */
export const G: GSource = { kind: "register", register: "x28" };

/** The word offsets of `stackguard0` (Go code) and `stackguard1` (the runtime's own) in `runtime.g`, all versions. */
const GUARD_OFFSETS: readonly number[] = [0x10, 0x18];
/** `runtime.stackPreempt`, which 1.16 and older compare the guard with. */
const STACK_PREEMPT = -0x522;
/** The longest known prologue has ten instructions up to its last branch. */
const LONGEST_PROLOGUE = 16;
/** Argument registers that are spilled around the call: 16 integers and 16 floats, and their reloads. */
const LONGEST_BLOCK = 96;
/** The scratch registers of a check by the register that holds the guard: X1 to Go 1.17, X16 since. */
const SCRATCH: ReadonlyMap<
  Register,
  { readonly convention: Convention; readonly registers: readonly Register[] }
> = new Map([
  [1, { convention: "stack", registers: [1, 2, 3, TEMPORARY] }],
  [16, { convention: "register", registers: [16, 17, TEMPORARY] }],
]);

/**
 * Finds the branch of the stack check by following what the registers hold from the first instruction on: the shapes
 * that `stacksplit()` in cmd/internal/obj/arm64/obj7.go of Go 1.12 to 1.27 emits. A branch is accepted under the same
 * three conditions as on amd64 (see amd64/stack_check.ts).
 */
export function findStackCheck(code: Uint8Array, options: StackCheckOptions): StackCheck {
  const walk = new PrologueWalk();
  for (let offset = 0; offset < LONGEST_PROLOGUE * LENGTH; offset += LENGTH) {
    const instruction = decode(code, offset);
    if (instruction === undefined) break;
    if (instruction.kind !== "condition") {
      if (!walk.step(instruction)) break;
      continue;
    }
    const { condition, target } = instruction;
    const role = walk.branch(condition, target);
    if (role === "body") break;
    if (role === "earlier") continue;
    if (walk.targets.some((other) => other !== target)) return unknown("its branches part");
    if (target <= offset) return unknown("its branch to morestack goes back");
    const block = readMorestackBlock(code, target, options);
    if (block.kind === "other") return unknown("its branch does not lead to a call of morestack");
    const convention = walk.convention();
    if (convention === undefined) return unknown("it overwrites a register that may hold an argument");
    const { restored } = block;
    return { kind: "found", branchOffset: offset, nextOffset: offset + LENGTH, g: G, convention, restored };
  }
  if (walk.compared) return unknown("it compares the stack pointer, and no known branch follows");
  return { kind: "none", g: G };
}

function unknown(why: string): StackCheck {
  return { kind: "unknown", why, g: G };
}

class PrologueWalk {
  /** Whether something was compared as only a stack check does. */
  compared = false;
  readonly targets: number[] = [];
  readonly #values = new Map<Register, Value>([[SP, { kind: "sp" }], [G_REGISTER, { kind: "g" }]]);
  readonly #written = new Set<Register>();
  #guardRegister: Register | undefined;
  #flags: Flags | undefined;

  /** What a branch is: the last or an earlier one of the stack check, or the body's. */
  branch(condition: number, target: number): "last" | "earlier" | "body" {
    const flags = this.#flags;
    this.#flags = undefined;
    if (flags === undefined || condition !== CONDITION[flags]) return "body";
    this.targets.push(target);
    return flags === "check" ? "last" : "earlier";
  }

  /** The convention whose scratch registers alone were written; undefined when there is none. */
  convention(): Convention | undefined {
    const scratch = SCRATCH.get(this.#guardRegister ?? ZERO);
    const kept = [...this.#written].every((register) => scratch?.registers.includes(register));
    return kept ? scratch?.convention : undefined;
  }

  /** Follows any other instruction; false when it cannot belong to a stack check. */
  step(instruction: Instruction): boolean {
    switch (instruction.kind) {
      case "nop":
        return true;
      case "load":
        if (this.#kind(instruction.base) !== "g" || !GUARD_OFFSETS.includes(instruction.offset)) return false;
        this.#guardRegister = instruction.to;
        return this.#set(instruction.to, { kind: "guard" });
      case "constant":
        return this.#set(instruction.to, { kind: "constant", value: instruction.value });
      case "keep":
        return this.#kind(instruction.to) === "constant" &&
          this.#set(instruction.to, { kind: "constant", value: undefined });
      case "arithmetic":
        if (instruction.from !== SP && this.#kind(instruction.from) !== "sp") return false;
        return this.#derive(instruction.to, instruction.flags && instruction.subtract, instruction.flags);
      case "subtract":
        return this.#subtract(instruction);
      default:
        return false;
    }
  }

  #subtract({ to, from, by, flags, extended }: Extract<Instruction, { kind: "subtract" }>): boolean {
    // Without an extension register 31 is zero, not the stack pointer.
    const left = !extended && from === ZERO ? undefined : this.#values.get(from);
    const right = by === ZERO ? undefined : this.#values.get(by);
    if (to === ZERO && flags) {
      if (left?.kind === "sp" && right?.kind === "guard") return this.#compare("check");
      if (left?.kind === "margin" && right?.kind === "constant") return this.#compare("check");
      const preempt = left?.kind === "guard" && right?.kind === "constant" && right.value === STACK_PREEMPT;
      return preempt && this.#compare("preempt");
    }
    if (left?.kind !== "sp") return false;
    if (right?.kind === "constant") return this.#derive(to, flags, flags);
    return right?.kind === "guard" && !flags && this.#set(to, { kind: "margin" });
  }

  /** The stack pointer plus or less a constant, with the flags set or not. */
  #derive(to: Register, underflows: boolean, flags: boolean): boolean {
    // The frame itself is made by writing the stack pointer: the body begins.
    if (to === SP || flags !== underflows) return false;
    if (underflows) this.#compare("underflow");
    return this.#set(to, { kind: "sp" });
  }

  #compare(flags: Flags): true {
    this.#flags = flags;
    this.compared = true;
    return true;
  }

  #kind(register: Register): Value["kind"] | undefined {
    return this.#values.get(register)?.kind;
  }

  #set(register: Register, value: Value): boolean {
    if (register === SP) return false;
    this.#written.add(register);
    this.#values.set(register, value);
    return true;
  }
}

/**
 * Whether the block at `offset` is the one that grows the stack: stores of argument registers to the stack, `mov x3,
 * x30`, a call of morestack, the reloads, and a jump to the function's first instruction.
 */
export function readMorestackBlock(
  code: Uint8Array,
  offset: number,
  options: StackCheckOptions,
): MorestackBlock {
  const restored = new Set<Register>();
  const block = (kind: MorestackBlock["kind"]) => ({ kind, restored });
  let called = false;
  for (let i = 0; i < LONGEST_BLOCK; i++) {
    const at = offset + i * LENGTH;
    const instruction = decode(code, at);
    if (instruction === undefined) return block("unseen");
    if (instruction.kind === "call" && !called) {
      if (options.isMorestack !== undefined && !options.isMorestack(options.address + instruction.target)) {
        return block("other");
      }
      called = true;
    } else if (instruction.kind === "jump") {
      return block(called && instruction.target === 0 ? "proven" : "other");
    } else if (!belongs(instruction, called)) {
      return block("other");
    } else if (called) {
      for (const register of wholeReloads(readWord(code, at) ?? 0)) restored.add(register);
    }
  }
  return block("other");
}

/** The general registers that `ldr xt, [xn, #offset]` or `ldp xt, xu, [xn, #offset]` load. Arm ARM, C4.1. */
function wholeReloads(word: number): Register[] {
  if (word >>> 22 === 0b1111100101) return [word & 31];
  return word >>> 22 === 0b1010100101 ? [word & 31, (word >>> 10) & 31] : [];
}

function belongs(instruction: Instruction, called: boolean): boolean {
  switch (instruction.kind) {
    case "nop":
      return true;
    case "access":
      return instruction.load === called && (instruction.base === SP || instruction.base === TEMPORARY);
    case "load":
      return called && instruction.base === TEMPORARY;
    case "move":
      return !called && instruction.to === 3 && instruction.from === LINK_REGISTER;
    // The address of a slot too far from the stack pointer for the instruction is made in X27 first.
    case "constant":
    case "keep":
      return instruction.to === TEMPORARY;
    case "arithmetic":
    case "sum":
      return instruction.to === TEMPORARY && (instruction.from === SP || instruction.from === TEMPORARY);
    default:
      return false;
  }
}
