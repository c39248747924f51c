import type { Clock } from "./clock.ts";
import { goComplex, goFloat } from "./go_float.ts";
import { goTime } from "./go_time.ts";
import { isKnown } from "./measures.ts";
import {
  type EventProbe,
  FieldStatus,
  integerAt,
  type RecordView,
  type ShownValue,
  type ValuePlan,
} from "./record_view.ts";
import { typeName, type TypeSource } from "./type_source.ts";
import { decodeUtf8, isValidUtf8, wholeEnd } from "./utf8.ts";
import {
  candidateIndex,
  exactInteger,
  floatAt,
  hexAddress,
  highWord,
  isTrue,
  isZero,
  lowWord,
  Presence,
  unsignedAt,
} from "./value_fields.ts";

/**
 * A value of a call.
 *
 * - Integers are numbers, or bigints beyond 2^53; floats are numbers, also NaN and the infinities; a `time.Duration` is
 *   its nanoseconds.
 * - A string is a string, and so is a `[]byte` that is UTF-8; complex numbers, times (RFC 3339), types and addresses
 *   are strings too. nil is null.
 * - A struct is an object by the names of its fields, behind a pointer too; a list is an array.
 * - Where more is to be said it is an object with keys that begin with `$`, which no name of Go does:
 *   {@linkcode SpecialValue}.
 */
export type CallValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly CallValue[]
  | SpecialValue
  | { readonly [field: string]: CallValue };

/** What is more, or less, than a plain value. */
export type SpecialValue =
  /** Text that is not UTF-8: with U+FFFD, and the bytes that it is made of. */
  | { readonly $text: string; readonly $bytes: Uint8Array }
  /** Text that was cut, up to the last whole character, and its bytes in the server; and itself if it is not UTF-8. */
  | { readonly $cut: string; readonly $length: number; readonly $bytes?: Uint8Array }
  /** The first elements of so many. */
  | { readonly $list: readonly CallValue[]; readonly $length: number }
  /** The dynamic type of an interface, and the value where that type was foreseen. */
  | { readonly $type: string; readonly value?: CallValue }
  /** There is no value, and why: a nil pointer on the way, memory that was not resident, an index out of range, ... */
  | { readonly $missing: "nil" | "fault" | "range" | "other type" | "no key" }
  /** It lies too deep to be shown. */
  | { readonly $missing: "omitted" }
  | { readonly $missing: "unreadable"; readonly $reason: string }
  /** The map has too many entries to be searched. */
  | { readonly $missing: "not searched"; readonly $entries: number };

/** A call of a function: when it was entered, or when it returned if results are asked for. */
export interface CallEvent {
  /** The kind of event. */
  readonly type: "call";
  /** When it was entered, or returned: RFC 3339, UTC, nanoseconds. */
  readonly time: string;
  /** The process. */
  readonly pid: number;
  /** The function's symbol, e.g. `main.charge`. */
  readonly symbol: string;
  /** By their expressions. Text in them is the program's: escape it before it goes to a terminal. */
  readonly args: Readonly<Record<string, CallValue>>;
  /** By their expressions; absent where none are asked for. */
  readonly results?: Readonly<Record<string, CallValue>>;
  /** Milliseconds between entry and return, where that was measured. */
  readonly durationMs?: number;
  /** The goroutine's ID, where it was captured. */
  readonly goid?: number;
}

/**
 * The event of `view`'s record as an object that may be kept; `probes` are the run's, in its order, and that of the
 * record is of kind `call`.
 */
export function toCall(
  view: RecordView,
  probes: readonly EventProbe[],
  clock: Clock,
  types?: TypeSource,
): CallEvent {
  const probe = probes[view.probeIndex];
  if (probe?.call === undefined) throw new RangeError(`probe ${view.probeIndex} is none of calls`);
  const { args, results, durationField, goidField } = probe.call;
  return {
    type: "call",
    time: clock.format(view.timeNs),
    pid: view.pid,
    symbol: probe.symbol,
    args: readAll(args, view, types),
    ...results.length === 0 ? {} : { results: readAll(results, view, types) },
    ...isKnown(view, durationField) ? { durationMs: integerAt(view, durationField) / 1_000_000 } : {},
    ...isKnown(view, goidField) ? { goid: integerAt(view, goidField) } : {},
  };
}

