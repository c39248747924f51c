import type { RequestBegin, RequestEnd, ServerRecipe, ServerValue, ValueRoot } from "../server_recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

/**
 * Where requests begin. All of net/http come to the first; the others are those of HTTP/2 without TLS, which a server
 * brings itself, and which calls the handler without net/http's. With Go 1.27 it hands the connection on to net/http's
 * HTTP/2, whose request is no net/http.Request and so not kept.
 */
const BEGINS: readonly RequestBegin[] = [
  {
    symbol: "net/http.serverHandler.ServeHTTP",
    receiver: "net/http.serverHandler",
    words: [2, 1],
    keeps: { writer: 0, request: 1 },
  },
  {
    symbol: "golang.org/x/net/http2.(*serverConn).runHandler",
    receiver: "*golang.org/x/net/http2.serverConn",
    keeps: { writer: 0, request: 1 },
    onlyWith: "golang.org/x/net/http2/h2c.",
  },
  {
    symbol: "net/http.http2Handler.ServeHTTP",
    receiver: "net/http.http2Handler",
    keeps: { writer: 0 },
    onlyWith: "golang.org/x/net/http2/h2c.",
  },
];

/** The request that was kept, which has the route: not all of HTTP/2's own have it. */
const KEPT_REQUEST: ValueRoot = { at: "kept-request", types: ["*net/http.Request"] };

/** What is shown, where the ResponseWriter `w` has the request and the rest by these paths. */
function values(request: string, status: string, bytes: string): readonly ServerValue[] {
  return [
    { name: "method", expression: `${request}.Method`, capBytes: METHOD_BYTES },
    { name: "uri", expression: `${request}.RequestURI`, capBytes: 0 },
    { name: "proto", expression: `${request}.Proto`, capBytes: 16 },
    { name: "host", expression: `${request}.Host`, capBytes: 128 },
    { name: "remote", expression: `${request}.RemoteAddr`, capBytes: 64 },
    { name: "tls", expression: `${request}.TLS.Version`, capBytes: 8 },
    { name: "alpn", expression: `${request}.TLS.NegotiatedProtocol`, capBytes: 16 },
    { name: "server_name", expression: `${request}.TLS.ServerName`, capBytes: 128 },
    { name: "status", expression: status, capBytes: 8 },
    { name: "bytes", expression: bytes, capBytes: 8 },
    // From Go 1.23.
    { name: "route", expression: "r.Pattern", capBytes: 128, optional: true },
  ];
}

/** The ends of one protocol, whose ResponseWriter `w` is of one type, and has the rest by these paths. */
function endsOf(type: string, request: string, status: string, bytes: string) {
  const shown = values(request, status, bytes);
  const roots = (at: ValueRoot["at"]) => ({ w: { at, types: [type] }, r: KEPT_REQUEST });
  const headers = { expression: `${request}.Header`, apart: { Host: `${request}.Host` } };
  return {
    ofWriter: { receiver: type, outcome: "ok", roots: roots("receiver"), values: shown, headers },
    ofBegun: { onlyBegun: true, roots: roots("kept-writer"), values: shown, headers },
  } as const;
}

const HTTP1 = endsOf("*net/http.response", "w.req", "w.status", "w.written");

/** HTTP/2 by the names of its types: to Go 1.26 they are net/http's own, with a prefix. */
function http2Ends(path: string, prefix = ""): RequestEnd[] {
  const type = `*${path}.${prefix}responseWriter`;
  const { ofWriter, ofBegun } = endsOf(type, "w.rws.req", "w.rws.status", "w.rws.wroteBytes");
  return [
    { symbol: `${path}.(*${prefix}responseWriter).handlerDone`, ...ofWriter },
    {
      // The deferred closure of the request's goroutine: `recover` is called when a panic ends it, and only then.
      symbol: `${path}.(*${prefix}serverConn).runHandler`,
      closureThatCalls: "runtime.gorecover",
      atTheCall: true,
      outcome: "panic",
      ...ofBegun,
    },
  ];
}

/**
 * Whether the connection was taken over on another goroutine, which leaves the request open at the goroutine's end as a
 * panic does. Read whatever is to be shown: the method always is.
 */
const HIJACKED: ServerValue = {
  name: "hijacked",
  columns: ["method"],
  expression: "w.conn.hijackedv",
  capBytes: 8,
  optional: true,
};

const ENDS: readonly RequestEnd[] = [
  { symbol: "net/http.(*response).finishRequest", ...HTTP1.ofWriter },
  // It calls hijackLocked, which may be inlined.
  { symbol: "net/http.(*response).Hijack", outcome: "hijacked", ...HTTP1.ofBegun },
  {
    // The deferred closure of a connection's goroutine. A request that is open by then was ended by a panic, unless its
    // connection was taken over.
    symbol: "net/http.(*conn).serve",
    closureThatCalls: "net/http.(*conn).setState",
    outcome: "panic",
    ...HTTP1.ofBegun,
    values: [...HTTP1.ofBegun.values, HIJACKED],
  },
  ...http2Ends("net/http", "http2"),
  ...http2Ends("net/http/internal/http2"),
  ...http2Ends("golang.org/x/net/http2"),
];

/**
 * net/http, with the HTTP/2 of golang.org/x/net. Source: Go's src/net/http/server.go and http2.go, and
 * golang.org/x/net/http2/server.go and server_wrap.go.
 */
export const NET_HTTP_SERVER: ServerRecipe = {
  name: "net/http",
  knownBy: "net/http.serverHandler.ServeHTTP",
  begins: BEGINS,
  ends: ENDS,
  handlerFunction: "net/http.HandlerFunc.ServeHTTP",
};
