import { UsageError } from "../base/errors.ts";
import { HELP } from "./help.ts";
import { parseFlags, type RawFlags } from "./flags.ts";
import { parseDuration } from "./duration.ts";
import { givenShownFlag, type ShownOptions, toShown } from "./output_options.ts";
import { parseMaxCost } from "./max_cost.ts";
import { parseRingSize } from "./size.ts";

/**
 * What is to be traced: an executable, in every process that runs it, some processes, or a command that is started,
 * with what it starts.
 */
export type TargetOption =
  | { readonly kind: "binary"; readonly path: string }
  | { readonly kind: "pids"; readonly pids: readonly number[] }
  | CommandOption;

/** A command to start. */
export interface CommandOption {
  readonly kind: "command";
  readonly command: string;
  readonly args: readonly string[];
  /** The Go executable, where the command itself is none. */
  readonly binary: string | undefined;
  /** Whom it runs as, by name or number; undefined for the one who called sudo, if anyone did. */
  readonly user: string | undefined;
}

/** How to attach: the best that the kernel has, or one way by force (for tests). */
export type AttachOption = "auto" | "multi" | "perf";

/** Everything that the command line says about a run. What is undefined was not asked for. */
export interface TraceOptions extends ShownOptions {
  readonly target: TargetOption;
  /** At least one, without repetitions. */
  readonly probes: readonly string[];
  /** Stop after so many requests. */
  readonly count: number | undefined;
  /** Stop after so many milliseconds. */
  readonly durationMs: number | undefined;
  /** Fewer requests than that are a failure (exit 5). */
  readonly minEvents: number | undefined;
  /** A lost request is a failure (exit 5). */
  readonly failOnLost: boolean;
  readonly quiet: boolean;
  readonly verbosity: 0 | 1 | 2;
  /** Do not cut the path to the terminal's width. */
  readonly wide: boolean;
  /** Print the header of the table or of CSV. */
  readonly header: boolean;
  /** Bytes of the path that are captured, 1 to 4096. */
  readonly pathMaxBytes: number;
  /** Share of one core that the probes may cost the target: 0.05 is 5 %; Infinity for no limit. */
  readonly maxCost: number | undefined;
  /** Size of the ring buffer: a power of two, at least 4096. */
  readonly bufferSizeBytes: number;
  /** Where the output goes, if not to standard output. */
  readonly outputFile: string | undefined;
  readonly attach: AttachOption;
  /** GOHTTPSNOOP_LIBBPF: the libbpf to use. */
  readonly libbpf: string | undefined;
  /** COLUMNS, as it stands. */
  readonly columns: string | undefined;
}

/** What `--list` is asked for. */
export interface ListOptions {
  /** One executable, or one process. */
  readonly target: TargetOption;
  /** A part of the names that are wanted, or with `*` or `?` a glob over whole names; undefined for handlers only. */
  readonly pattern: string | undefined;
  /** One JSON object a line instead of one name. */
  readonly json: boolean;
  /** Each name with what the function takes and gives. */
  readonly declarations: boolean;
}

/** What the command is asked to do. */
export type Command =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | { readonly kind: "list"; readonly options: ListOptions }
  | { readonly kind: "trace"; readonly options: TraceOptions }
  | { readonly kind: "explain"; readonly options: TraceOptions };

/** The highest PID that a 64-bit kernel gives (PID_MAX_LIMIT). */
const MAX_PID = 2 ** 22;
const ATTACH_OPTIONS: readonly AttachOption[] = ["auto", "multi", "perf"];
const TRY = 'Try "gohttpsnoop ./server/main", or see gohttpsnoop --help.';

/**
 * Reads the arguments (without the program's name). A flag that is repeated counts as it stood last, but for `-p`,
 * which adds, and `-v`, which goes up. Help and version go before every other thing that may be wrong.
 *
 * @throws {UsageError} with a hint.
 */
