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
  }
  | { readonly kind: "none"; readonly g: GSource }
  /** The stack guard is compared, or morestack called, in a way that is not known. */
  | { readonly kind: "unknown"; readonly why: string; readonly g: GSource };

/** What the block is that the branches of a stack check lead to. `unseen`: it lies behind the bytes given. */
export type MorestackBlock = "proven" | "unseen" | "other";
