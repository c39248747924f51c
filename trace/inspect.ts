import { type Source, TargetError } from "../base/mod.ts";
import {
  type ExecutablePlans,
  listFunctions,
  type PlanOptions,
  planProbes,
  type TraceableFunction,
} from "../probe/mod.ts";
import { FileSource } from "./file_source.ts";
import type { Target } from "./target.ts";

/**
 * The plans for probes in a target's executable: reads the file, asks nothing of the kernel and needs no privilege
 * beyond reading it.
 *
 * @throws {TargetError} when the file cannot be traced, or a probe names no function of it.
 */
export function inspectTarget(
  target: Target,
  probes: readonly string[],
  options: PlanOptions,
): ExecutablePlans {
  return reading(target, (source) => planProbes(source, probes, options));
}

/**
 * The functions of a target's executable: those whose names match, or without a pattern its handlers.
 *
 * @throws {TargetError} when the file cannot be read as a Go program, or nothing matches.
 */
export function listTarget(target: Target, pattern: string | undefined): TraceableFunction[] {
  return reading(target, (source) => listFunctions(source, pattern));
}

/** Runs what reads the target's executable; its errors name the file. */
function reading<T>(target: Target, action: (source: Source) => T): T {
  using source = new FileSource(target.path);
  try {
    return action(source);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    throw new TargetError(`${target.name}: ${error.message}`, {
      hint: error.hint,
      cause: error.cause ?? error,
    });
  }
}
