import { UsageError } from "../base/errors.ts";
import { type HeaderName, headerName } from "../base/header_name.ts";
import { TIME_OF_DAY_BYTES } from "../event/clock.ts";
import { GRPC_STATUS_BYTES, GRPC_STATUS_FIELD, grpcStatusField } from "../event/grpc_status.ts";
import { hasSymbol } from "../event/measures.ts";
import { type EventProbe, fieldIndex, MARK_FIELD } from "../event/record_view.ts";

/** What a column is made from, and so how its cells are written. */
export const ColumnKind = {
  /** Text that every request has. */
  text: 0,
  /** Text that may be empty, which means that it was not set. */
  detail: 1,
  path: 2,
  status: 3,
  duration: 4,
  size: 5,
  integer: 6,
  /** The version of TLS, as the protocol numbers it. */
  tls: 7,
  time: 8,
  pid: 9,
  symbol: 10,
  outcome: 11,
  /** The name of the process. */
  comm: 12,
  /** A function, by the address of its code. */
  handler: 13,
  /** Of a call: all that is shown of its arguments, and of its results. */
  args: 14,
  results: 15,
  /** The status code of gRPC's, as a number. */
  grpcStatus: 16,
  /** A header of the request: text that is empty where it was sent so. */
  header: 17,
  /** A header that opens doors: whether it is there. */
  secret: 18,
} as const;

/** One column of a table, which is one key of a JSON object. */
export interface Column {
  /** Its name: the key in JSON, the header in CSV, the word for `--fields`. */
  readonly key: string;
  /** Its header in the table. */
  readonly title: string;
  /** Columns of the terminal that a cell takes, if it is not the last one of its line. */
  readonly width: number;
  readonly kind: (typeof ColumnKind)[keyof typeof ColumnKind];
  /** The record's field that it shows; empty when it is none. */
  readonly field: string;
}

const {
  text,
  detail,
  path,
  status,
  duration,
  size,
  integer,
  tls,
  time,
  pid,
  symbol,
  outcome,
  comm,
  handler,
  args,
  results,
  grpcStatus,
  header,
  secret,
} = ColumnKind;

/** All columns, in the order of the keys in JSON. */
export const COLUMNS: readonly Column[] = [
  { key: "time", title: "Time", width: TIME_OF_DAY_BYTES, kind: time, field: "" },
  { key: "pid", title: "PID", width: 7, kind: pid, field: "" },
  { key: "comm", title: "Comm", width: 15, kind: comm, field: "" },
  { key: "symbol", title: "Symbol", width: 24, kind: symbol, field: "" },
  { key: "args", title: "Args", width: 32, kind: args, field: "" },
  { key: "results", title: "Results", width: 16, kind: results, field: "" },
  { key: "method", title: "Method", width: 10, kind: text, field: "method" },
  { key: "path", title: "Path", width: 32, kind: path, field: "uri" },
  { key: "status", title: "Status", width: 7, kind: status, field: "status" },
  { key: "grpc_status", title: "gRPC-Status", width: 11, kind: grpcStatus, field: GRPC_STATUS_FIELD },
  { key: "duration_ms", title: "Latency", width: 9, kind: duration, field: "duration" },
  { key: "proto", title: "Proto", width: 8, kind: detail, field: "proto" },
  { key: "bytes", title: "Size", width: 5, kind: size, field: "bytes" },
  { key: "route", title: "Route", width: 24, kind: detail, field: "route" },
  { key: "host", title: "Host", width: 24, kind: detail, field: "host" },
  { key: "remote", title: "Remote", width: 21, kind: detail, field: "remote" },
  { key: "tls", title: "TLS", width: 4, kind: tls, field: "tls" },
  { key: "alpn", title: "ALPN", width: 8, kind: detail, field: "alpn" },
  { key: "server_name", title: "Server-Name", width: 24, kind: detail, field: "server_name" },
  { key: "handler", title: "Handler", width: 24, kind: handler, field: "handler" },
  { key: "goid", title: "Goid", width: 8, kind: integer, field: "goid" },
  { key: "outcome", title: "Outcome", width: 8, kind: outcome, field: "" },
];

/** Other names for `--fields`, as the table's headers have them. */
const ALIASES: ReadonlyMap<string, string> = new Map([["size", "bytes"], ["latency", "duration_ms"]]);

