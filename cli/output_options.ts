import { UsageError } from "../base/errors.ts";
import { parseDuration } from "./duration.ts";
import type { RawFlags } from "./flags.ts";

/** The formats of the output. */
export type OutputFormat = "table" | "json" | "csv";

/** What is shown of which requests. */
export interface ShownOptions {
  readonly output: OutputFormat;
  /** The time leads each line. */
  readonly time: boolean;
  /** More columns. */
  readonly extended: boolean;
  /** The columns by their names, in this order, not checked; undefined for those of the kind of trace. */
  readonly fields: readonly string[] | undefined;
  readonly filter: FilterFlags;
}

/** Which requests are wanted; what is undefined was not asked for. */
export interface FilterFlags {
  readonly methods: readonly string[] | undefined;
  /** A pattern: `*` is anything, `?` one character. */
  readonly path: string | undefined;
  /** Ranges of status codes, both ends included. */
  readonly statuses: readonly { readonly from: number; readonly to: number }[] | undefined;
  readonly minLatencyMs: number | undefined;
  readonly failed: boolean;
  /** A condition over a call's expressions, not read yet. */
  readonly where: string | undefined;
}

const FORMATS: readonly OutputFormat[] = ["table", "json", "csv"];
/** Flags whose values are texts. */
const VALUES = ["output", "fields", "method", "path", "status", "where"] as const;

/** @throws {UsageError} with a hint. */
export function toShown(flags: RawFlags): ShownOptions {
  if (flags.extended && flags.fields !== undefined) {
    throw new UsageError("--extended and --fields contradict each other", {
      hint: "Name all columns that are wanted by --fields.",
    });
  }
  return {
    output: toFormat(flags),
    time: flags.time,
    extended: flags.extended,
    fields: flags.fields === undefined ? undefined : words(flags.fields, "--fields", "method,status,path"),
    filter: {
      methods: flags.method === undefined ? undefined : words(flags.method, "--method", "GET,POST"),
      path: flags.path === undefined ? undefined : parsePath(flags.path),
      statuses: flags.status === undefined
        ? undefined
        : words(flags.status, "--status", "404,5xx").map(parseStatus),
      minLatencyMs: flags.minLatency === undefined
        ? undefined
        : parseDuration(flags.minLatency, "--min-latency"),
      failed: flags.failed,
      where: flags.where,
    },
  };
}

/** The first of these flags that was given, but `--json`; undefined when none was. */
export function givenShownFlag(flags: RawFlags): string | undefined {
  const value = VALUES.find((name) => flags[name] !== undefined);
  if (value !== undefined) return `--${value}`;
  if (flags.minLatency !== undefined) return "--min-latency";
  return flags.time ? "--time" : flags.extended ? "--extended" : flags.failed ? "--failed" : undefined;
}

function toFormat({ output, json }: RawFlags): OutputFormat {
  if (output === undefined) return json ? "json" : "table";
  const format = FORMATS.find((format) => format === output);
  if (format === undefined) {
    throw new UsageError(`--output takes table, json or csv, not "${output}"`, {
      hint: output.includes("/") || output.includes(".")
        ? "To write into a file, use --output-file."
        : "Leave it out for the table.",
    });
  }
  if (json && format !== "json") {
    throw new UsageError(`--json and --output ${format} contradict each other`, {
      hint: "Leave one of them out.",
    });
  }
  return format;
}

/** The words of a list with commas. */
function words(text: string, flag: string, example: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  if (!parts.includes("")) return [...new Set(parts)];
  throw new UsageError(`${flag} has an empty word in "${text}"`, {
    hint: `Write words with commas between them: ${flag} ${example}.`,
  });
}

function parsePath(text: string): string {
  if (text !== "") return text;
  throw new UsageError("--path is empty", { hint: "Quote the pattern, e.g. --path '/api/*'." });
}

/** `404`, or `4xx` for all that begin so. */
function parseStatus(text: string): { from: number; to: number } {
  if (/^[1-9]xx$/i.test(text)) {
    const from = Number(text[0]) * 100;
    return { from, to: from + 99 };
  }
  if (/^[1-9][0-9]{2}$/.test(text)) return { from: Number(text), to: Number(text) };
  throw new UsageError(`--status takes status codes, not "${text}"`, {
    hint: "Write three digits, or a class, with commas between them: --status 404,5xx.",
  });
}
