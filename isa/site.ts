/** The instruction sets that Go servers are traced on. */
export type Architecture = "x86_64" | "aarch64";

/**
 * What kind of instruction the probe sits on.
 *
 * - `push`: the `push rbp` behind the last branch to morestack: emulated by the kernel, passed once a call.
 * - `branch`: that last branch itself (`jbe`, `b.ls`): emulated, passed again when the stack had to grow, so the
 *   program looks at the flags.
 * - `entry`: the first instruction, of a function without a stack check or with an unknown prologue.
 */
export type SiteClass = "push" | "branch" | "entry";

/** How the stack check finds `g`, which tells the calling convention: a register from Go 1.17 (arm64: always). */
export type GSource =
  | { readonly kind: "register"; readonly register: string }
  | { readonly kind: "tls"; readonly offset: number | undefined }
  | { readonly kind: "unknown" };

/** Where in a function the probe goes; pure: the same bytes give the same site. */
export interface SiteChoice {
  /** Bytes from the function's first instruction. */
  readonly offset: number;
  readonly class: SiteClass;
  /** `branch-not-taken`: the hit counts only when the flags say that the branch falls through. */
  readonly guard: "none" | "branch-not-taken";
  /** Whether the kernel emulates the instruction (one trap) or single-steps it (two, about eight times the cost). */
  readonly emulated: boolean;
  /** The instruction as text, e.g. `push rbp`; empty where it was not decoded. */
  readonly instruction: string;
  /** How the stack check loads g. */
  readonly g: GSource;
  /** Why the site is an `entry`; empty otherwise. */
  readonly reason: string;
}