const HANDLER_KEYS = ["method", "path"];
const SERVER_KEYS = ["method", "status", "duration_ms", "bytes", "path"];
const EXTENDED_KEYS = ["pid", "method", "status", "duration_ms", "proto", "bytes", "path"];
/** Keys whose values cost the server another hit or read, and are of use to who asks for them. */
const UNASKED_KEYS: ReadonlySet<string> = new Set(["handler", "goid"]);
/** What is shown of calls, and by `--extended` before that. */
const CALL_KEYS = ["args", "results"];
const CALL_EXTENDED_KEYS = ["pid", "goid", "duration_ms"];
const CALL_END_KEYS: ReadonlySet<string> = new Set(["goid", "duration_ms"]);
const HEADER_WIDTH = 16;
/** What can be asked for, in words. */
const CHOICE = choiceOf(COLUMNS);
const REQUEST_CHOICE = choiceOf(COLUMNS.filter(({ key }) => !CALL_KEYS.includes(key)));
/** Keys that are known when a function is entered. */
const ENTRY_KEYS: ReadonlySet<string> = new Set(["time", "pid", "comm", "symbol", "args", "method", "path"]);

/** Whether a column's cells are names that no record has. */
export function isNamed({ kind }: Column): boolean {
  return kind === ColumnKind.comm || kind === ColumnKind.handler;
}

/** What the user wants to see of each request. */
export interface ColumnOptions {
  /** `json` has all that is known, if `fields` says nothing else. */
  readonly output: "table" | "json" | "csv";
  /** `--time`: the time leads. */
  readonly time: boolean;
  /** `--extended`. */
  readonly extended: boolean;
  /** `--fields`: the columns by their names, in this order. */
  readonly fields: readonly string[] | undefined;
}

/** Whether requests are seen at their end: of the whole server, or of handlers that are joined with it. */
function atEnd(probes: readonly EventProbe[]): boolean {
  return probes.some(({ kind }) => kind === "server");
}

/** Whether calls of functions are seen, and no requests. */
function hasOnlyCalls(probes: readonly EventProbe[]): boolean {
  return probes.length > 0 && probes.every(({ call }) => call !== undefined);
}

/** What is traced: the whole server, handlers by name, or functions by expressions. */
export function traceMode(probes: readonly EventProbe[]): "server" | "handler" | "function" {
  if (isServerMode(probes)) return "server";
  return hasOnlyCalls(probes) ? "function" : "handler";
}

/** Whether the whole server is traced, and not handlers by name. */
export function isServerMode(probes: readonly EventProbe[]): boolean {
  return atEnd(probes) && !probes.some((probe) => fieldIndex(probe, MARK_FIELD) >= 0);
}

/**
 * The columns that these options ask for.
 *
 * @throws {UsageError} for a name that is none, or is there twice, and for what none of the probes captures.
 */
export function chooseColumns(options: ColumnOptions, probes: readonly EventProbe[]): Column[] {
  if (hasOnlyCalls(probes)) return chooseCallColumns(options, probes);
  if (options.output !== "json" && probes.some(({ call }) => call !== undefined)) {
    throw new UsageError("Requests and calls of other functions have no columns in common", {
      hint: "Trace handlers and other functions in two runs, or show both with --json.",
    });
  }
  const isServer = atEnd(probes);
  if (options.extended && !isServer) throw notAtEntry("--extended", probes);
  const named = namedColumns(options);
  for (const column of named ?? []) {
    if (isAvailable(column, probes)) continue;
    throw isServer
      ? new UsageError(`--fields ${column.key} is not known of this server`, { hint: REQUEST_CHOICE })
      : notAtEntry(`--fields ${column.key}`, probes);
  }
  if (options.output === "json" && named === undefined) {
    return COLUMNS.filter((column) =>
      isAvailable(column, probes) && (column.kind !== ColumnKind.symbol || probes.some(hasSymbol))
    );
  }
  const keys = options.extended ? EXTENDED_KEYS : isServer ? SERVER_KEYS : HANDLER_KEYS;
  const columns = withTime(named ?? keys.map(columnOf), options);
  return probes.some((probe) => grpcStatusField(probe) >= 0) ? columns.map(withRoomForNames) : columns;
}

/** A status of gRPC's is shown by its name. */
function withRoomForNames(column: Column): Column {
  return column.kind === ColumnKind.status ? { ...column, width: GRPC_STATUS_BYTES } : column;
}

/** The columns where there are calls only. The symbol is among them where there is more than one, or nothing else. */
function chooseCallColumns(options: ColumnOptions, probes: readonly EventProbe[]): Column[] {
  const captured = COLUMNS.filter((column) => isAvailable(column, probes));
  const named = namedColumns(options);
  for (const column of named ?? []) {
    if (captured.includes(column)) continue;
    throw new UsageError(`--fields ${column.key} is not known of these calls`, { hint: choiceOf(captured) });
  }
  if (options.output === "json" && named === undefined) return captured;
  const hasValues = captured.some(({ key }) => CALL_KEYS.includes(key));
  const keys = [
    ...options.extended ? CALL_EXTENDED_KEYS : [],
    ...functionCount(probes) > 1 || !hasValues ? ["symbol"] : [],
    ...CALL_KEYS,
  ];
  const columns = named ?? keys.map(columnOf).filter((column) => captured.includes(column));
  return withTime(columns, options);
}

