import { HEADER_PREFIX, headerName } from "../base/header_name.ts";
import type { Clock } from "./clock.ts";
import { FieldText } from "./field_text.ts";
import { grpcStatusField } from "./grpc_status.ts";
import { hasSymbol, isKnown, isOk, outcomeOf, statusCode, symbolIndex, UNKNOWN_STATUS } from "./measures.ts";
import {
  type EventProbe,
  fieldIndex,
  HIJACKED_FIELD,
  integerAt,
  MARK_FIELD,
  type Outcome,
  type RecordView,
} from "./record_view.ts";
import { tlsVersion } from "./tls_version.ts";
import { decodeUtf8, isValidUtf8, wholeEnd } from "./utf8.ts";

/**
 * A request: when a named handler was entered, with what is known there, or at its end, when the whole server is
 * traced. What is not known is absent, never null: a nil `req.URL`, say, gives an event without `path`.
 */
export interface RequestEvent {
  /** The kind of event. */
  readonly type: "request";
  /** When the handler was entered, or the request ended: RFC 3339, UTC, nanoseconds. */
  readonly time: string;
  /** The process that served it. */
  readonly pid: number;
  /** The handler's symbol, e.g. `main.ping`; absent when the whole server is traced and none was named. */
  readonly symbol?: string;
  /** As the server holds it. The text is the client's: escape it before it goes to a terminal. */
  readonly method?: string;
  /** The method was longer than what is captured (32 bytes). */
  readonly methodTruncated?: true;
  /**
   * A handler's is `req.URL.Path` as the server holds it; of the whole server it is the one that was sent, decoded and
   * without the query. With U+FFFD where it is not UTF-8. The text is the client's, as `method` is.
   */
  readonly path?: string;
  /** The path was longer than what is captured; `path` ends at the last whole character. */
  readonly pathTruncated?: true;
  /** The captured bytes of the path, only when they are not UTF-8. */
  readonly pathBytes?: Uint8Array;
  /** The response's status. This and what follows is known at the end of a request only. */
  readonly status?: number;
  /** The status code of a call of gRPC, in the place of `status`; 0 is OK. */
  readonly grpcStatus?: number;
  /** Milliseconds from the entry to the end; absent when the request began before the probes were there. */
  readonly durationMs?: number;
  /** The protocol as Go has it: `HTTP/1.1`, `HTTP/2.0`; or `gRPC`. */
  readonly proto?: string;
  /** Bytes of the response's body that the handler wrote. */
  readonly bytes?: number;
  /** The pattern of the mux that matched. The first word of it may be a method. */
  readonly route?: string;
  /** The host that the client asked for. */
  readonly host?: string;
  /** The client's address and port. */
  readonly remote?: string;
  /** The version of TLS, e.g. `1.3`; absent without TLS. */
  readonly tls?: string;
  /** The protocol that ALPN has chosen, e.g. `h2`. */
  readonly alpn?: string;
  /** The server's name that the client named in the TLS handshake. */
  readonly serverName?: string;
  /**
   * Of the headers that were asked for (`header:NAME`) those that the request has, by their names in Go's canonical form;
   * the first value of each, as far as it is captured. One that holds a secret is {@linkcode REDACTED}.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** How it ended. */
  readonly outcome?: Outcome;
}

/** In the place of what a header holds that opens doors, which is not captured. */
export const REDACTED = "<redacted>";

/** Fields of text that may be empty, and their keys. */
const DETAILS = [
  ["proto", "proto"],
  ["route", "route"],
  ["host", "host"],
  ["remote", "remote"],
  ["alpn", "alpn"],
  ["server_name", "serverName"],
] as const;
const text = new FieldText();

/** The event of `view`'s record as an object that may be kept; `probes` are the run's, in its order. */
export function toRequest(view: RecordView, probes: readonly EventProbe[], clock: Clock): RequestEvent {
  const probe = probes[view.probeIndex];
  if (probe === undefined) throw new RangeError(`there is no probe ${view.probeIndex}`);
  const event: { -readonly [key in keyof RequestEvent]: RequestEvent[key] } = {
    type: "request",
    time: clock.format(view.timeNs),
    pid: view.pid,
  };
  const named = hasSymbol(probe) ? probes[symbolIndex(view, fieldIndex(probe, MARK_FIELD))] : undefined;
  if (named !== undefined) event.symbol = named.symbol;

  if (text.readField(view, fieldIndex(probe, "method"))) {
    event.method = decodeUtf8(capturedBytes());
    if (text.truncated) event.methodTruncated = true;
  }
  if (text.readPath(view, fieldIndex(probe, "uri"), fieldIndex(probe, "path"))) {
    const bytes = capturedBytes();
    event.path = decodeUtf8(bytes);
    if (text.truncated) event.pathTruncated = true;
    if (!isValidUtf8(bytes)) event.pathBytes = bytes.slice();
  }
  const status = statusCode(view, fieldIndex(probe, "status"), isOk(probe));
  if (status !== UNKNOWN_STATUS) event.status = status;
  const grpcStatus = grpcStatusField(probe);
  if (isKnown(view, grpcStatus)) event.grpcStatus = integerAt(view, grpcStatus);
  const duration = fieldIndex(probe, "duration");
  if (isKnown(view, duration)) event.durationMs = integerAt(view, duration) / 1_000_000;
  const bytes = fieldIndex(probe, "bytes");
  if (isKnown(view, bytes)) event.bytes = integerAt(view, bytes);
  const tls = fieldIndex(probe, "tls");
  if (isKnown(view, tls)) event.tls = decodeUtf8(tlsVersion(integerAt(view, tls)));
  for (const [field, key] of DETAILS) {
    // An empty one is what was not set: a route behind another router, a host in HTTP/1.0.
    if (text.readField(view, fieldIndex(probe, field)) && text.end > text.start) {
      event[key] = decodeUtf8(capturedBytes());
    }
  }
  const headers = headersOf(view, probe);
  if (headers.length > 0) event.headers = Object.fromEntries(headers);
  const { method, proto } = probe.constants ?? {};
  if (method !== undefined) event.method = method;
  if (proto !== undefined) event.proto = proto;
  if (probe.kind === "server") {
    event.outcome = outcomeOf(view, probe.outcome ?? "ok", fieldIndex(probe, HIJACKED_FIELD));
  }
  return event;
}

/** The headers that the record has, by their names. */
function headersOf(view: RecordView, probe: EventProbe): [string, string][] {
  return probe.fields.flatMap((field, i): [string, string][] => {
    const header = field.name.startsWith(HEADER_PREFIX) ? headerName(field.name) : undefined;
    if (header === undefined) return [];
    if (header.isSecret) return isKnown(view, i) ? [[header.name, REDACTED]] : [];
    return text.readField(view, i) ? [[header.name, decodeUtf8(capturedBytes())]] : [];
  });
}

/** The captured bytes of what was read last (a view), less a character that the cut went through. */
function capturedBytes(): Uint8Array {
  const { bytes, start, end, truncated } = text;
  return bytes.subarray(start, truncated ? wholeEnd(bytes, start, end) : end);
}
