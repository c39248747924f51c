import { lineOf, type Sent } from "../e2e/client.ts";

/** What a test asks a server for. */
export interface Request {
  readonly method: string;
  readonly path: string;
}

/** How requests are sent. */
export interface SendOptions {
  /** The status that each has to be answered with. */
  readonly status: number;
  readonly concurrency?: number;
  /** The server's certificate as PEM; none is plain HTTP. */
  readonly certificate?: string;
  /** What the server's header X-Proto has to say, where it sends one. Default: not looked at. */
  readonly protocol?: "HTTP/1.1" | "HTTP/2.0";
}

/** What was sent, and what the answers said of the connections. */
export interface SendLog {
  /** The lines that the tracer has to print, in any order. */
  readonly sent: readonly Sent[];
  /** The different values of the header X-Client-Port: one a connection, where the server tells. */
  readonly clientPorts: ReadonlySet<string>;
}

const METHODS = ["GET", "POST", "GET", "HEAD", "GET", "PUT", "GET", "DELETE", "GET", "OPTIONS"] as const;

/** So many requests below `prefix`, no two paths the same in a whole test run, of several methods in turn. */
export function uniqueRequests(
  prefix: string,
  count: number,
  methods: readonly string[] = METHODS,
): Request[] {
  const run = crypto.randomUUID().slice(0, 8);
  return Array.from({ length: count }, (_, i) => ({
    method: methods[i % methods.length]!,
    path: `${prefix}${run}/${i}`,
  }));
}

/** Sends the requests, the first alone, so that the others find a connection, then `concurrency` at a time. */
export async function sendRequests(
  origin: string,
  requests: readonly Request[],
  { status, concurrency = 1, certificate, protocol }: SendOptions,
): Promise<SendLog> {
  using client = Deno.createHttpClient({
    ...certificate === undefined ? {} : { caCerts: [certificate] },
    http1: protocol !== "HTTP/2.0",
    http2: protocol === "HTTP/2.0",
    poolMaxIdlePerHost: concurrency,
  });
  const clientPorts = new Set<string>();
  const send = async ({ method, path }: Request) => {
    const response = await fetch(origin + path, { client, method, redirect: "manual" });
    await response.body?.cancel();
    const seen = response.headers.get("x-proto");
    if (response.status !== status || protocol !== undefined && seen !== protocol) {
      throw new Error(
        `${method} ${path}: ${response.status}, ${seen}; wanted ${status}${protocol ? `, ${protocol}` : ""}`,
      );
    }
    clientPorts.add(response.headers.get("x-client-port") ?? "");
  };
  const [first, ...queue] = requests;
  if (first !== undefined) await send(first);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await send(next);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { sent: requests.map(({ method, path }) => lineOf(method, path)), clientPorts };
}
