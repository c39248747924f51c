/**
 * A small user of the library, which the suite compiles and runs in the machine: it prints the table as the command
 * does, with the symbol of the handler in front, which the command's table does not have yet. It shows which probe an
 * event came from, where the kernel has no cookies to say it.
 *
 *     handlers BINARY [HANDLER...]
 *
 * Without a handler it is the whole server, with all that is known of each request, and the status in the symbol's place.
 *
 * @module
 */
import { trace } from "../../mod.ts";

const [binary = "", ...probes] = Deno.args;
const end = new AbortController();
const stop = () => end.abort();
Deno.addSignalListener("SIGINT", stop);
const events = trace({ binary, probes, signal: end.signal });
console.log("Method Path Symbol");
for await (const event of events) {
  if (event.type !== "request") throw new TypeError(`${event.symbol} is no handler`);
  const { method, path, symbol, status } = event;
  console.log(`${method} ${path} ${symbol ?? status}`);
}
Deno.removeSignalListener("SIGINT", stop);
const { lost } = events.counters();
if (lost > 0) console.error(`lost ${lost}`);
