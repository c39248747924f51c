/** What was sent, as the tracer has to print it. */
export type Sent = string;

/** The line of handler mode for a request whose method and path need no escaping. */
export function lineOf(method: string, path: string): Sent {
  return `${method.padEnd(10)} ${path}`;
}

/** So many paths under `prefix`, no two the same in a whole test run. */
export function uniquePaths(prefix: string, count: number): string[] {
  const run = crypto.randomUUID().slice(0, 8);
  return Array.from({ length: count }, (_, i) => `${prefix}${run}/${i}`);
}

/** Sends a GET for each path by Deno's own client, `concurrency` at a time, over kept connections or one each. */
export async function sendAll(
  origin: string,
  paths: readonly string[],
  options: { keepAlive?: boolean; concurrency?: number; certificate?: string; protocol?: string } = {},
): Promise<Sent[]> {
  const { keepAlive = true, concurrency = 1, certificate = "", protocol = "HTTP/1.1" } = options;
  using client = Deno.createHttpClient({
    ...certificate === "" ? {} : { caCerts: [certificate] },
    http1: protocol === "HTTP/1.1",
    http2: protocol === "HTTP/2.0",
    poolMaxIdlePerHost: keepAlive ? concurrency : 0,
  });
  const queue = [...paths.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [, path] = next;
      const response = await fetch(origin + path, {
        client,
        headers: keepAlive ? {} : { connection: "close" },
      });
      await response.text();
      const seen = response.headers.get("x-proto");
      if (response.status !== 200 || seen !== protocol) {
        throw new Error(`GET ${path}: status ${response.status}, protocol ${seen}; ${protocol} is wanted`);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return paths.map((path) => lineOf("GET", path));
}

/**
 * Sends a request line and headers as they are, over a connection of its own, and reads the answer to its end.
 * Clients refuse or rewrite what is sent here.
 */
export async function sendRaw(origin: string, requestLine: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `${requestLine} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const chunks: Uint8Array[] = [];
  for await (const chunk of connection.readable) chunks.push(chunk);
  return new TextDecoder().decode(new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer()));
}

/** Both sorted: lines of requests on several goroutines come in any order. */
export function sorted(lines: readonly string[]): string[] {
  return [...lines].sort();
}