export function parseArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Command {
  const end = argv.indexOf("--");
  const { flags, operands, unknown } = parseFlags(end < 0 ? argv : argv.slice(0, end));
  if (flags.help) return { kind: "help", text: HELP };
  if (flags.version) return { kind: "version" };
  if (unknown !== undefined) throw unknown;
  const command = end < 0 ? undefined : argv.slice(end + 1);
  if (flags.list) return { kind: "list", options: toListOptions(flags, operands, command) };
  const options = toOptions(flags, operands, command, env);
  return flags.explain ? { kind: "explain", options } : { kind: "trace", options };
}

function toOptions(
  flags: RawFlags,
  operands: readonly string[],
  command: readonly string[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): TraceOptions {
  const count = optional(flags.count, (text) => parseInteger(text, "--count", 1));
  const minEvents = optional(flags.minEvents, (text) => parseInteger(text, "--min-events", 0));
  // Behind the numbers: `-c ./server main.ping` lacks one, not a handler.
  const { target, probes } = toTarget(flags, operands, command);
  if (count !== undefined && minEvents !== undefined && minEvents > count) {
    throw new UsageError(`--min-events ${minEvents} can never be met with --count ${count}`, {
      hint: "Make --count at least as large as --min-events.",
    });
  }
  if (flags.quiet && flags.verbose > 0) {
    throw new UsageError("--quiet and --verbose contradict each other", { hint: "Leave one of them out." });
  }
  return {
    ...toShown(flags),
    target,
    probes,
    count,
    durationMs: optional(flags.duration, (text) => parseDuration(text, "--duration")),
    minEvents,
    failOnLost: flags.failOnLost,
    quiet: flags.quiet,
    verbosity: flags.verbose >= 2 ? 2 : flags.verbose === 1 ? 1 : 0,
    wide: flags.wide,
    header: flags.header,
    pathMaxBytes: parseInteger(flags.pathMax, "--path-max", 1, 4096),
    maxCost: optional(flags.maxCost, (text) => parseMaxCost(text, "--max-cost")),
    bufferSizeBytes: parseRingSize(flags.bufferSize, "--buffer-size"),
    outputFile: optional(flags.outputFile, parseOutputFile),
    attach: parseAttach(flags.attach),
    libbpf: env["GOHTTPSNOOP_LIBBPF"] || undefined,
    columns: env["COLUMNS"],
  };
}

/** Flags that would mean nothing to a list are refused by name: whoever writes them expects something of them. */
function toListOptions(
  flags: RawFlags,
  operands: readonly string[],
  command: readonly string[] | undefined,
): ListOptions {
  const given = {
    "--": command !== undefined,
    "--explain": flags.explain,
    "--count": flags.count !== undefined,
    "--duration": flags.duration !== undefined,
    "--output-file": flags.outputFile !== undefined,
  };
  const foreign = Object.entries(given).find(([, isGiven]) => isGiven)?.[0] ?? givenShownFlag(flags);
  if (foreign !== undefined) {
    throw new UsageError(`${foreign} says nothing to --list`, { hint: "Leave one of them out." });
  }
  const { target, rest } = splitOperands(flags, operands, undefined);
  const [pattern, ...more] = rest;
  if (more.length > 0 || target.kind === "pids" && target.pids.length > 1) {
    throw new UsageError("--list takes one BINARY or PID, and one PATTERN", {
      hint: "Quote the pattern, or the shell replaces it: gohttpsnoop -l ./server 'main.*'",
    });
  }
  return { target, pattern, json: flags.json, declarations: flags.verbose > 0 };
}

function toTarget(
  flags: RawFlags,
  operands: readonly string[],
  command: readonly string[] | undefined,
): { readonly target: TargetOption; readonly probes: readonly string[] } {
  const { target, rest } = splitOperands(flags, operands, command);
  return { target, probes: unique(rest) };
}

/** The target, and the operands that do not name it. */
function splitOperands(
  flags: RawFlags,
  operands: readonly string[],
  command: readonly string[] | undefined,
): { readonly target: TargetOption; readonly rest: readonly string[] } {
  if (operands.includes("")) {
    throw new UsageError("An argument is empty", { hint: "Check the variables in the command line." });
  }
  // A negative number gets this far, because it is an operand to commander.
  const dashed = operands.find((operand) => operand.length > 1 && operand.startsWith("-"));
  if (dashed !== undefined) throw new UsageError(`There is no option ${dashed}`, { hint: TRY });

  if (command !== undefined) return { target: toCommand(flags, operands, command), rest: operands };
  const behind = flags.binary !== undefined ? "--binary" : flags.user !== undefined ? "--user" : undefined;
  if (behind !== undefined) {
    throw new UsageError(`${behind} says nothing without -- and a command`, {
      hint: "Write the command behind --, or leave the option out: gohttpsnoop [options] PROBE... -- CMD",
    });
  }
  if (flags.pid.length > 0) {
    const file = operands.find(looksLikeFile);
    if (file !== undefined) {
      throw new UsageError(`With --pid, "${file}" is taken for a handler, but looks like a file`, {
        hint: "Leave the file out: the process is known by its PID.",
      });
    }
    return { target: { kind: "pids", pids: unique(flags.pid.flatMap(parsePids)) }, rest: operands };
  }
  const [path, ...rest] = operands;
  if (path === undefined) {
    throw new UsageError("Which server? There is no BINARY and no --pid", { hint: TRY });
  }
  return { target: { kind: "binary", path }, rest };
}

function toCommand(flags: RawFlags, operands: readonly string[], words: readonly string[]): CommandOption {
  const [command, ...args] = words;
  if (command === undefined || command === "") {
    throw new UsageError("There is no command behind --", {
      hint: "Write the one that is to be started: gohttpsnoop main.ping -- ./server -http :8080",
    });
  }
  if (flags.pid.length > 0) {
    throw new UsageError("--pid and -- contradict each other: a process, or a command to start", {
      hint: "Leave one of them out.",
    });
  }
  const file = operands.find(looksLikeFile);
  if (file !== undefined) {
    throw new UsageError(`With --, "${file}" is taken for a handler, but looks like a file`, {
      hint: `Leave it out, or write -b ${file} if the command is not the Go executable itself.`,
    });
  }
  for (const [flag, value] of [["--binary", flags.binary], ["--user", flags.user]] as const) {
    if (value === "") {
      throw new UsageError(`${flag} is empty`, { hint: "Check the variables in the command line." });
    }
  }
  return { kind: "command", command, args, binary: flags.binary, user: flags.user };
}

/** Whether an operand is no symbol: Go's do not begin so. */
function looksLikeFile(operand: string): boolean {
  return /^(\/|\.\.?\/)/.test(operand);
}

function parsePids(list: string): number[] {
  return list.split(",").map((text) => {
    const pid = /^\d+$/.test(text) ? Number(text) : 0;
    if (pid >= 1 && pid <= MAX_PID) return pid;
    throw new UsageError(`--pid takes process IDs, not "${list}"`, {
      hint: "Write numbers, with commas between them: -p 4711 or -p 4711,4712.",
    });
  });
}

function parseInteger(
  text: string,
  flag: string,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(value)) {
    throw new UsageError(`${flag} takes a number, not "${text}"`, {
      hint: `Write a whole number, ${range}.`,
    });
  }
  if (value < min || value > max) {
    throw new UsageError(`${flag} ${text} is out of range`, { hint: `Write a whole number, ${range}.` });
  }
  return value;
}

function parseOutputFile(text: string): string {
  if (text !== "" && !text.startsWith("-")) return text;
  throw new UsageError(text === "" ? "--output-file is empty" : `--output-file takes a file, not "${text}"`, {
    hint: "Name a file (./- for one that begins with a dash), or leave it out for standard output.",
  });
}

function parseAttach(text: string): AttachOption {
  const attach = ATTACH_OPTIONS.find((option) => option === text);
  if (attach !== undefined) return attach;
  throw new UsageError(`--attach takes auto, multi or perf, not "${text}"`, {
    hint: "Leave it out: auto is right.",
  });
}

function optional<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
