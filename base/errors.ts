/**
 * The errors that this project throws on purpose. Each carries what happened (`message`) and what to do about
 * it (`hint`); the command maps the class to an exit code (cli/exit_codes.ts) and prints two lines. Anything
 * else that is thrown is a defect.
 */

/** Options of every {@linkcode GohttpsnoopError}: the hint for the user and the cause, where there is one. */
export interface ErrorDetails {
  /** One imperative sentence: what the user can do about it. */
  readonly hint?: string;
  /** The error underneath, shown by `-v`. */
  readonly cause?: unknown;
}

/** The common base: `message` says what happened, `hint` what to do. */
export class GohttpsnoopError extends Error {
  /** One imperative sentence for the user; empty where there is nothing to do. */
  readonly hint: string;

  /** An error that says `message`, what happened, without a full stop. */
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint ?? "";
  }
}

/** The command line or an option of the library is wrong (exit 2). */
export class UsageError extends GohttpsnoopError {}

/** The machine lacks something: a privilege, a kernel feature, libbpf (exit 3). */
export class EnvironmentError extends GohttpsnoopError {}

/** The target cannot be traced: no such file, not ELF, not Go, no such function (exit 4). */
export class TargetError extends GohttpsnoopError {}

/** The command that was to be started and traced was not: it is not there (exit 127) or cannot be run (126). */
export class CommandError extends GohttpsnoopError {
  /** An error whose `reason` tells the two apart. */
  constructor(message: string, readonly reason: "not-found" | "not-runnable", details: ErrorDetails = {}) {
    super(message, details);
  }
}

/** The bytes of a file contradict their format: truncated, out of range, an unknown encoding (exit 4). */
export class FormatError extends TargetError {}

/** Loading, attaching, reading or writing failed while running (exit 1). */
export class RuntimeError extends GohttpsnoopError {}

/** The run ended, but not with what the user had asked to see (exit 5). */
export class ExpectationError extends GohttpsnoopError {}