/** How many functions are traced. A wrapper that has one inlined counts with it. */
function functionCount(probes: readonly EventProbe[]): number {
  return new Set(probes.filter(({ role }) => role !== "wrapper").map(({ symbol }) => symbol)).size;
}

/** What `--fields` names, each once. */
function namedColumns({ fields }: ColumnOptions): Column[] | undefined {
  const named = fields?.map(columnOf);
  const twice = named?.find(({ key }, i) => named.findIndex((other) => other.key === key) !== i);
  if (twice !== undefined) {
    throw new UsageError(`--fields names ${twice.key} twice`, { hint: "Leave one of them out." });
  }
  return named;
}

function withTime(columns: Column[], { time }: ColumnOptions): Column[] {
  const timeColumn = columnOf("time");
  return time && !columns.includes(timeColumn) ? [timeColumn, ...columns] : columns;
}

/**
 * The fields of whole-server records that these options need.
 *
 * @throws {UsageError} for a name that is none.
 */
export function columnFields({ output, extended, fields }: ColumnOptions): string[] {
  const columns = fields !== undefined
    ? fields.map(columnOf)
    : output === "json"
    ? COLUMNS.filter(({ key }) => !UNASKED_KEYS.has(key))
    : (extended ? EXTENDED_KEYS : SERVER_KEYS).map(columnOf);
  return [...new Set(columns.map(({ field }) => field).filter((field) => field !== ""))];
}

/**
 * Whether these options ask for what is known only at a request's end.
 *
 * @throws {UsageError} for a name that is none.
 */
export function columnsNeedEnd({ extended, fields }: ColumnOptions): boolean {
  return extended || (fields ?? []).some((name) => !ENTRY_KEYS.has(columnOf(name).key));
}

/**
 * Whether these options ask for what is captured of calls beside their expressions, at their return.
 *
 * @throws {UsageError} for a name that is none.
 */
export function callsNeedEnd({ extended, fields }: ColumnOptions): boolean {
  return extended || (fields ?? []).some((name) => CALL_END_KEYS.has(columnOf(name).key));
}

function headerColumn({ key, name: title, isSecret }: HeaderName): Column {
  const width = Math.max(HEADER_WIDTH, title.length);
  return { key, title, width, kind: isSecret ? secret : header, field: key };
}

/** @throws {UsageError} when there is no such column. */
function columnOf(name: string): Column {
  const named = headerName(name);
  if (named !== undefined) return headerColumn(named);
  const key = ALIASES.get(name) ?? name;
  const column = COLUMNS.find((column) => column.key === key);
  if (column !== undefined) return column;
  throw key === "path_truncated"
    ? new UsageError("path_truncated is no column of its own", {
      hint: "Name path: one that was cut is marked there.",
    })
    : new UsageError(`There is no column ${name}`, { hint: CHOICE });
}

function isAvailable({ kind, field }: Column, probes: readonly EventProbe[]): boolean {
  const calls = probes.flatMap(({ call }) => call ?? []);
  const has = (name: string) =>
    probes.some((probe) =>
      probe.call === undefined && (fieldIndex(probe, name) >= 0 || probe.constants?.[name] !== undefined)
    );
  switch (kind) {
    case ColumnKind.outcome:
      return atEnd(probes);
    case ColumnKind.path:
      return has(field) || has("path");
    case ColumnKind.status:
      return has(field) || has(GRPC_STATUS_FIELD);
    case ColumnKind.args:
      return calls.some(({ args }) => args.length > 0);
    case ColumnKind.results:
      return calls.some(({ results }) => results.length > 0);
    case ColumnKind.duration:
      return has(field) || calls.some(({ durationField }) => durationField >= 0);
    case ColumnKind.integer:
      return has(field) || calls.some(({ goidField }) => goidField >= 0);
    default:
      return field === "" || has(field);
  }
}

function choiceOf(columns: readonly Column[]): string {
  return `Choose from ${columns.map(({ key }) => key).join(", ")}${
    columns.some(({ key }) => key === "method") ? ", header:NAME" : ""
  }.`;
}

function available(probes: readonly EventProbe[]): string {
  return COLUMNS.filter((column) => isAvailable(column, probes)).map(({ key }) => key).join(", ");
}

function notAtEntry(flag: string, probes: readonly EventProbe[]): UsageError {
  return new UsageError(`${flag} needs what is not known when a handler is entered`, {
    hint: `Leave the PROBE out to see requests at their end, or choose by --fields from ${
      available(probes)
    }.`,
  });
}
