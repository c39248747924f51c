import { UsageError } from "../base/errors.ts";
import { FieldText } from "./field_text.ts";
import { Glob } from "./glob.ts";
import { grpcStatusField } from "./grpc_status.ts";
import { isEarlier, isKnown, isOk, outcomeOf, statusCode, UNKNOWN_STATUS } from "./measures.ts";
import {
  type EventProbe,
  fieldIndex,
  HIJACKED_FIELD,
  integerAt,
  type Outcome,
  type RecordView,
} from "./record_view.ts";

/** Status codes from the one to the other, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** Which requests are wanted: those that every part which is given lets pass. */
export interface FilterOptions {
  /** One of these methods; `get` is GET as well. */
  readonly methods?: readonly string[] | undefined;
  /** A pattern for the whole path: `*` is anything, `?` one character. */
  readonly path?: string | undefined;
  /** A status in one of these ranges. */
  readonly statuses?: readonly StatusRange[] | undefined;
  /** At least so many milliseconds from the entry to the end. */
  readonly minLatencyMs?: number | undefined;
  /** A status of 400 or more, one of gRPC's other than OK, or a handler that panicked. */
  readonly failed?: boolean | undefined;
}

const STATUS_LIMIT = 1000;
const FAILED: readonly StatusRange[] = [{ from: 400, to: STATUS_LIMIT - 1 }];

/** The flags whose answer is known only at a request's end, with the field that has it. */
const END_FLAGS = [
  { flag: "--status", field: "status", isGiven: (options: FilterOptions) => options.statuses !== undefined },
  { flag: "--failed", field: "status", isGiven: (options: FilterOptions) => options.failed === true },
  {
    flag: "--min-latency",
    field: "duration",
    isGiven: (options: FilterOptions) => options.minLatencyMs !== undefined,
  },
] as const;

/** The flags that ask for what only requests have. */
const REQUEST_FLAGS = [
  { flag: "--method", isGiven: (options: FilterOptions) => options.methods !== undefined },
  { flag: "--path", isGiven: (options: FilterOptions) => options.path !== undefined },
  ...END_FLAGS.filter(({ flag }) => flag !== "--min-latency"),
] as const;

/**
 * A filter for the records of these probes; undefined when everything is wanted.
 *
 * @throws {UsageError} when the answer is known to none of the probes: at the entry of a handler there is no status.
 */
export function makeFilter(
  options: FilterOptions,
  probes: readonly EventProbe[],
): RecordFilter | undefined {
  if (probes.some(({ kind }) => kind === "call")) {
    const given = REQUEST_FLAGS.find(({ isGiven }) => isGiven(options));
    if (given === undefined) return undefined;
    throw new UsageError(`${given.flag} is for requests, and calls of functions are traced`, {
      hint: "Calls are filtered by --where, with expressions of their arguments, and by --min-latency.",
    });
  }
  for (const { flag, field, isGiven } of END_FLAGS) {
    if (!isGiven(options) || probes.some((probe) => fieldIndex(probe, field) >= 0)) continue;
    if (field === "status" && probes.some((probe) => grpcStatusField(probe) >= 0)) {
      if (options.statuses === undefined) continue;
      throw new UsageError(`${flag} is for status codes of HTTP's, and this server serves by gRPC`, {
        hint: "-x shows the calls that failed; their codes are in --json as grpc_status.",
      });
    }
    throw new UsageError(`${flag} needs what is not known when a handler is entered`, {
      hint: "Leave the PROBE out: requests of the whole server are seen at their end.",
    });
  }
  const filter = new RecordFilter(options, probes);
  return filter.isEmpty ? undefined : filter;
}

/** Whether the answer is known only at a request's end. */
export function filterNeedsEnd(options: FilterOptions): boolean {
  return END_FLAGS.some(({ isGiven }) => isGiven(options));
}

/** The fields of whole-server records that a filter reads. */
export function filterFields(options: FilterOptions): string[] {
  return [
    ...options.methods === undefined ? [] : ["method"],
    ...options.path === undefined ? [] : ["uri"],
    ...END_FLAGS.filter(({ isGiven }) => isGiven(options)).map(({ field }) => field),
  ];
}

