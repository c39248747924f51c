import { Server } from "../e2e/server.ts";
import { buildServer, sendLoad } from "./clients.ts";
import { median } from "./statistics.ts";
import { startTracer, type TracerName } from "./tracers.ts";

const TRACERS: readonly TracerName[] = ["gohttpsnoop", "bpftrace-4"];

/** What is measured. */
export interface LatencyOptions {
  readonly rounds: number;
  readonly seconds: number;
  /** Requests a second. */
  readonly rate: number;
  readonly say?: (line: string) => void;
}

/** Medians of the rounds, in microseconds. */
export interface Latency {
  readonly name: string;
  readonly p50us: number;
  readonly p99us: number;
}

/** What a client sees at a fixed rate, untraced and traced, one after the other. */
export async function measureLatency(options: LatencyOptions): Promise<Latency[]> {
  const { rounds, seconds, rate, say = () => {} } = options;
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-" });
  try {
    await using server = await Server.start(binary);
    const load = () => sendLoad(`${server.http}/hello`, { requests: rate * seconds, rate });
    const names = ["untraced", ...TRACERS];
    const seen = names.map((): { p50us: number; p99us: number }[] => []);
    await load();
    for (let round = 0; round < rounds; round++) {
      seen[0]!.push(await load());
      for (const [i, name] of TRACERS.entries()) {
        await using _tracer = await startTracer(name, { binary, origin: server.http, file });
        seen[i + 1]!.push(await load());
      }
      const last = names.map((name, i) => `${name} ${seen[i]!.at(-1)!.p50us.toFixed(0)} us`);
      say(`round ${round + 1}: p50 ${last.join(", ")}`);
    }
    return names.map((name, i) => ({
      name,
      p50us: median(seen[i]!.map(({ p50us }) => p50us)),
      p99us: median(seen[i]!.map(({ p99us }) => p99us)),
    }));
  } finally {
    await Deno.remove(file);
  }
}

/** The result as lines of a table. */
export function latencyLines(latencies: readonly Latency[]): string[] {
  return latencies.map(({ name, p50us, p99us }) =>
    `p50 ${p50us.toFixed(0).padStart(6)} us, p99 ${p99us.toFixed(0).padStart(6)} us  ${name}`
  );
}
