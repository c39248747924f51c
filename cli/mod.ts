/**
 * The command line: an argv comes in, a plain {@linkcode Command} or a UsageError goes out; the help's text and the
 * exit codes. Imports base and commander; knows nothing of files, processes or the machine.
 *
 * @module
 */
export * from "./exit_codes.ts";
export * from "./expectations.ts";
export * from "./help.ts";
export * from "./options.ts";
export type { FilterFlags, OutputFormat, ShownOptions } from "./output_options.ts";
