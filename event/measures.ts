/** What a record says in numbers, where it says it; shared by the sinks, the filters and the library's events. */
import {
  type EventProbe,
  fieldIndex,
  FieldStatus,
  integerAt,
  MARK_FIELD,
  type Outcome,
  type RecordView,
} from "./record_view.ts";

/** What {@linkcode statusCode} gives where the status is not known. */
export const UNKNOWN_STATUS = 0;

/**
 * The response's status, from field `index` (-1: not captured). A handler that returns without having set one has
 * sent 200; one that panicked, or took the connection over, has not: then it is not known.
 */
export function statusCode(view: RecordView, index: number, isOk: boolean): number {
  if (!isKnown(view, index)) return UNKNOWN_STATUS;
  const status = integerAt(view, index);
  return status === 0 && isOk ? 200 : status;
}

/** Whether field `index` (-1: not captured) has a value. */
export function isKnown(view: RecordView, index: number): boolean {
  return index >= 0 && index < view.fieldCount && view.status[index] === FieldStatus.ok;
}

/** Whether the request began before the probes were there, by field `index`, its duration: then that is nil. */
export function isEarlier(view: RecordView, index: number): boolean {
  return index >= 0 && index < view.fieldCount && view.status[index] === FieldStatus.nil;
}

/** Whether requests that end at this probe ended as they should. */
export function isOk(probe: EventProbe): boolean {
  return (probe.outcome ?? "ok") === "ok";
}

/**
 * How the request ended: by `outcome`, its probe's, unless field `hijacked` (-1: not captured) tells that its connection
 * was taken over.
 */
export function outcomeOf(view: RecordView, outcome: Outcome, hijacked: number): Outcome {
  return isKnown(view, hijacked) && integerAt(view, hijacked) !== 0 ? "hijacked" : outcome;
}

/** Index of the probe whose symbol the request is of: its own, or that of the handler which field `mark` names. */
export function symbolIndex(view: RecordView, mark: number): number {
  return isKnown(view, mark) ? integerAt(view, mark) : view.probeIndex;
}

/** Whether a probe's records tell of a handler that was named: of a call of it, or by a mark. */
export function hasSymbol(probe: EventProbe): boolean {
  return probe.kind !== "server" || fieldIndex(probe, MARK_FIELD) >= 0;
}
