import { GohttpsnoopError, inspect } from "../../mod.ts";
import { sendAll, uniquePaths } from "../e2e/client.ts";
import { Server } from "../e2e/server.ts";
import { Tracer } from "../e2e/tracer.ts";
import type { Cell } from "./cells.ts";
import { awkwardHandlers, checkPlans, EXAMPLE_HANDLERS, type Handler } from "./expected.ts";
import type { Programs } from "./programs.ts";

/** Requests to each handler. */
const COUNT = 23;

/** What is sent to one handler. */
interface Load {
  readonly handler: Handler;
  /** Sends it, and gives the lines that have to be printed. */
  readonly send: (server: Server) => Promise<string[]>;
}

/**
 * Traces both servers of a cell while requests arrive and returns what is not as it has to be, in words: nothing
 * when each request was printed exactly once.
 */
export async function runCell(cell: Cell, { example, awkward }: Programs): Promise<string[]> {
  const problems = await Promise.all([
    runServer(cell, example, exampleLoads(), true),
    runServer(cell, awkward, awkwardHandlers(cell).map(awkwardLoad), false),
  ]);
  return problems.flat();
}

/** By plain HTTP, HTTPS and HTTP/2, each with paths of its own, and one path that is always the same. */
function exampleLoads(): Load[] {
  const { ping, hello } = EXAMPLE_HANDLERS;
  return [
    { handler: ping, send: ({ http }) => sendAll(http, Array<string>(COUNT).fill(ping.prefix)) },
    {
      handler: hello,
      send: async ({ http, https, certificate }) => [
        ...await sendAll(http, uniquePaths(hello.prefix, COUNT)),
        ...await sendAll(https, uniquePaths(hello.prefix, COUNT), { certificate }),
        ...await sendAll(https, uniquePaths(hello.prefix, COUNT), { certificate, protocol: "HTTP/2.0" }),
      ],
    },
  ];
}

function awkwardLoad(handler: Handler): Load {
  const options = handler.freshStacks ? { keepAlive: false, concurrency: 4 } : {};
  return { handler, send: ({ http }) => sendAll(http, uniquePaths(handler.prefix, COUNT), options) };
}

/** One server and one tracer with a probe for each handler. */
async function runServer(
  cell: Cell,
  binary: string,
  loads: readonly Load[],
  tls: boolean,
): Promise<string[]> {
  const problems: string[] = [];
  // A handler that cannot be planned fails the cell, and the others are still traced.
  const traced = loads.filter(({ handler }) => {
    const found = plan(cell, binary, handler);
    problems.push(...found.problems);
    return found.planned;
  });
  if (traced.length === 0) return problems;
  await using server = await Server.start(binary, { tls });
  await using tracer = await new Tracer([binary, ...traced.map(({ handler }) => handler.name)]).ready();
  const sent = new Map<Handler, string[]>();
  for (const { handler, send } of traced) sent.set(handler, await send(server));
  const total = [...sent.values()].reduce((sum, lines) => sum + lines.length, 0);
  // Fewer lines are told below, with their handlers.
  await tracer.printed(total).catch(() => {});
  const { stdout, stderr, code } = await tracer.stop();
  problems.push(...compareLines(sent, stdout.split("\n").slice(1, -1)));
  if (code !== 0) problems.push(`the tracer ended with ${code}`);
  if (stderr !== "") problems.push(`the tracer wrote to standard error: ${stderr.trim()}`);
  return problems;
}

function plan(cell: Cell, binary: string, handler: Handler): { planned: boolean; problems: string[] } {
  try {
    const plans = inspect({ binary, probes: [handler.name] });
    return { planned: true, problems: checkPlans(cell, handler, plans) };
  } catch (error) {
    if (!(error instanceof GohttpsnoopError)) throw error;
    const message = error.message.replace(`${binary}: `, "");
    return { planned: false, problems: [`${handler.name}: ${message}`] };
  }
}

/**
 * What was printed against what was sent: each line exactly as often. The lines of a handler are told by the path's
 * prefix.
 */
export function compareLines(
  sent: ReadonlyMap<Handler, readonly string[]>,
  printed: readonly string[],
): string[] {
  const problems: string[] = [];
  const expected = countLines([...sent.values()].flat());
  const actual = countLines(printed);
  for (const [{ name }, lines] of sent) {
    const unique = [...new Set(lines)];
    const fewer = sumOf(unique, (line) => (expected.get(line) ?? 0) - (actual.get(line) ?? 0));
    const more = sumOf(unique, (line) => (actual.get(line) ?? 0) - (expected.get(line) ?? 0));
    if (fewer + more === 0) continue;
    problems.push(
      `${name}: of ${lines.length} requests ${fewer} were not printed, ${more} lines are too many`,
    );
  }
  const strange = printed.filter((line) => !expected.has(line));
  if (strange.length > 0) {
    problems.push(`${strange.length} lines were never sent, e.g. ${JSON.stringify(strange[0])}`);
  }
  return problems;
}

function countLines(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** The sum of what is positive. */
function sumOf(lines: readonly string[], difference: (line: string) => number): number {
  return lines.reduce((sum, line) => sum + Math.max(0, difference(line)), 0);
}
