import { Server } from "../e2e/server.ts";
import { buildClient } from "./programs.ts";
import type { RequestRecord } from "./records.ts";

/** One request that is sent. */
export interface Request {
  readonly method: string;
  /** Behind the origin; unique in its run. */
  readonly uri: string;
  /** Bytes of a body; 0 for none. */
  readonly body?: number;
}

/** What the client saw of a request. */
export interface Answer {
  readonly uri: string;
  readonly status: number;
  readonly bytes: number;
}

/** What a whole load came to. */
export interface Answers {
  readonly answers: readonly Answer[];
  /** Requests without a whole answer: the URI, then why. */
  readonly failed: readonly string[];
  readonly connections: number;
}

/** How a load is sent. */
export interface LoadOptions {
  /** Requests at a time: connections by HTTP/1, streams of one connection by HTTP/2. */
  readonly concurrency: number;
  /** HTTP/2, which the server has by TLS. */
  readonly http2?: boolean;
  /** Another origin than the server's own for the protocol. */
  readonly origin?: string;
  /** A connection for each request. */
  readonly fresh?: boolean;
}

/** Sends the requests by net/http's own client, in a process of its own. */
export async function send(
  server: Server,
  requests: readonly Request[],
  options: LoadOptions,
): Promise<Answers> {
  const client = await buildClient();
  const { http2 = false, fresh = false, origin = http2 ? server.https : server.http } = options;
  const certificate = await Deno.makeTempFile({ prefix: "certificate-", suffix: ".pem" });
  try {
    await Deno.writeTextFile(certificate, server.certificate);
    const flags = [...http2 ? ["-h2"] : [], ...fresh ? ["-fresh"] : []];
    const child = new Deno.Command(client, {
      args: ["-url", origin, "-ca", certificate, "-c", String(options.concurrency), ...flags],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const input = requests.map(({ method, uri, body = 0 }) => `${method} ${uri} ${body}\n`).join("");
    const written = new Blob([input]).stream().pipeTo(child.stdin);
    const { stdout, success } = await child.output();
    await written;
    if (!success) throw new Error("The client failed");
    return parseAnswers(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(certificate);
  }
}

function parseAnswers(text: string): Answers {
  const answers: Answer[] = [];
  const failed: string[] = [];
  let connections = 0;
  for (const line of text.trimEnd().split("\n")) {
    const [status = "", bytes = "", uri = ""] = line.split(" ");
    if (status === "connections") connections = Number(bytes);
    else if (status === "failed") failed.push(line.split(" ").slice(2).join(" "));
    else answers.push({ uri, status: Number(status), bytes: Number(bytes) });
  }
  return { answers, failed, connections };
}

/**
 * So many requests to `/s/STATUS/SIZE/ID`, no two alike, with random statuses and sizes, noise in their queries and
 * percent-encoded parts. A status that allows no body is asked for without one.
 */
export function randomRequests(count: number, prefix = ""): Request[] {
  const run = crypto.randomUUID().slice(0, 8);
  const random = (below: number) => Math.floor(Math.random() * below);
  return Array.from({ length: count }, (_, i) => {
    const status = random(4) === 0 ? 200 : 200 + random(400);
    const size = status === 204 || status === 304 ? 0 : random(10) === 0 ? random(100_000) : random(200);
    const noise = ["", `?i=${i}`, "?a=%20b&c=/s/200/1/x", "?", `?${"q".repeat(random(100))}=1`][random(5)]!;
    const id = ["", "%20", "a%2Fb", "%C3%A4", "+"][random(5)]! + i;
    return { method: "GET", uri: `/s/${status}/${size}/${prefix}${run}/${id}${noise}` };
  });
}

/** The path that a request asks for, as it is printed: decoded, without the query; `*` and CONNECT's target as they are. */
export function pathOf(uri: string): string {
  const [path = ""] = uri.replace(/^http:\/\/[^/]*/, "").split("?", 1);
  const bytes: number[] = [];
  for (const [part] of path.matchAll(/%[0-9a-f]{2}|[^]/gi)) {
    if (part.length === 3) bytes.push(parseInt(part.slice(1), 16));
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** What differs between the client's log and the tracer's records, in words; nothing when each request is there once. */
export function compare(answers: readonly Answer[], records: readonly RequestRecord[]): string[] {
  const problems: string[] = [];
  const seen = Map.groupBy(records, ({ path }) => path ?? "");
  for (const { uri, status, bytes } of answers) {
    const found = seen.get(pathOf(uri)) ?? [];
    seen.delete(pathOf(uri));
    if (found.length !== 1) problems.push(`${uri}: printed ${found.length} times`);
    for (const record of found) {
      if (record.outcome !== "ok") problems.push(`${uri}: its outcome is ${record.outcome}`);
      if (record.status !== status) problems.push(`${uri}: status ${record.status}, and ${status} was sent`);
      if (record.bytes !== bytes) problems.push(`${uri}: ${record.bytes} bytes, and ${bytes} were sent`);
    }
  }
  for (const [uri, list] of seen) {
    problems.push(`${uri || "(no URI)"}: printed ${list.length} times, never sent`);
  }
  return shorten(problems);
}

/** The first of many, with their number. */
export function shorten(problems: readonly string[]): string[] {
  const SHOWN = 10;
  return problems.length <= SHOWN
    ? [...problems]
    : [...problems.slice(0, SHOWN), `and ${problems.length - SHOWN} more`];
}
