import { CallPlanLayout, PlanLayout } from "../bpf/mod.ts";
import type { RequestOutcome } from "../probe/plan.ts";
import type { CallPlan } from "../probe/value_plan.ts";

export type { CallPlan, ShownValue, ValuePlan } from "../probe/value_plan.ts";

/** The most fields that one probe may have. */
export const MAX_FIELDS: number = Math.max(PlanLayout.fields.length, CallPlanLayout.fields.length);

/** How the read of one field went; the numbers are those of the record. */
export const FieldStatus = {
  /** The value is there (an empty string is `ok` with length 0). */
  ok: 0,
  /** A pointer on the way to the value was nil. */
  nil: 1,
  /** Memory on the way to the value, or the value's own, was not resident. */
  fault: 2,
  /** An index was not below the length. */
  range: 3,
  /** An interface holds another type than the one that was asserted. */
  otherType: 4,
  /** A map has no such key. */
  noKey: 5,
  /** A map has too many entries to be searched; the field's 8 bytes are their number. */
  unsearched: 6,
} as const;

/**
 * One record as the sinks see it: where its fields lie in the ring's own bytes. There is one such object for the
 * whole run, a decoder fills it again for each record, and what it says is valid only until the next one: copy
 * what must live longer ({@linkcode toRequest} does). Nothing here is made per record: no object, string or
 * bigint.
 *
 * Field `i` is field `i` of the probe that `probeIndex` names.
 */
export class RecordView {
  /** The bytes that hold the fields; `start` and `length` are places in them. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Which of the run's probes was hit. */
  probeIndex = 0;
  /** The process, as the user's own PID namespace numbers it. */
  pid = 0;
  /** Nanoseconds of CLOCK_MONOTONIC since the origin of the run's {@linkcode Clock}: a safe integer. */
  timeNs = 0;
  /** How many fields are set. */
  fieldCount = 0;
  /** Index of the field's first byte in `bytes`. */
  readonly start: Int32Array = new Int32Array(MAX_FIELDS);
  /** Bytes that were captured, at most the field's cap. */
  readonly length: Int32Array = new Int32Array(MAX_FIELDS);
  /** Bytes that the value has in the server; more than `length` when it was cut. */
  readonly total: Float64Array = new Float64Array(MAX_FIELDS);
  /**
   * A {@linkcode FieldStatus}; `start`, `length` and `total` mean something only when it is `ok`, but `start` when it is
   * `unsearched` too.
   */
  readonly status: Uint8Array = new Uint8Array(MAX_FIELDS);

  /** Sets field `index` to `length` captured bytes at `start`, out of `total`. */
  setField(index: number, start: number, length: number, total: number): void {
    this.start[index] = start;
    this.length[index] = length;
    this.total[index] = total;
    this.status[index] = FieldStatus.ok;
  }

  /** Sets field `index` to a value that could not be read: a {@linkcode FieldStatus} other than `ok`. */
  setMissing(index: number, status: number): void {
    this.start[index] = 0;
    this.length[index] = 0;
    this.total[index] = 0;
    this.status[index] = status;
  }
}

/** What the sinks and events need to know of a probe; a `ProbePlan` is one. */
export interface EventProbe {
  /** The function's symbol, e.g. `main.ping`. */
  readonly symbol: string;
  /** The function itself, or a wrapper of the compiler's that has it inlined. The function, if not said. */
  readonly role?: "body" | "wrapper";
  /** A call of one handler, a request of the whole server, or a call of any function by expressions. */
  readonly kind?: "handler" | "server" | "call";
  /** Of a `call`: what is shown of it. */
  readonly call?: CallPlan;
  /** How a request ends here, unless {@linkcode HIJACKED_FIELD} tells otherwise; `ok` if not said. */
  readonly outcome?: Outcome;
  /** Texts that all of its records have, by their columns. */
  readonly constants?: Readonly<Record<string, string>>;
  /** The fields in the record's order, by their columns' keys (`method`, `path`). */
  readonly fields: readonly { readonly name: string }[];
}

/** How a request ended: its handler returned, panicked, or took the connection over (WebSocket). */
export type Outcome = RequestOutcome;

/**
 * The field of whole-server records that says which of the named handlers the request came to: the index of its probe.
 * Only where handlers are joined with the end of their requests.
 */
export const MARK_FIELD = "mark";

/** The field that is not 0 where the connection of a request was taken over, wherever the request has ended. */
export const HIJACKED_FIELD = "hijacked";

/** Index of the field called `name`, or -1. */
export function fieldIndex(probe: EventProbe, name: string): number {
  return probe.fields.findIndex((field) => field.name === name);
}

/**
 * The integer of field `index`: 8 bytes, little-endian, signed. Exact to 2^53. The field's status must be `ok`.
 */
export function integerAt(view: RecordView, index: number): number {
  const at = view.start[index] as number;
  return word(view.bytes, at + 4) * 0x1_0000_0000 + (word(view.bytes, at) >>> 0);
}

/** Four bytes as a signed number. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | (bytes[at + 1] as number) << 8 | (bytes[at + 2] as number) << 16 |
    (bytes[at + 3] as number) << 24;
}
