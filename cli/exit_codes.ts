import { EnvironmentError, ExpectationError, TargetError, UsageError } from "../base/errors.ts";

/** The command's exit codes. */
export const ExitCode = {
  /** As asked. */
  ok: 0,
  /** Failed while running: load, attach, read, write to the output. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The machine lacks something: a privilege, a kernel feature, libbpf. */
  environment: 3,
  /** The target: no such file or process, not ELF, not Go, no such function, cannot be probed. */
  target: 4,
  /** An expectation (`--min-events`, `--fail-on-lost`) was not met. */
  expectation: 5,
  /** A second Ctrl-C. */
  interrupted: 130,
} as const;

/** One of {@linkcode ExitCode}'s values. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The exit code for an error; one that this project did not throw on purpose is a failure while running. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.usage;
  if (error instanceof EnvironmentError) return ExitCode.environment;
  if (error instanceof TargetError) return ExitCode.target;
  if (error instanceof ExpectationError) return ExitCode.expectation;
  return ExitCode.failed;
}
