import { type Instruction, PREFIX } from "./decode.ts";

const OPERAND_SIZE = 0x66;
const REFUSED_PREFIXES: ReadonlySet<number> = new Set([
  PREFIX.ES,
  PREFIX.CS,
  PREFIX.SS,
  PREFIX.DS,
  PREFIX.LOCK,
]);

/**
 * Whether the kernel carries the instruction out itself, so that a hit is one trap and not two: `push` of a register,
 * the direct jumps and `call`, and `nop`. From `push_setup_xol_ops()` and `branch_setup_xol_ops()` in the kernel's
 * arch/x86/kernel/uprobes.c; what newer kernels emulate beyond that is not counted on.
 */
export function isEmulated(instruction: Instruction): boolean {
  const { map, opcode, vector, prefixes, length, rm } = instruction;
  if (refusal(instruction) !== "" || vector) return false;
  if (map === 1) return opcode >= 0x80 && opcode <= 0x8f;
  if (map !== 0) return false;
  if (opcode >= 0x50 && opcode <= 0x57) return prefixes.length === 0 && length === (rm < 8 ? 1 : 2);
  if (opcode === 0x90) return rm === 0;
  return isDirectBranch(instruction);
}

/**
 * Why `uprobe_init_insn()` of arch/x86/kernel/uprobes.c refuses a uprobe on the instruction (`ENOTSUPP`, 524), in
 * words; empty when it accepts it. Every opcode of the one- and two-byte maps was tried on Linux 6.18: it refuses these
 * of one byte, and none behind `0f`. VEX and EVEX are refused here, for the kernel looks their opcode up in the one-byte
 * map, where it is another instruction's: it refuses `vpxor` as `out`, and emulates `vzeroupper` as `ja`.
 */
export function refusal(instruction: Instruction): string {
  const { map, opcode, vector, prefixes } = instruction;
  if (prefixes.includes(PREFIX.LOCK)) return "the kernel refuses a uprobe on a LOCK prefix";
  if (prefixes.some((prefix) => REFUSED_PREFIXES.has(prefix))) {
    return "the kernel refuses a uprobe on a CS, DS, ES or SS prefix";
  }
  if (vector) return "the kernel misreads an AVX instruction under a uprobe";
  if (isDirectBranch(instruction) && prefixes.includes(OPERAND_SIZE)) {
    return "the kernel refuses a uprobe on a 16-bit branch";
  }
  return map === 0 && REFUSED_OPCODES.has(opcode) ? "the kernel refuses a uprobe on this opcode" : "";
}

/** `jmp`, `jcc` and `call` with a target in the instruction. */
export function isDirectBranch(instruction: Instruction): boolean {
  const { map, opcode } = instruction;
  if (map === 1) return opcode >= 0x80 && opcode <= 0x8f;
  return map === 0 &&
    (opcode === 0xe8 || opcode === 0xe9 || opcode === 0xeb || (opcode >= 0x70 && opcode <= 0x7f));
}

/** The zeros of `good_insns_64` that are an instruction: port input and output, interrupts, `hlt`, `cli`, `sti`. */
const REFUSED_OPCODES: ReadonlySet<number> = new Set([
  ...[0x6c, 0x6d, 0x6e, 0x6f, 0xcc, 0xcd, 0xcf, 0xe4, 0xe5, 0xe6, 0xe7],
  ...[0xec, 0xed, 0xee, 0xef, 0xf1, 0xf4, 0xfa, 0xfb],
]);
