import { findAmd64Site } from "./amd64/site.ts";
import { findArm64Site } from "./arm64/site.ts";
import type { SiteChoice, SiteOptions } from "./site.ts";

/**
 * Chooses the instruction of a Go function that a uprobe goes on, such that a call is counted once, the argument
 * registers are as the caller left them, and the kernel needs one trap where that is possible:
 *
 * - the `push rbp` behind the last branch to morestack (amd64, Go 1.21 and later);
 * - that last branch, where no push follows: then hits with the branch taken are no calls yet;
 * - the first instruction, of a function without a stack check or with an unknown prologue, with the `reason`.
 *
 * Whatever the bytes are, the answer is a site: what speaks against it is in `reason`, `once` and `refusal`.
 *
 * @param code The function's bytes from its first instruction: the first 256, or all. With all of them the block that
 * calls morestack is seen, and so is a loop back to the first instruction.
 */
export function findProbeSite(code: Uint8Array, options: SiteOptions): SiteChoice {
  return options.architecture === "x86_64" ? findAmd64Site(code, options) : findArm64Site(code, options);
}
