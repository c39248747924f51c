import type { Architecture } from "./site.ts";

/** A return instruction of a function, as a place for a probe: there its results are where its caller takes them. */
export interface ReturnSite {
  /** Bytes from the function's first instruction. */
  readonly offset: number;
  /** Length of the instruction, in bytes. */
  readonly size: number;
  /** As text: `ret`, `ret 0x8`, `rep ret`, `ret x5`. */
  readonly instruction: string;
  /** Whether the kernel emulates it (one trap: all of arm64) or single-steps it (two: all of amd64). */
  readonly emulated: boolean;
  /** Why the kernel would refuse a uprobe on it (`ENOTSUPP`, `EINVAL`); empty when it accepts it. */
  readonly refusal: string;
}

/** Where a function returns; pure: the same bytes give the same answer. */
export interface Returns {
  /** Ascending. Empty for a function that never returns, e.g. one that panics. */
  readonly returns: readonly ReturnSite[];
  /**
   * Offsets of the jumps that leave the function, ascending: a direct jump out of its bytes, or one through a register
   * or memory that is no jump table. The function that is jumped to returns in its place, so that a call that ends
   * there passes none of `returns`.
   */
  readonly tailJumps: readonly number[];
  /** Whether all bytes were read as instructions, so that there is no other return and no other jump out. */
  readonly complete: boolean;
  /** Why it is not complete; empty when it is. What was found up to there is given all the same. */
  readonly reason: string;
}

/** What {@linkcode findReturns} has to know besides the bytes. */
export interface ReturnsOptions {
  readonly architecture: Architecture;
  /** Virtual address of the first byte. */
  readonly address: number;
}
