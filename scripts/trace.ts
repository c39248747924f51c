/**
 * `deno task trace ARG...`: the program itself, from source. `deno task` runs in the project's folder; the program
 * has to run in the caller's, so that `./server/main` is the caller's file.
 *
 * @module
 */
import { main } from "../main.ts";

const caller = Deno.env.get("INIT_CWD");
if (caller !== undefined) {
  Deno.env.delete("INIT_CWD");
  Deno.chdir(caller);
}
Deno.exit(await main(Deno.args));
