import type { RequestOutcome } from "../plan.ts";
import type { RecipeField } from "../recipe.ts";

/** A function at which requests end, with the ResponseWriter's own type and where it has what is shown. */
export interface RequestEnd {
  /** Names of the function, of which each executable has one at most, and the type of the writer there. */
  readonly functions: readonly { readonly symbol: string; readonly writer: string }[];
  /** Its receiver is the writer, so that also a request is seen that began before the probes were there. */
  readonly hasWriter: boolean;
  readonly outcome: RequestOutcome;
  /** From the writer `w` to what is shown. */
  readonly paths: Readonly<Record<"request" | "status" | "bytes", string>>;
}

/** Where every request begins: `ServeHTTP(rw http.ResponseWriter, req *http.Request)` of a value receiver. */
export const BEGIN = "net/http.serverHandler.ServeHTTP";

/**
 * Where a request of HTTP/2 without TLS begins that a server brings itself: `runHandler(rw *responseWriter, req
 * *http.Request, handler func(...))` of a pointer receiver. Only where it does: others pass {@linkcode BEGIN}.
 */
export const BEGIN_H2C = {
  symbol: "golang.org/x/net/http2.(*serverConn).runHandler",
  package: "golang.org/x/net/http2/h2c.",
};

const HTTP1 = { request: "w.req", status: "w.status", bytes: "w.written" } as const;
/** Where the writer of HTTP/2 has what is shown. */
export const HTTP2 = { request: "w.rws.req", status: "w.rws.status", bytes: "w.rws.wroteBytes" } as const;

/** Where requests end. Source: Go's src/net/http/server.go, `(*conn).serve`, and h2_bundle.go, `(*http2serverConn).runHandler`. */
export const ENDS: readonly RequestEnd[] = [
  {
    functions: [{ symbol: "net/http.(*response).finishRequest", writer: "*net/http.response" }],
    hasWriter: true,
    outcome: "ok",
    paths: HTTP1,
  },
  {
    // Also hijackLocked, which it calls, may be inlined.
    functions: [{ symbol: "net/http.(*response).Hijack", writer: "*net/http.response" }],
    hasWriter: false,
    outcome: "hijacked",
    paths: HTTP1,
  },
  {
    functions: [
      { symbol: "net/http.(*http2responseWriter).handlerDone", writer: "*net/http.http2responseWriter" },
      {
        symbol: "net/http/internal/http2.(*responseWriter).handlerDone",
        writer: "*net/http/internal/http2.responseWriter",
      },
    ],
    hasWriter: true,
    outcome: "ok",
    paths: HTTP2,
  },
  {
    functions: [{
      symbol: "golang.org/x/net/http2.(*responseWriter).handlerDone",
      writer: "*golang.org/x/net/http2.responseWriter",
    }],
    hasWriter: true,
    outcome: "ok",
    paths: HTTP2,
  },
];

/** Fields of the request, by their columns' keys. */
const REQUEST_FIELDS: Readonly<Record<string, readonly [field: string, capBytes: number]>> = {
  method: ["Method", 32],
  uri: ["RequestURI", 0],
  proto: ["Proto", 16],
  host: ["Host", 128],
  remote: ["RemoteAddr", 64],
  route: ["Pattern", 128],
  tls: ["TLS.Version", 8],
  alpn: ["TLS.NegotiatedProtocol", 16],
  server_name: ["TLS.ServerName", 128],
};

/** What can be shown of a request. */
export const SERVER_COLUMNS = [...Object.keys(REQUEST_FIELDS), "status", "bytes", "duration"] as const;

/** The fields for these columns at an end; `duration` has no path and is not among them. */
export function fieldsAt(end: RequestEnd, columns: readonly string[], uriBytes: number): RecipeField[] {
  const fields: RecipeField[] = [];
  for (const name of columns) {
    const ofRequest = REQUEST_FIELDS[name];
    if (ofRequest !== undefined) {
      const [field, capBytes] = ofRequest;
      fields.push({ name, expression: `${end.paths.request}.${field}`, capBytes: capBytes || uriBytes });
    } else if (name === "status" || name === "bytes") {
      fields.push({ name, expression: end.paths[name], capBytes: 8 });
    }
  }
  return fields;
}
