import { wordsShape } from "../../go/mod.ts";
import type { Recipe } from "../recipe.ts";

/**
 * A handler of echo, `func(c echo.Context) error`. A program may make its contexts of its own type, around echo's, so that
 * nothing is read from them: what there is to show is known where the request ends.
 */
export function echoHandler(): Recipe {
  return {
    name: "echo handler",
    declaration: "func(echo.Context) error",
    parameters: [{ name: "c", type: "github.com/labstack/echo/v4.Context", shape: wordsShape(2) }],
    results: ["error"],
    fields: [],
  };
}