/** Of what has the same name, as fields called `_` have, the first is taken. */
function readAll(
  values: readonly ShownValue[],
  view: RecordView,
  types: TypeSource | undefined,
): Record<string, CallValue> {
  const distinct = new Map<string, CallValue>();
  for (const { text, value } of values) {
    if (!distinct.has(text)) distinct.set(text, readValue(value, view, types));
  }
  return Object.fromEntries(distinct);
}

function readValue(plan: ValuePlan, view: RecordView, types: TypeSource | undefined): CallValue {
  const missing = presenceOf(plan).missingField(view);
  if (missing >= 0) return missingValue(view, missing);
  switch (plan.kind) {
    case "bool":
      return isTrue(view, plan.field);
    case "integer":
      return exactInteger(view, plan.field, plan.bytes, plan.signed);
    case "constant":
      return plan.value;
    case "float":
      return shortestFloat(floatAt(view, plan.field, plan.bytes), plan.bytes);
    case "complex":
      return goComplex(
        floatAt(view, plan.real, plan.bytes),
        floatAt(view, plan.imaginary, plan.bytes),
        plan.bytes,
      );
    case "string":
    case "bytes":
      return textValue(view, plan.field);
    case "pointer":
      return isZero(view, plan.field) ? null : hexAddress(view, plan.field);
    case "duration":
      return exactInteger(view, plan.field, 8, true);
    case "time":
      return goTime(highWord(view, plan.wall), lowWord(view, plan.wall), integerAt(view, plan.ext));
    case "type":
      return isZero(view, plan.field) ? null : typeName(types, view, plan.field);
    case "interface": {
      if (isZero(view, plan.type)) return null;
      const index = candidateIndex(view, plan.candidates.map(({ value }) => presenceOf(value)));
      const candidate = plan.candidates[index];
      if (candidate === undefined) return { $type: typeName(types, view, plan.type) };
      return { $type: candidate.typeName, value: readValue(candidate.value, view, types) };
    }
    case "reference":
      return isZero(view, plan.field) ? null : readValue(plan.value, view, types);
    case "struct":
      return readAll(plan.fields.map(({ name, value }) => ({ text: name, value })), view, types);
    case "list": {
      const length = plan.lengthField === undefined ? plan.length : unsignedAt(view, plan.lengthField);
      const list = plan.elements.slice(0, length).map((element) => readValue(element, view, types));
      return list.length < length ? { $list: list, $length: length } : list;
    }
    case "omitted":
      return { $missing: "omitted" };
    case "unreadable":
      return { $missing: "unreadable", $reason: plan.reason };
  }
}

const presences = new WeakMap<ValuePlan, Presence>();

function presenceOf(plan: ValuePlan): Presence {
  let presence = presences.get(plan);
  if (presence === undefined) {
    presence = new Presence(plan);
    presences.set(plan, presence);
  }
  return presence;
}

function missingValue(view: RecordView, field: number): SpecialValue {
  switch (view.status[field]) {
    case FieldStatus.nil:
      return { $missing: "nil" };
    case FieldStatus.range:
      return { $missing: "range" };
    case FieldStatus.otherType:
      return { $missing: "other type" };
    case FieldStatus.noKey:
      return { $missing: "no key" };
    case FieldStatus.unsearched:
      return { $missing: "not searched", $entries: integerAt(view, field) };
    default:
      return { $missing: "fault" };
  }
}

/** A float32 as the number that its shortest digits give: 0.1, and not 0.10000000149011612. */
function shortestFloat(value: number, bytes: 4 | 8): number {
  return bytes === 4 && Number.isFinite(value) ? Number(goFloat(value, bytes)) : value;
}

function textValue(view: RecordView, field: number): CallValue {
  const start = view.start[field] as number;
  const captured = start + (view.length[field] as number);
  const $length = view.total[field] as number;
  const isCut = $length > captured - start;
  const bytes = view.bytes.subarray(start, isCut ? wholeEnd(view.bytes, start, captured) : captured);
  const text = decodeUtf8(bytes);
  const invalid = isValidUtf8(bytes) ? undefined : { $bytes: bytes.slice() };
  if (isCut) return { $cut: text, $length, ...invalid };
  return invalid === undefined ? text : { $text: text, ...invalid };
}
