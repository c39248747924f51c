import type { Convention, GSource } from "../site.ts";
import type { MorestackBlock, StackCheck, StackCheckOptions } from "../stack_check.ts";
import { decode, type Instruction, PREFIX, type Register } from "./decode.ts";

/** What a register holds during the prologue, as far as the check is concerned. */
type Value =
  | { readonly kind: "g"; readonly source: GSource }
  /** The stack pointer, plus or less a constant. */
  | { readonly kind: "sp" }
  /** g.stackguard0 or stackguard1. */
  | { readonly kind: "guard" }
  /** The stack pointer less the guard. */
  | { readonly kind: "margin" }
  /** The offset of g from the thread pointer; undefined when it comes from the global offset table. */
  | { readonly kind: "tlsOffset"; readonly offset: number | undefined };

/** The condition code of the branch to morestack, by what the flags compare: below, equal, below or equal. */
const CONDITION = { underflow: 2, preempt: 4, check: 6 } as const;
type Flags = keyof typeof CONDITION;

const RSP = 4;
const R12 = 12;
const R14 = 14;
/** The word offsets of `stackguard0` (Go code) and `stackguard1` (the runtime's own) in `runtime.g`, all versions. */
const GUARD_OFFSETS: readonly number[] = [0x10, 0x18];
/** `runtime.stackPreempt`, which 1.16 and older compare the guard with. */
const STACK_PREEMPT = -0x522;
/** The longest known prologue has nine instructions up to its last branch. */
const LONGEST_PROLOGUE = 16;
/** Argument registers that are spilled around the call: 9 integers and 15 floats, and their reloads. */
const LONGEST_BLOCK = 80;

/**
 * Finds the branch of the stack check by following what the registers hold from the first instruction on: the shapes
 * that `stacksplit()` in cmd/internal/obj/x86/obj6.go of Go 1.12 to 1.27 emits, with g in R14 or loaded from
 * thread-local storage by the linker's forms of it.
 *
 * A branch is accepted when three things hold: the flags come from comparing the stack pointer (or it less the frame)
 * with the guard of g; its target lies ahead; and the block there calls morestack and jumps back to the first
 * instruction. When that block lies behind the bytes given, the comparison alone decides: nothing else in Go code
 * compares the stack pointer with `g.stackguard0`.
 */
export function findStackCheck(code: Uint8Array, options: StackCheckOptions): StackCheck {
  const walk = new PrologueWalk();
  let offset = 0;
  for (let i = 0; i < LONGEST_PROLOGUE; i++) {
    const instruction = decode(code, offset);
    if (instruction === undefined) break;
    offset += instruction.length;
    const { target } = instruction;
    if (target === undefined) {
      if (!walk.step(instruction)) break;
      continue;
    }
    const role = walk.branch(instruction, target);
    if (role === "body") break;
    if (role === "earlier") continue;
    if (walk.targets.some((other) => other !== target)) return walk.unknown("its branches part");
    if (target < offset) return walk.unknown("its branch to morestack goes back");
    const block = readMorestackBlock(code, target, options);
    if (block.kind === "other") return walk.unknown("its branch does not lead to a call of morestack");
    const { g } = walk;
    const convention: Convention = g.kind === "register" ? "register" : "stack";
    if (convention === "register" && !walk.keptArguments) {
      return walk.unknown("it overwrites a register that may hold an argument");
    }
    const { restored } = block;
    return { kind: "found", branchOffset: instruction.offset, nextOffset: offset, g, convention, restored };
  }
  if (walk.compared) return walk.unknown("it compares the stack pointer, and no known branch follows");
  return { kind: "none", g: walk.g };
}

