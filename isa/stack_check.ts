import type { Convention, GSource, SiteOptions } from "./site.ts";

/** What is needed to prove that a branch leads to morestack. */
export type StackCheckOptions = Pick<SiteOptions, "address" | "isMorestack">;

/** What the walk over a prologue found; offsets are from the function's first byte. */
export type StackCheck =
  | {
    readonly kind: "found";
    /** The last branch to morestack. */
    readonly branchOffset: number;
    /** The instruction behind it. */
    readonly nextOffset: number;
    readonly g: GSource;
    readonly convention: Convention;
    /** Registers, as encoded, that have their values again after morestack; a function keeps only what it uses. */
    readonly restored: ReadonlySet<number>;
  }
  | { readonly kind: "none"; readonly g: GSource }
  /** The stack guard is compared, or morestack called, in a way that is not known. */
  | { readonly kind: "unknown"; readonly why: string; readonly g: GSource };

/** The block that the branches of a stack check lead to. */
export interface MorestackBlock {
  /** `unseen`: it lies behind the bytes given. `other`: it is something else. */
  readonly kind: "proven" | "unseen" | "other";
  /** The general registers, as encoded, that it loads again behind the call. */
  readonly restored: ReadonlySet<number>;
}
