import type { RequestBegin, ServerRecipe } from "../server_recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

const PATH = "github.com/valyala/fasthttp";

/** What reads a request's body, or makes it a stream: once a request, when its headers are there. */
function bodyReader(method: string): RequestBegin {
  return {
    symbol: `${PATH}.(*Request).${method}`,
    receiver: `*${PATH}.Request`,
    keeps: { request: "receiver" },
  };
}

/**
 * fasthttp, on which fiber is built. A request begins when its headers are read, and ends when its response is about to
 * be written, all on the connection's goroutine. The request is the one that began: a response that came too late is
 * written by another context, which has none. What cannot be read as a request is answered, but no request.
 *
 * Source: fasthttp's server.go, `serveConn`, and http.go.
 */
export const FASTHTTP_SERVER: ServerRecipe = {
  name: "fasthttp",
  knownBy: `${PATH}.(*Server).serveConn`,
  begins: [bodyReader("readLimitBody"), bodyReader("readBodyStream")],
  ends: [{
    symbol: `${PATH}.writeResponse`,
    onlyBegun: true,
    outcome: "ok",
    roots: {
      ctx: { at: 0, types: [`*${PATH}.RequestCtx`] },
      r: { at: "kept-request", types: [`*${PATH}.Request`] },
    },
    values: [
      { name: "method", expression: "r.Header.method", capBytes: METHOD_BYTES },
      { name: "uri", expression: "r.Header.requestURI", capBytes: 0 },
      // It has the one name or the other, by the version.
      { name: "proto", expression: "r.Header.proto", capBytes: 16, optional: true },
      { name: "proto", expression: "r.Header.protocol", capBytes: 16, optional: true },
      { name: "host", expression: "r.Header.host", capBytes: 128 },
      { name: "status", expression: "ctx.Response.Header.statusCode", capBytes: 8 },
    ],
    headers: {
      expression: "r.Header.h",
      apart: {
        "Host": "r.Header.host",
        "Content-Type": "r.Header.contentType",
        "User-Agent": "r.Header.userAgent",
      },
    },
  }],
};
