import { Command as Parser, CommanderError } from "commander";
import { UsageError } from "../base/errors.ts";
import { nearest } from "./nearest.ts";

/** The flags as they were written; only their presence and arity are checked. */
export interface RawFlags {
  readonly pid: readonly string[];
  readonly binary?: string;
  readonly user?: string;
  readonly pathMax: string;
  readonly count?: string;
  readonly duration?: string;
  readonly wide: boolean;
  readonly header: boolean;
  readonly outputFile?: string;
  readonly quiet: boolean;
  readonly verbose: number;
  readonly minEvents?: string;
  readonly failOnLost: boolean;
  readonly explain: boolean;
  readonly list: boolean;
  readonly json: boolean;
  readonly output?: string;
  readonly time: boolean;
  readonly extended: boolean;
  readonly fields?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: string;
  readonly minLatency?: string;
  readonly where?: string;
  readonly failed: boolean;
  readonly maxCost?: string;
  readonly bufferSize: string;
  readonly attach: string;
  readonly version: boolean;
  readonly help: boolean;
}

/** What {@linkcode parseFlags} finds. */
export interface ParsedFlags {
  readonly flags: RawFlags;
  /** The arguments that are neither flags nor their values. */
  readonly operands: readonly string[];
  /** The error for the first flag that does not exist, not thrown yet: help goes before it. */
  readonly unknown: UsageError | undefined;
}

/** Flags of the contract that do not exist yet: whoever has read of them should not be told of a typing error. */
const PLANNED: ReadonlySet<string> = new Set(
  "-s --summary -i --interval --sort --query --color --completion --doctor"
    .split(" "),
);

/**
 * Tells flags, their values and operands apart.
 *
 * @throws {UsageError} when a flag lacks its value, unless help or the version is asked for.
 */
export function parseFlags(argv: readonly string[]): ParsedFlags {
  const parser = makeParser();
  try {
    const { operands, unknown } = parser.parseOptions([...argv]);
    const flag = unknown[0];
    return {
      flags: parser.opts<RawFlags>(),
      operands,
      unknown: flag === undefined ? undefined : unknownFlag(flag, parser),
    };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const flags = parser.opts<RawFlags>();
    if (flags.help || flags.version) return { flags, operands: [], unknown: undefined };
    // The value is the one thing that this way of parsing checks, and it can only lack at the very end.
    const flag = argv.at(-1) ?? "";
    throw new UsageError(`${flag} lacks its value`, { hint: `Write ${valueOf(flag, parser)}.` });
  }
}

/** The flags that exist, long and short: `--count`, `-c`. */
export function knownFlags(): string[] {
  return flagsOf(makeParser());
}

function makeParser(): Parser {
  return new Parser("gohttpsnoop")
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .option("-p, --pid <PID[,PID...]>", "", (value: string, before: string[]) => [...before, value], [])
    .option("-b, --binary <FILE>")
    .option("--user <NAME>")
    .option("--path-max <N>", "", "256")
    .option("-c, --count <N>")
    .option("-d, --duration <TIME>")
    .option("-w, --wide", "", false)
    .option("--no-header", "", true)
    .option("--output-file <FILE>")
    .option("-q, --quiet", "", false)
    .option("-v, --verbose", "", (_value: unknown, before: number) => before + 1, 0)
    .option("--min-events <N>")
    .option("--fail-on-lost", "", false)
    .option("--explain", "", false)
    .option("-l, --list", "", false)
    .option("--json", "", false)
    .option("-o, --output <FORMAT>")
    .option("-T, --time", "", false)
    .option("-e, --extended", "", false)
    .option("-F, --fields <A,B,C>")
    .option("--method <M,...>")
    .option("--path <GLOB>")
    .option("--status <CODE,...>")
    .option("--min-latency <TIME>")
    .option("--where <EXPR>")
    .option("-x, --failed", "", false)
    .option("--max-cost <SHARE>")
    .option("--buffer-size <SIZE>", "", "8M")
    .option("--attach <HOW>", "", "auto")
    .option("-V, --version", "", false)
    .option("-h, --help", "", false);
}

function unknownFlag(argument: string, parser: Parser): UsageError {
  const equals = argument.indexOf("=");
  const name = equals < 0 ? argument : argument.slice(0, equals);
  const flag = name === "-" ? argument : /^-[^-]/.test(name) ? name.slice(0, 2) : name;
  if (flagsOf(parser).includes(flag)) {
    return new UsageError(`${flag} takes no value`, { hint: `Write ${flag} alone.` });
  }
  if (PLANNED.has(flag)) {
    return new UsageError(`${flag} is not in this version`, { hint: "See gohttpsnoop --help for what is." });
  }
  const near = flag.startsWith("--") ? nearest(flag, flagsOf(parser)) : undefined;
  return new UsageError(`There is no option ${flag}`, {
    hint: near === undefined ? "See gohttpsnoop --help for the options." : `Did you mean ${near}?`,
  });
}

function flagsOf(parser: Parser): string[] {
  return parser.options.flatMap(({ long, short }) => [long, short]).filter((flag) =>
    typeof flag === "string"
  );
}

/** `--count N`, for whatever way the flag was written. */
function valueOf(argument: string, parser: Parser): string {
  const option = parser.options.find(({ long, short }) =>
    argument === long ||
    (short !== undefined && !argument.startsWith("--") && argument.endsWith(short.slice(1)))
  );
  return option === undefined
    ? `a value after ${argument}`
    : option.flags.replace(/^-., /, "").replace(/[<>]/g, "");
}
