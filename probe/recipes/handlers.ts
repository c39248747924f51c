import type { Recipe } from "../recipe.ts";
import { echoHandler } from "./echo.ts";
import { fasthttpHandler } from "./fasthttp.ts";
import { fiberHandler } from "./fiber.ts";
import { ginHandler } from "./gin.ts";
import { netHttpHandler } from "./net_http.ts";

/**
 * The kinds of handlers that can be named. A function whose signature is not known is taken for one of the first kind, if
 * its arguments may be.
 *
 * @param pathBytes the most bytes of a path that are captured
 */
export function handlerRecipes(pathBytes: number): readonly [Recipe, ...Recipe[]] {
  return [
    netHttpHandler(pathBytes),
    ginHandler(pathBytes),
    echoHandler(),
    fasthttpHandler(pathBytes),
    fiberHandler(pathBytes),
  ];
}
