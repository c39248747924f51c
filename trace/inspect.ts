import { TargetError } from "../base/mod.ts";
import { type PlanOptions, planProbes, type ProbePlan } from "../probe/mod.ts";
import { FileSource } from "./file_source.ts";
import type { Target } from "./target.ts";

/**
 * The plans for probes in a target's executable: reads the file, asks nothing of the kernel and needs no privilege
 * beyond reading it.
 *
 * @throws {TargetError} when the file cannot be traced, or a probe names no function of it.
 */
export function inspectTarget(target: Target, probes: readonly string[], options: PlanOptions): ProbePlan[] {
  using source = new FileSource(target.path);
  try {
    return planProbes(source, probes, options);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new TargetError(`${target.name}: ${error.message}`, {
      hint: error.hint,
      cause: error.cause ?? error,
    });
  }
}
