import type { CalleeOptions } from "./callees.ts";
import { directBranches } from "./direct_branches.ts";

/** A call instruction within a function, as a place for a probe. */
export interface CallSite {
  /** Bytes from the function's first instruction. */
  readonly offset: number;
  readonly emulated: boolean;
  /** As text, e.g. `call 0x401000`. */
  readonly instruction: string;
}

/**
 * The first direct call of `target` in a function; undefined when there is none. A probe there is hit only on the ways
 * through the function that make the call.
 *
 * @param code the whole function.
 */
export function findCallSite(code: Uint8Array, target: number, options: CalleeOptions): CallSite | undefined {
  for (const branch of directBranches(code, options.architecture)) {
    if (!branch.isCall || options.address + branch.target !== target) continue;
    const { offset, emulated } = branch;
    return { offset, emulated, instruction: branch.text(options.address) };
  }
  return undefined;
}
