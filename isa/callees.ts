import { directBranches } from "./direct_branches.ts";
import type { Architecture } from "./site.ts";

/** What {@linkcode findCallees} looks at. */
export interface CalleeOptions {
  readonly architecture: Architecture;
  /** Virtual address of the first byte. */
  readonly address: number;
}

/**
 * The virtual addresses that a function calls or jumps to directly, outside of its own bytes. Calls through registers
 * and memory are not seen.
 *
 * @param code the whole function.
 */
export function findCallees(code: Uint8Array, options: CalleeOptions): Set<number> {
  const outside = new Set<number>();
  for (const { target } of directBranches(code, options.architecture)) {
    if (target < 0 || target >= code.length) outside.add(options.address + target);
  }
  return outside;
}
