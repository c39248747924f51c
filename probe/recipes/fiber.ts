import { wordsShape } from "../../go/mod.ts";
import type { Recipe } from "../recipe.ts";
import { METHOD_BYTES } from "./net_http.ts";

/** A handler of fiber, or its middleware: `func(c *fiber.Ctx) error`. */
export function fiberHandler(pathBytes: number): Recipe {
  return {
    name: "fiber handler",
    declaration: "func(*fiber.Ctx) error",
    parameters: [{ name: "c", type: "*github.com/gofiber/fiber/v2.Ctx", shape: wordsShape(1) }],
    results: ["error"],
    fields: [
      { name: "method", expression: "c.fasthttp.Request.Header.method", capBytes: METHOD_BYTES },
      { name: "uri", expression: "c.fasthttp.Request.Header.requestURI", capBytes: pathBytes },
    ],
  };
}
