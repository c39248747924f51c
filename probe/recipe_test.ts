import assert from "node:assert/strict";
import type { GoSignature, GoType } from "../go/mod.ts";
import { makeType } from "../go/sample_types.ts";
import { isRecipeFor } from "./recipe.ts";
import { handlerRecipes } from "./recipes/handlers.ts";

function signature(parameters: readonly string[], results: readonly string[]): GoSignature {
  const named = (name: string): { name: string; type: GoType } => ({
    name: "",
    type: makeType(name, "pointer", 8),
  });
  return { parameters: parameters.map(named), results: results.map(named), variadic: false };
}

/** The recipes for functions of this signature. */
function recipesFor(parameters: readonly string[], results: readonly string[] = []): string[] {
  return handlerRecipes(256).filter((recipe) => isRecipeFor(recipe, signature(parameters, results)))
    .map(({ name }) => name);
}

const GIN = "*github.com/gin-gonic/gin.Context";
const ECHO = "github.com/labstack/echo/v4.Context";

Deno.test("isRecipeFor() knows each framework's handlers", () => {
  assert.deepEqual(recipesFor(["net/http.ResponseWriter", "*net/http.Request"]), ["net/http handler"]);
  assert.deepEqual(recipesFor([GIN]), ["gin handler"]);
  assert.deepEqual(recipesFor([ECHO], ["error"]), ["echo handler"]);
  assert.deepEqual(recipesFor(["*github.com/valyala/fasthttp.RequestCtx"]), ["fasthttp handler"]);
  assert.deepEqual(recipesFor(["*github.com/gofiber/fiber/v2.Ctx"], ["error"]), ["fiber handler"]);
});

Deno.test("isRecipeFor() takes handlers of net/http with more parameters and results, as routers have them", () => {
  const parameters = ["net/http.ResponseWriter", "*net/http.Request", "httprouter.Params"];
  assert.deepEqual(recipesFor(parameters, ["error"]), ["net/http handler"]);
  assert.deepEqual(recipesFor(["*net/http.Request", "net/http.ResponseWriter"]), []);
});

Deno.test("isRecipeFor() takes no helper for a framework's handler: it has other parameters or results besides", () => {
  assert.deepEqual(recipesFor([GIN, "string"]), []);
  assert.deepEqual(recipesFor([GIN], ["*main.User", "error"]), []);
  assert.deepEqual(recipesFor([ECHO]), []);
  assert.deepEqual(recipesFor([ECHO], ["main.User"]), []);
});
