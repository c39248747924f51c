import { wordsShape } from "../../go/mod.ts";
import type { Recipe } from "../recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

/** A handler of fasthttp: `func(ctx *fasthttp.RequestCtx)`. */
export function fasthttpHandler(pathBytes: number): Recipe {
  return {
    name: "fasthttp handler",
    declaration: "func(*fasthttp.RequestCtx)",
    parameters: [{ name: "ctx", type: "*github.com/valyala/fasthttp.RequestCtx", shape: wordsShape(1) }],
    results: [],
    fields: [
      { name: "method", expression: "ctx.Request.Header.method", capBytes: METHOD_BYTES },
      { name: "uri", expression: "ctx.Request.Header.requestURI", capBytes: pathBytes },
    ],
  };
}
