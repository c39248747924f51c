/**
 * Whether the kernel carries the instruction out itself, so that a hit is one trap and not two: direct and indirect
 * branches, compare or test and branch, `adr`, `adrp`. From `arm_probe_decode_insn()` in the kernel's
 * arch/arm64/kernel/probes/decode-insn.c; that newer kernels simulate `nop` is not counted on.
 */
export function isEmulated(word: number): boolean {
  const top = word >>> 24;
  return (top & 0x7c) === 0x14 || // b, bl
    (top === 0x54 && (word & 0x10) === 0) || // b.cond
    (top & 0x7c) === 0x34 || // cbz, cbnz, tbz, tbnz
    (top & 0x1f) === 0x10 || // adr, adrp
    isRegisterBranch(word);
}

/**
 * Why the kernel refuses a uprobe on the instruction (`EINVAL`), in words; empty when it accepts it. By
 * `aarch64_insn_is_steppable()` in the same file: what cannot be stepped out of line and is not simulated.
 */
export function refusal(word: number): string {
  if (isEmulated(word)) return "";
  const top = word >>> 24;
  if ((top & 0x3f) === 0x08) return "the kernel refuses a uprobe on an exclusive load or store";
  // ldr, ldrsw and prfm of a literal, general and vector. Kernels before 6.12 took ldr, and simulated it wrongly.
  if ((top & 0x3b) === 0x18) return "the kernel refuses a uprobe on a load of a literal";
  if (top === 0xd4) return "the kernel refuses a uprobe on a system call or breakpoint";
  if (word >>> 25 === 0x6b) return "the kernel refuses a uprobe on this branch";
  const isMsr = (word & 0xfff00000) >>> 0 === 0xd5100000 || (word & 0xfff8f01f) >>> 0 === 0xd500401f;
  if (isMsr) return "the kernel refuses a uprobe on a write of a system register";
  const isHint = (word & 0xfffff01f) >>> 0 === 0xd503201f;
  if (isHint && !STEPPABLE_HINTS.has(word >>> 5 & 0x7f)) return "the kernel refuses a uprobe on this hint";
  return "";
}

/** `br`, `blr` and `ret`, without pointer authentication. */
function isRegisterBranch(word: number): boolean {
  const masked = (word & 0xfffffc1f) >>> 0;
  return masked === 0xd61f0000 || masked === 0xd63f0000 || masked === 0xd65f0000;
}

/** `nop`, `xpaclri`, the `pac` forms and `bti`, by their number. */
const STEPPABLE_HINTS: ReadonlySet<number> = new Set([0, 7, 8, 10, 24, 25, 26, 27, 32, 34, 36, 38]);
