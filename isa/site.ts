/** The instruction sets that Go servers are traced on. */
export type Architecture = "x86_64" | "aarch64";

/**
 * What kind of instruction the probe sits on.
 *
 * - `push`: the `push rbp` behind the last branch to morestack: emulated by the kernel, passed once a call.
 * - `branch`: that last branch itself (`jbe`, `b.ls`): emulated, passed again when the stack had to grow, so the
 *   program looks at the flags.
 * - `call`: a call within the function, of one that is called on one way through it only.
 * - `return`: a `ret`: single-stepped on amd64.
 * - `entry`: the first instruction, of a function without a stack check or with an unknown prologue.
 */
export type SiteClass = "push" | "branch" | "entry" | "call" | "return";

/** How the stack check finds `g`, which tells the calling convention: a register from Go 1.17 (arm64: always). */
export type GSource =
  | { readonly kind: "register"; readonly register: string }
  | { readonly kind: "tls"; readonly offset: number | undefined }
  | { readonly kind: "unknown" };

/**
 * How this function takes its arguments, as far as its stack check shows. amd64: `register` where g is in R14, `stack`
 * where g is loaded from thread-local storage (Go 1.16 and older, and assembly since). arm64: by the registers that
 * the check may overwrite, X1 to 1.17 and X16 since. Without a stack check nothing shows.
 */
export type Convention = "stack" | "register" | "unknown";

/**
 * Which hits count.
 *
 * - `none`: all.
 * - `branch-not-taken`: those whose flags say that the branch falls through.
 * - `first-arrival`: those that are not the return of a call from growing its stack. A function that does not use a
 *   parameter does not keep it over morestack, so it has to be read before.
 */
export type SiteGuard = "none" | "branch-not-taken" | "first-arrival";

/** Where in a function the probe goes; pure: the same bytes give the same site. */
export interface SiteChoice {
  /** Bytes from the function's first instruction. */
  readonly offset: number;
  readonly class: Exclude<SiteClass, "call" | "return">;
  readonly guard: SiteGuard;
  /** Whether the kernel emulates the instruction (one trap) or single-steps it (two, about eight times the cost). */
  readonly emulated: boolean;
  /** The instruction as text, e.g. `push rbp`; empty where it was not decoded. */
  readonly instruction: string;
  /** How the stack check loads g. */
  readonly g: GSource;
  /** How the function takes its arguments. */
  readonly convention: Convention;
  /**
   * Whether a call hits the site once. False at an entry that is passed again when the stack grows (an unknown
   * prologue), or that a loop of the function jumps back to.
   */
  readonly once: boolean;
  /** Why the kernel would refuse a uprobe on the instruction (`ENOTSUPP`, `EINVAL`); empty when it accepts it. */
  readonly refusal: string;
  /** Why the site is an `entry`; empty otherwise. */
  readonly reason: string;
}

/** What {@linkcode findProbeSite} has to know besides the bytes. */
export interface SiteOptions {
  readonly architecture: Architecture;
  /** Virtual address of the first byte. */
  readonly address: number;
  /**
   * Whether a call to this address is one to `runtime.morestack`, `morestack_noctxt` or `morestackc`, or to a linker's
   * trampoline for them. Without it the block that calls is told by its shape alone.
   */
  readonly isMorestack?: (address: number) => boolean;
  /**
   * Indices, in Go's order of argument registers, of those that the probe reads. They have to be right at the site
   * also when the stack has grown. Default: none.
   */
  readonly reads?: readonly number[];
}
