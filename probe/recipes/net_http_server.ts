import type { RequestOutcome } from "../plan.ts";
import type { RecipeField } from "../recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

/** A function at which requests begin: its parameters are the ResponseWriter and the request. */
export interface RequestBegin {
  readonly symbol: string;
  /** The type of its receiver. */
  readonly receiver: string;
  /** Words of the ResponseWriter; the last one is the pointer to it. */
  readonly writerWords: 1 | 2;
  /** Its request is no net/http.Request, and so not kept. */
  readonly otherRequest?: true;
  /** Only where the executable has a function of this prefix. */
  readonly onlyWith?: string;
}

/** A place at which requests end, the ResponseWriter's own type there, and where it has what is shown. */
export interface RequestEnd {
  /** The function; with `closureThatCalls` its closure that calls that function. */
  readonly symbol: string;
  readonly closureThatCalls?: string;
  /** The probe is on that call, since the function is run on other ways as well. */
  readonly atTheCall?: true;
  readonly writerType: string;
  /**
   * Where the writer is: the function's receiver, so that also a request is seen that began before the probes were there,
   * or what was kept when the request began.
   */
  readonly writer: "receiver" | "kept";
  readonly outcome: RequestOutcome;
  /** From the writer `w` to what is shown. */
  readonly paths: Readonly<Record<"request" | "status" | "bytes", string>>;
}

/**
 * Where requests begin. All of net/http come to the first; the others are those of HTTP/2 without TLS, which a server
 * brings itself, and which calls the handler without net/http's. With Go 1.27 it hands the connection on to net/http's
 * HTTP/2. Source: Go's src/net/http/server.go and http2.go, and golang.org/x/net/http2/server.go and server_wrap.go.
 */
export const BEGINS: readonly RequestBegin[] = [
  {
    symbol: "net/http.serverHandler.ServeHTTP",
    receiver: "net/http.serverHandler",
    writerWords: 2,
  },
  {
    symbol: "golang.org/x/net/http2.(*serverConn).runHandler",
    receiver: "*golang.org/x/net/http2.serverConn",
    writerWords: 1,
    onlyWith: "golang.org/x/net/http2/h2c.",
  },
  {
    symbol: "net/http.http2Handler.ServeHTTP",
    receiver: "net/http.http2Handler",
    writerWords: 1,
    otherRequest: true,
    onlyWith: "golang.org/x/net/http2/h2c.",
  },
];

const HTTP1 = { request: "w.req", status: "w.status", bytes: "w.written" } as const;
const HTTP2 = { request: "w.rws.req", status: "w.rws.status", bytes: "w.rws.wroteBytes" } as const;

/** HTTP/2 by the names of its types: to Go 1.26 they are net/http's own, with a prefix. */
function http2Ends(path: string, prefix = ""): RequestEnd[] {
  const writerType = `*${path}.${prefix}responseWriter`;
  return [
    {
      symbol: `${path}.(*${prefix}responseWriter).handlerDone`,
      writerType,
      writer: "receiver",
      outcome: "ok",
      paths: HTTP2,
    },
    {
      // The deferred closure of the request's goroutine: `recover` is called when a panic ends it, and only then.
      symbol: `${path}.(*${prefix}serverConn).runHandler`,
      closureThatCalls: "runtime.gorecover",
      atTheCall: true,
      writerType,
      writer: "kept",
      outcome: "panic",
      paths: HTTP2,
    },
  ];
}

/** Where requests end; an executable has some of them. Source: as {@linkcode BEGINS}. */
export const ENDS: readonly RequestEnd[] = [
  {
    symbol: "net/http.(*response).finishRequest",
    writerType: "*net/http.response",
    writer: "receiver",
    outcome: "ok",
    paths: HTTP1,
  },
  {
    // It calls hijackLocked, which may be inlined.
    symbol: "net/http.(*response).Hijack",
    writerType: "*net/http.response",
    writer: "kept",
    outcome: "hijacked",
    paths: HTTP1,
  },
  {
    // The deferred closure of a connection's goroutine. A request that is open by then was ended by a panic.
    symbol: "net/http.(*conn).serve",
    closureThatCalls: "net/http.(*conn).setState",
    writerType: "*net/http.response",
    writer: "kept",
    outcome: "panic",
    paths: HTTP1,
  },
  ...http2Ends("net/http", "http2"),
  ...http2Ends("net/http/internal/http2"),
  ...http2Ends("golang.org/x/net/http2"),
];

/** What serves requests without net/http, by a function of it. */
export const OTHER_SERVERS: Readonly<Record<string, string>> = {
  "fasthttp": "github.com/valyala/fasthttp.(*Server).serveConn",
  "gRPC": "google.golang.org/grpc.(*Server).handleStream",
};

/** Fields of the request by their columns' keys. A capacity of 0 is that of the path. */
const REQUEST_FIELDS: Readonly<Record<string, readonly [field: string, capBytes: number]>> = {
  method: ["Method", METHOD_BYTES],
  uri: ["RequestURI", 0],
  proto: ["Proto", 16],
  host: ["Host", 128],
  remote: ["RemoteAddr", 64],
  tls: ["TLS.Version", 8],
  alpn: ["TLS.NegotiatedProtocol", 16],
  server_name: ["TLS.ServerName", 128],
};

/** The route that matched: of the request that was kept, since not all of HTTP/2's have it. From Go 1.23. */
export const ROUTE: RecipeField = { name: "route", expression: "r.Pattern", capBytes: 128 };

/** The goroutine's number. */
export const GOID: RecipeField = { name: "goid", expression: "g.goid", capBytes: 8 };

/** Through which functions are called that serve as handlers; the receiver is the function. */
export const HANDLER_FUNC = "net/http.HandlerFunc.ServeHTTP";

/** What can be shown of a request for no more than its two hits. */
export const SERVER_COLUMNS: readonly string[] = [
  ...Object.keys(REQUEST_FIELDS),
  ROUTE.name,
  "status",
  "bytes",
  "duration",
  GOID.name,
];

/** The fields for these columns that are found from the writer. */
export function writerFields(end: RequestEnd, columns: readonly string[], uriBytes: number): RecipeField[] {
  return columns.flatMap((name) => {
    const field = REQUEST_FIELDS[name];
    if (field !== undefined) {
      return [{ name, expression: `${end.paths.request}.${field[0]}`, capBytes: field[1] || uriBytes }];
    }
    if (name !== "status" && name !== "bytes") return [];
    return [{ name, expression: end.paths[name], capBytes: 8 }];
  });
}