/** A filter, compiled once; asking it makes nothing. What is not known does not pass. Made by {@linkcode makeFilter}. */
export class RecordFilter {
  /** When the probes were attached, in the clock's time: a request that began before has lasted at least since then. */
  attachedNs = 0;
  /** Whether it lets everything pass. */
  readonly isEmpty: boolean;
  readonly #methods: readonly Uint8Array[] | undefined;
  readonly #path: Glob | undefined;
  /** By status, for `--status` and for `--failed`. */
  readonly #statuses: Uint8Array | undefined;
  readonly #failures: Uint8Array | undefined;
  readonly #minLatencyNs: number;
  #columns!: {
    readonly [name in "method" | "uri" | "path" | "status" | "duration" | "hijacked"]: Int32Array;
  };
  /** [probe]: the field with gRPC's status, or -1. */
  #grpcStatuses!: Int32Array;
  /** [probe]: whether the method that all of its requests have is wanted. */
  #isConstantMethod!: Uint8Array;
  #isOk!: Uint8Array;
  #outcomes!: readonly Outcome[];
  readonly #text = new FieldText();

  constructor(options: FilterOptions, probes: readonly EventProbe[]) {
    const { methods, path, statuses, minLatencyMs, failed } = options;
    const spellings = methods?.flatMap((method) => [method, method.toUpperCase()]);
    this.#methods = spellings && [...new Set(spellings)].map((method) => new TextEncoder().encode(method));
    this.#path = path === undefined ? undefined : new Glob(path);
    this.#statuses = statuses && statusTable(statuses);
    this.#failures = failed === true ? statusTable(FAILED) : undefined;
    this.#minLatencyNs = (minLatencyMs ?? 0) * 1_000_000;
    this.learn(probes);
    this.isEmpty = this.#methods === undefined && this.#path === undefined && this.#statuses === undefined &&
      this.#failures === undefined && this.#minLatencyNs === 0;
  }

  /** Takes the run's probes anew: more are added when another executable is attached. */
  learn(probes: readonly EventProbe[]): void {
    const indexes = (name: string) => Int32Array.from(probes, (probe) => fieldIndex(probe, name));
    this.#columns = {
      method: indexes("method"),
      uri: indexes("uri"),
      path: indexes("path"),
      status: indexes("status"),
      duration: indexes("duration"),
      hijacked: indexes(HIJACKED_FIELD),
    };
    this.#grpcStatuses = Int32Array.from(probes, grpcStatusField);
    this.#isConstantMethod = Uint8Array.from(probes, ({ constants }) => {
      const method = constants?.["method"];
      if (method === undefined || this.#methods === undefined) return 0;
      const bytes = new TextEncoder().encode(method);
      return Number(this.#methods.some((wanted) => isSame(wanted, bytes, 0, bytes.length)));
    });
    this.#isOk = Uint8Array.from(probes, (probe) => Number(isOk(probe)));
    this.#outcomes = probes.map(({ outcome }) => outcome ?? "ok");
  }

  /** Whether the record is wanted. The cheap questions come first. */
  matches(view: RecordView): boolean {
    const probe = view.probeIndex;
    if (this.#statuses !== undefined || this.#failures !== undefined) {
      const status = statusCode(view, this.#columns.status[probe] as number, this.#isOk[probe] === 1);
      if (this.#statuses !== undefined && !has(this.#statuses, status)) return false;
      if (this.#failures !== undefined && !this.#isPanic(view) && !has(this.#failures, status)) {
        const code = this.#grpcStatuses[probe] as number;
        if (!isKnown(view, code) || integerAt(view, code) === 0) return false;
      }
    }
    if (this.#minLatencyNs > 0 && !this.#isSlow(view, this.#columns.duration[probe] as number)) return false;
    if (this.#methods !== undefined && !this.#isMethod(view, this.#columns.method[probe] as number)) {
      return false;
    }
    if (this.#path === undefined) return true;
    const text = this.#text;
    const isThere = text.readPath(
      view,
      this.#columns.uri[probe] as number,
      this.#columns.path[probe] as number,
    );
    return isThere && this.#path.matches(text.bytes, text.start, text.end);
  }

  #isPanic(view: RecordView): boolean {
    const probe = view.probeIndex;
    const { hijacked } = this.#columns;
    return outcomeOf(view, this.#outcomes[probe] as Outcome, hijacked[probe] as number) === "panic";
  }

  #isSlow(view: RecordView, field: number): boolean {
    if (isKnown(view, field)) return integerAt(view, field) >= this.#minLatencyNs;
    return isEarlier(view, field) && view.timeNs - this.attachedNs >= this.#minLatencyNs;
  }

  #isMethod(view: RecordView, field: number): boolean {
    const text = this.#text;
    if (field < 0) return this.#isConstantMethod[view.probeIndex] === 1;
    if (!text.readField(view, field) || text.truncated) return false;
    for (const method of this.#methods as readonly Uint8Array[]) {
      if (isSame(method, text.bytes, text.start, text.end)) return true;
    }
    return false;
  }
}

function isSame(wanted: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** For each status, whether it is in one of the ranges. */
function statusTable(ranges: readonly StatusRange[]): Uint8Array {
  const table = new Uint8Array(STATUS_LIMIT);
  for (const { from, to } of ranges) table.fill(1, from, to + 1);
  return table;
}

function has(table: Uint8Array, status: number): boolean {
  return status !== UNKNOWN_STATUS && status > 0 && status < STATUS_LIMIT && table[status] === 1;
}
