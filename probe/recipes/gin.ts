import { wordsShape } from "../../go/mod.ts";
import type { Recipe } from "../recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

/** A handler of gin, or its middleware: `func(c *gin.Context)`. */
export function ginHandler(pathBytes: number): Recipe {
  return {
    name: "gin handler",
    declaration: "func(*gin.Context)",
    parameters: [{ name: "c", type: "*github.com/gin-gonic/gin.Context", shape: wordsShape(1) }],
    results: [],
    fields: [
      { name: "method", expression: "c.Request.Method", capBytes: METHOD_BYTES },
      { name: "path", expression: "c.Request.URL.Path", capBytes: pathBytes },
    ],
  };
}
