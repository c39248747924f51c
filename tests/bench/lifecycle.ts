import { Server } from "../e2e/server.ts";
import { buildServer, sendLoad } from "./clients.ts";
import { median } from "./statistics.ts";
import { isSeen, startTracer, type TracerName } from "./tracers.ts";

const TRACERS: readonly TracerName[] = ["gohttpsnoop", "bpftrace-4"];

/** What is measured. */
export interface LifecycleOptions {
  readonly rounds: number;
  /** How many requests are traced before memory is looked at again. */
  readonly requests: number;
  readonly say?: (line: string) => void;
}

/** Of one tracer: medians, and memory of one run. */
export interface Lifecycle {
  readonly name: TracerName;
  /** From its start until a request was in its output. */
  readonly startMs: number;
  /** From SIGINT to its end. */
  readonly stopMs: number;
  readonly idleBytes: number;
  /** After so many requests as were asked for. */
  readonly loadedBytes: number;
  readonly requests: number;
}

/** How long a tracer takes to see something and to end, and what memory it needs. */
export async function measureLifecycle(options: LifecycleOptions): Promise<Lifecycle[]> {
  const { rounds, requests, say = () => {} } = options;
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-" });
  try {
    await using server = await Server.start(binary);
    const results: Lifecycle[] = [];
    for (const name of TRACERS) {
      const started: number[] = [];
      const stopped: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const start = performance.now();
        await using tracer = await startTracer(name, { binary, origin: server.http, file });
        while (!await isSeen(`${server.http}/hello`, file)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        started.push(performance.now() - start);
        stopped.push((await tracer.stop()).stopMs);
      }
      await using tracer = await startTracer(name, { binary, origin: server.http, file });
      const idleBytes = tracer.residentBytes;
      await sendLoad(`${server.http}/hello`, { requests, rate: 0 });
      const loadedBytes = tracer.residentBytes;
      const result = {
        name,
        startMs: median(started),
        stopMs: median(stopped),
        idleBytes,
        loadedBytes,
        requests,
      };
      say(`${name}: ${result.startMs.toFixed(0)} ms to start, ${result.stopMs.toFixed(0)} ms to end`);
      results.push(result);
    }
    return results;
  } finally {
    await Deno.remove(file);
  }
}

/** The result as lines of a table. */
export function lifecycleLines(results: readonly Lifecycle[]): string[] {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(0);
  return results.map(({ name, startMs, stopMs, idleBytes, loadedBytes, requests }) =>
    `${name}: ${startMs.toFixed(0)} ms from start to the first request, ${
      stopMs.toFixed(0)
    } ms from Ctrl-C to the end, ${mb(idleBytes)} MB when it is idle, ${
      mb(loadedBytes)
    } MB after ${requests} requests`
  );
}
