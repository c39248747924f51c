import type { Clock } from "./clock.ts";
import { decodeUtf8, isValidUtf8, wholeEnd } from "./utf8.ts";
import { type EventProbe, fieldIndex, FieldStatus, type RecordView } from "./record_view.ts";

/**
 * A handler was entered: what is known there. What is not known is absent, never null: a nil `req.URL`, say, gives
 * an event without `path`.
 */
export interface HandlerRequestEvent {
  /** The kind of event. */
  readonly type: "request";
  /** When the handler was entered: RFC 3339, UTC, nanoseconds. */
  readonly time: string;
  /** The process that served it. */
  readonly pid: number;
  /** The handler's symbol, e.g. `main.ping`. */
  readonly symbol: string;
  /** As the server holds it. The text is the client's: escape it before it goes to a terminal. */
  readonly method?: string;
  /** The method was longer than what is captured (32 bytes). */
  readonly methodTruncated?: true;
  /** As the server holds it, with U+FFFD where it is not UTF-8. The text is the client's, as `method` is. */
  readonly path?: string;
  /** The path was longer than what is captured; `path` ends at the last whole character. */
  readonly pathTruncated?: true;
  /** The captured bytes of the path, only when they are not UTF-8. */
  readonly pathBytes?: Uint8Array;
}

/** The event of `view`'s record as an object that may be kept; `probes` are the run's, in its order. */
export function toRequest(
  view: RecordView,
  probes: readonly EventProbe[],
  clock: Clock,
): HandlerRequestEvent {
  const probe = probes[view.probeIndex];
  if (probe === undefined) throw new RangeError(`there is no probe ${view.probeIndex}`);
  const event: { -readonly [key in keyof HandlerRequestEvent]: HandlerRequestEvent[key] } = {
    type: "request",
    time: clock.format(view.timeNs),
    pid: view.pid,
    symbol: probe.symbol,
  };

  const method = capturedBytes(view, fieldIndex(probe, "method"));
  if (method !== undefined) {
    event.method = decodeUtf8(method.bytes);
    if (method.truncated) event.methodTruncated = true;
  }

  const path = capturedBytes(view, fieldIndex(probe, "path"));
  if (path !== undefined) {
    event.path = decodeUtf8(path.bytes);
    if (path.truncated) event.pathTruncated = true;
    if (!isValidUtf8(path.bytes)) event.pathBytes = path.bytes.slice();
  }
  return event;
}

/** The captured bytes of a field (a view), less a character that the cut went through; undefined when not known. */
function capturedBytes(
  view: RecordView,
  index: number,
): { readonly bytes: Uint8Array; readonly truncated: boolean } | undefined {
  if (index < 0 || index >= view.fieldCount || view.status[index] !== FieldStatus.ok) return undefined;
  const start = view.start[index] ?? 0;
  const length = view.length[index] ?? 0;
  const truncated = (view.total[index] ?? 0) > length;
  const end = truncated ? wholeEnd(view.bytes, start, start + length) : start + length;
  return { bytes: view.bytes.subarray(start, end), truncated };
}
