import type { RequestEnd, ServerRecipe } from "../server_recipe.ts";

const PATH = "google.golang.org/grpc";
const TRANSPORT = `${PATH}/internal/transport`;
const SERVER = `*${TRANSPORT}.http2Server`;

/** What sends the status of a stream `s`, with which it ends. */
function statusWriter(method: string): RequestEnd {
  return {
    symbol: `${TRANSPORT}.(*http2Server).${method}`,
    receiver: SERVER,
    outcome: "ok",
    roots: {
      // In newer versions a server's streams are of a type of their own.
      s: { at: 0, types: [`*${TRANSPORT}.ServerStream`, `*${TRANSPORT}.Stream`] },
      status: { at: 1, types: [`*${PATH}/internal/status.Status`] },
    },
    values: [
      { name: "path", columns: ["uri"], expression: "s.method", capBytes: 0 },
      { name: "grpc_status", columns: ["grpc_status", "status"], expression: "status.s.Code", capBytes: 8 },
    ],
    constants: { method: "POST", proto: "gRPC" },
  };
}

/** The same where gRPC is served by net/http, which tells the request. */
function statusWriterOfHandler(method: string): RequestEnd {
  return {
    symbol: `${TRANSPORT}.(*serverHandlerTransport).${method}`,
    receiver: `*${TRANSPORT}.serverHandlerTransport`,
    onlyBegun: true,
    untold: true,
    outcome: "ok",
    roots: {},
    values: [],
  };
}

/**
 * gRPC's own server. Its calls are POST requests for the full method, whose status is a code of gRPC's. Served by
 * net/http (its `ServeHTTP`), they are requests of that. Source: grpc-go's server.go, and internal/transport.
 */
export const GRPC_SERVER: ServerRecipe = {
  name: "gRPC",
  knownBy: `${PATH}.(*Server).serveStreams`,
  begins: [{
    symbol: `${PATH}.(*Server).handleStream`,
    receiver: `*${PATH}.Server`,
    words: [2, 1],
    keeps: { request: 1 },
  }],
  // It has the one name or the other, by the version.
  ends: ["writeStatus", "WriteStatus"].flatMap((name) => [statusWriter(name), statusWriterOfHandler(name)]),
};
