import { wordsShape } from "../../go/mod.ts";
import type { Recipe } from "../recipe.ts";

/** Bytes of a method that are captured: longer than any registered one. */
export const METHOD_BYTES = 32;

/** A handler of net/http, function or method: `func(w http.ResponseWriter, req *http.Request)`. */
export function netHttpHandler(pathBytes: number): Recipe {
  return {
    name: "net/http handler",
    declaration: "func(http.ResponseWriter, *http.Request)",
    parameters: [
      { name: "w", type: "net/http.ResponseWriter", shape: wordsShape(2) },
      { name: "req", type: "*net/http.Request", shape: wordsShape(1) },
    ],
    fields: [
      { name: "method", expression: "req.Method", capBytes: METHOD_BYTES },
      { name: "path", expression: "req.URL.Path", capBytes: pathBytes },
    ],
  };
}