class PrologueWalk {
  /** How g was found; by register only once R14 has been used as g. */
  g: GSource = { kind: "unknown" };
  /** Whether only R12 and R13 were written, which carry no argument in Go's register convention. */
  keptArguments = true;
  /** Whether something was compared as only a stack check does. */
  compared = false;
  readonly targets: number[] = [];
  readonly #values = new Map<Register, Value>([
    [RSP, { kind: "sp" }],
    [R14, { kind: "g", source: { kind: "register", register: "r14" } }],
  ]);
  #flags: Flags | undefined;

  unknown(why: string): StackCheck {
    return { kind: "unknown", why, g: this.g };
  }

  /** What a branch is: the last or an earlier one of the stack check, or the body's. */
  branch({ map, opcode }: Instruction, target: number): "last" | "earlier" | "body" {
    const condition = map === 1 ? opcode - 0x80 : opcode >= 0x70 && opcode <= 0x7f ? opcode - 0x70 : -1;
    const flags = this.#flags;
    this.#flags = undefined;
    if (flags === undefined || condition !== CONDITION[flags]) return "body";
    this.targets.push(target);
    return flags === "check" ? "last" : "earlier";
  }

  /** Follows any other instruction; false when it cannot belong to a stack check. */
  step(instruction: Instruction): boolean {
    if (instruction.map !== 0 || instruction.vector || (!instruction.wide && instruction.opcode !== 0x90)) {
      return false;
    }
    const { memory, reg, rm, opcode, immediate } = instruction;
    switch (opcode) {
      case 0x90:
        return true;
      case 0x8b: // mov r, r/m
        if (memory === undefined) return this.#set(reg, this.#values.get(rm));
        return this.#set(reg, this.#load(instruction));
      case 0x89: // mov r/m, r
        return memory === undefined && this.#set(rm, this.#values.get(reg));
      case 0xc7: // mov r, imm32: what a linker makes of a load from the global offset table
        return memory === undefined && this.#set(rm, { kind: "tlsOffset", offset: immediate });
      case 0x8d: // lea r, [rsp+N]
        return memory?.base === RSP && memory.index === undefined && this.#set(reg, { kind: "sp" });
      case 0x81:
      case 0x83:
        if (memory !== undefined) return false;
        if ((reg & 7) === 5) return this.#subtract(rm);
        return (reg & 7) === 7 && this.#compareWithConstant(rm, immediate);
      case 0x3d: // cmp rax, imm32
        return this.#compareWithConstant(0, immediate);
      case 0x29: // sub r/m, r
        return memory === undefined && this.#values.get(rm)?.kind === "sp" &&
          this.#values.get(reg)?.kind === "guard" && this.#set(rm, { kind: "margin" });
      case 0x3b: // cmp r, r/m
        if (this.#values.get(reg)?.kind !== "sp" || this.#load(instruction)?.kind !== "guard") return false;
        return this.#compare("check");
      default:
        return false;
    }
  }

  #subtract(register: Register): boolean {
    // The frame itself is made with `sub rsp`: the body begins.
    if (register === RSP || this.#values.get(register)?.kind !== "sp") return false;
    return this.#compare("underflow");
  }

  #compareWithConstant(register: Register, constant: number): boolean {
    const kind = this.#values.get(register)?.kind;
    if (kind === "guard" && constant === STACK_PREEMPT) return this.#compare("preempt");
    return kind === "margin" && this.#compare("check");
  }

  #compare(flags: Flags): true {
    this.#flags = flags;
    this.compared = true;
    return true;
  }

  /** What a load from memory gives. */
  #load(instruction: Instruction): Value | undefined {
    const { memory, prefixes } = instruction;
    if (memory === undefined || memory.index !== undefined) return undefined;
    if (prefixes.includes(PREFIX.FS)) {
      if (memory.base === undefined) return this.#tls(memory.displacement);
      const base = this.#values.get(memory.base);
      return base?.kind === "tlsOffset" && memory.displacement === 0 ? this.#tls(base.offset) : undefined;
    }
    if (memory.ripRelative) return { kind: "tlsOffset", offset: undefined };
    const base = memory.base === undefined ? undefined : this.#values.get(memory.base);
    if (base?.kind !== "g" || !GUARD_OFFSETS.includes(memory.displacement)) return undefined;
    this.g = base.source;
    return { kind: "guard" };
  }

  #tls(offset: number | undefined): Value {
    this.g = { kind: "tls", offset };
    return { kind: "g", source: this.g };
  }

  #set(register: Register, value: Value | undefined): boolean {
    if (value === undefined || register === RSP) return false;
    if (register !== R12 && register !== R12 + 1) this.keptArguments = false;
    this.#values.set(register, value);
    return true;
  }
}

/**
 * Whether the block at `offset` is the one that grows the stack: stores of argument registers to the stack, a call of
 * morestack, their reloads, and a jump to the function's first instruction.
 */
export function readMorestackBlock(
  code: Uint8Array,
  offset: number,
  options: StackCheckOptions,
): MorestackBlock {
  const restored = new Set<Register>();
  const block = (kind: MorestackBlock["kind"]) => ({ kind, restored });
  let called = false;
  let at = offset;
  for (let i = 0; i < LONGEST_BLOCK; i++) {
    const instruction = decode(code, at);
    if (instruction === undefined) return block(at + LONGEST_INSTRUCTION > code.length ? "unseen" : "other");
    at += instruction.length;
    const { map, opcode, target } = instruction;
    if (map === 0 && opcode === 0xe8 && target !== undefined && !called) {
      if (options.isMorestack !== undefined && !options.isMorestack(options.address + target)) {
        return block("other");
      }
      called = true;
    } else if (map === 0 && (opcode === 0xe9 || opcode === 0xeb)) {
      return block(called && target === 0 ? "proven" : "other");
    } else if (!isNop(instruction) && !(called ? isReload(instruction) : isSpill(instruction))) {
      return block("other");
    } else if (called && isWholeReload(instruction)) {
      restored.add(instruction.reg);
    }
  }
  return block("other");
}

const LONGEST_INSTRUCTION = 15;

function isNop({ map, opcode, rm }: Instruction): boolean {
  return (map === 0 && opcode === 0x90 && rm === 0) || (map === 1 && opcode === 0x1f);
}

/** A store to the stack: `mov` of any width, `movss`, `movsd`, `movups`. */
function isSpill({ map, opcode, memory }: Instruction): boolean {
  return memory?.base === RSP &&
    (map === 0 ? opcode === 0x88 || opcode === 0x89 : map === 1 && opcode === 0x11);
}

/** A load of all 64 bits of a general register. */
function isWholeReload({ map, opcode, wide, memory }: Instruction): boolean {
  return map === 0 && opcode === 0x8b && wide && memory?.base === RSP;
}

/** A load from the stack: `mov`, `movsxd`, `movzx`, `movsx`, `movss`, `movsd`, `movups`. */
function isReload({ map, opcode, memory }: Instruction): boolean {
  if (memory?.base !== RSP) return false;
  if (map === 0) return opcode === 0x8a || opcode === 0x8b || opcode === 0x63;
  return map === 1 &&
    (opcode === 0x10 || opcode === 0xb6 || opcode === 0xb7 || opcode === 0xbe || opcode === 0xbf);
}
