import { CommandError, EnvironmentError, ExpectationError, TargetError, UsageError } from "../base/errors.ts";

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
  /** With `--`: something kept the command from being started. */
  notStarted: 125,
  /** With `--`: the command cannot be run. */
  notRunnable: 126,
  /** With `--`: there is no such command. */
  notFound: 127,
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

/**
 * The exit code for an error before a command was started: 126 and 127 are what shells give for it, 125 is the rest.
 * A command line that is wrong stays {@linkcode ExitCode.usage}.
 */
export function notStartedCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return ExitCode.usage;
  if (!(error instanceof CommandError)) return ExitCode.notStarted;
  return error.reason === "not-found" ? ExitCode.notFound : ExitCode.notRunnable;
}
