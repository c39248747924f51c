import type { RecipeField } from "../recipe.ts";
import type { ServerRecipe } from "../server_recipe.ts";
import { FASTHTTP_SERVER } from "./fasthttp_server.ts";
import { GRPC_SERVER } from "./grpc_server.ts";
import { NET_HTTP_SERVER } from "./net_http_server.ts";

/** The kinds of servers whose requests are seen without naming a handler. An executable may have several. */
export const SERVER_RECIPES: readonly ServerRecipe[] = [NET_HTTP_SERVER, FASTHTTP_SERVER, GRPC_SERVER];

/** The goroutine's number. */
export const GOID: RecipeField = { name: "goid", expression: "g.goid", capBytes: 8 };

/** What can be shown of a request for no more than its two hits. */
export const SERVER_COLUMNS: readonly string[] = [
  ...new Set(
    SERVER_RECIPES.flatMap(({ ends }) => ends.flatMap(({ values }) => values))
      .flatMap(({ name, columns = [name] }) => columns),
  ),
  "duration",
  GOID.name,
];
