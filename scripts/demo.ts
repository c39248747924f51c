/**
 * `deno task demo`: from a fresh clone to a table of real requests, in one go: brings what is missing, builds the
 * example's server, starts it, and traces it as a whole and then two of its handlers, while requests come by HTTP/1.1,
 * HTTPS and HTTP/2. The tracer's lines are shown as they come and compared with what was sent. The tables go to stdout,
 * all else to stderr.
 *
 * @module
 */
import { lineOf, sendAll, sorted } from "../tests/e2e/client.ts";
import type { Lines } from "../tests/e2e/lines.ts";
import { buildExample, Server } from "../tests/e2e/server.ts";
import { Tracer } from "../tests/e2e/tracer.ts";
import { CommandError } from "./lib/run.ts";
import { die, main, say, seconds, step } from "./lib/steps.ts";
import { setup } from "./setup.ts";

/** A run of the tracer, and what its lines say of method and path. */
interface Act {
  readonly what: string;
  readonly probes: readonly string[];
  /** The header: the sign that the probes are attached. */
  readonly header: RegExp;
  /** A line as the seed's table has it, so that it can be compared with what was sent. */
  readonly plain: (line: string) => string;
}

const ACTS: readonly Act[] = [
  {
    what: "the whole server",
    probes: [],
    header: /^Method +Status/,
    plain: (line) => line.replace(/^(\S+) +200 +\S+ +\d+ +(.*)$/, (_, method, path) => lineOf(method, path)),
  },
  {
    what: "main.ping and main.hello",
    probes: ["main.ping", "main.hello"],
    header: /^Method +Path$/,
    plain: (line) => line,
  },
];

/** One kind of request that is sent: over which listener, and by which protocol (the server tells it back). */
interface Visit {
  readonly name: string;
  readonly listener: "http" | "https";
  readonly protocol: "HTTP/1.1" | "HTTP/2.0";
  readonly paths: readonly string[];
}

const VISITS: readonly Visit[] = [
  { name: "HTTP/1.1", listener: "http", protocol: "HTTP/1.1", paths: ["/ping", "/hello/http"] },
  { name: "HTTPS, HTTP/1.1", listener: "https", protocol: "HTTP/1.1", paths: ["/ping", "/hello/https"] },
  { name: "HTTPS, HTTP/2", listener: "https", protocol: "HTTP/2.0", paths: ["/ping", "/hello/http2"] },
];

/** How long the last line may take to come after its request was answered. */
const PATIENCE_MS = 5000;

/** Writes the tracer's lines to stdout as they come, until its output ends. */
async function show(lines: Lines): Promise<void> {
  for (let shown = 0;;) {
    await Promise.race([lines.atLeast(shown + 1, 2 ** 31 - 1).catch(() => {}), lines.closed]);
    const ready = lines.lines.slice(shown);
    if (ready.length === 0) return;
    for (const line of ready) console.log(line);
    shown += ready.length;
  }
}

/** Starts the tracer and waits for its header. One that cannot trace ends the demo with its own words and exit code. */
async function startTracer(binary: string, { probes, header }: Act): Promise<Tracer> {
  const tracer = new Tracer([binary, ...probes]);
  try {
    return await tracer.started(header);
  } catch (error) {
    await tracer[Symbol.asyncDispose]();
    const { code, stderr } = await tracer.finished();
    throw new CommandError(stderr || String(error), code);
  }
}

/** Sends all visits and returns the lines that the tracer has to print. */
async function send(server: Server): Promise<string[]> {
  const sent: string[] = [];
  for (const { name, listener, protocol, paths } of VISITS) {
    const { certificate } = server;
    const origin = server[listener];
    await step(
      `sent ${paths.length} requests by ${name}`,
      async () => sent.push(...await sendAll(origin, paths, { certificate, protocol })),
    );
  }
  return sent;
}

/** Compares what was printed with what was sent; the order is the server's business. */
function compare(printed: readonly string[], sent: readonly string[]): void {
  const left = sorted(printed);
  const missing = sorted(sent).filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  if (missing.length === 0 && left.length === 0) return;
  throw new CommandError(
    [
      `gohttpsnoop: ${sent.length} requests were sent, ${printed.length} lines printed`,
      ...missing.map((line) => `  missing: ${line}`),
      ...left.map((line) => `  never sent: ${line}`),
      "  hint: Run ./scripts/deno.sh task test:e2e to see what fails on this machine.",
    ].join("\n"),
    1,
  );
}

/** Attaches, sends, shows and compares; gives the number of requests. */
async function perform(act: Act, binary: string, server: Server): Promise<number> {
  await using tracer = await step(`attached to ${act.what}`, () => startTracer(binary, act));
  const shown = show(tracer.stdout);
  const sent = await send(server);
  // Missing lines are told by the comparison, with their names.
  await tracer.printed(sent.length, PATIENCE_MS).catch(() => {});
  const { code, stderr } = await step("ended the tracer (Ctrl-C)", () => tracer.stop("SIGINT"));
  await shown;
  if (code !== 0) throw new CommandError(`${stderr}gohttpsnoop: the tracer ended with ${code}`, code);
  compare(tracer.requests.map(act.plain), sent);
  return sent.length;
}

/** The demo, behind set-up. */
async function demo(): Promise<void> {
  const binary = await step("built examples/server", () => buildExample());
  await using server = await step("started the server", () => Server.start(binary, { tls: true }));
  let count = 0;
  for (const act of ACTS) count += await perform(act, binary, server);
  say(`gohttpsnoop: ${count} requests sent, the same ${count} printed. Your own server:`);
  say("  ./scripts/deno.sh task trace ./your/server");
}

await main(async () => {
  if (Deno.uid() !== 0) {
    die("tracing needs root", "sudo ./scripts/deno.sh task demo", 3);
  }
  const start = performance.now();
  say(`gohttpsnoop: tracing a Go server with real requests; each table begins with "Method"`);
  await step("set up this machine", () => setup("demo"));
  await demo();
  say(`gohttpsnoop: all in ${seconds(performance.now() - start)}`);
});
