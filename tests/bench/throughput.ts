import { Server } from "../e2e/server.ts";
import { buildServer, wrk } from "./clients.ts";
import { loadText } from "./machine.ts";
import { cpuMs } from "./process.ts";
import { median, ratios, spread } from "./statistics.ts";
import { DESCRIPTIONS, startTracer, type TracerName } from "./tracers.ts";

/** How long a tracer is under load before it is measured: what it takes to start (compiled code among it) is no steady cost. */
const WARM_MS = 1000;

/** What is measured. */
export interface ThroughputOptions {
  readonly tracers: readonly TracerName[];
  readonly rounds: number;
  readonly roundMs: number;
  /** The server's handler, e.g. `/hello`. */
  readonly path: string;
  /** Told after each round. */
  readonly say?: (line: string) => void;
}

/** What came of it. */
export interface Throughput {
  /** Requests a second of the untraced server, the median. */
  readonly untraced: number;
  /** How much the untraced server varied; see {@linkcode spread}. */
  readonly spread: number;
  /** Processor time that the untraced server and its client take for a request, in microseconds: the median. */
  readonly cpuUs: number;
  readonly kept: readonly Kept[];
}

/** What a server keeps of its throughput under one tracer. */
export interface Kept {
  readonly tracer: TracerName;
  /** The part that is kept in each round, and the median of them. */
  readonly rounds: readonly number[];
  readonly median: number;
  /**
   * The same by processor time: what server and client take for a request, by what they and the tracer take. On a
   * saturated machine that is the same, and other processes on it matter less.
   */
  readonly byCpu: number;
}

/**
 * The throughput that a saturated server keeps. One server for all; in each round the untraced one and each tracer, which
 * is warm by then, get the same time, one after the other, and every value is compared with the untraced runs before and
 * after its round.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { tracers, rounds, roundMs, path, say = () => {} } = options;
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-" });
  try {
    await using server = await Server.start(binary);
    const url = server.http + path;
    await wrk(url, 1000);
    const untraced = [await measure(url, roundMs, [server.pid])];
    const traced = tracers.map((): Sample[] => []);
    const kept = (i: number) => ratios(traced[i]!.map(rateOf), untraced.map(rateOf));
    for (let round = 0; round < rounds; round++) {
      for (const [i, name] of tracers.entries()) {
        await using tracer = await startTracer(name, { binary, origin: server.http, file });
        await wrk(url, WARM_MS);
        traced[i]!.push(await measure(url, roundMs, [server.pid, tracer.pid]));
      }
      untraced.push(await measure(url, roundMs, [server.pid]));
      const values = tracers.map((name, i) => `${name} ${kept(i).at(-1)!.toFixed(3)}`);
      say(
        `round ${round + 1}: untraced ${rateOf(untraced.at(-1)!).toFixed(0)}/s, ${
          values.join(", ")
        } (load ${loadText()})`,
      );
    }
    const freeOf = (samples: readonly Sample[]) => samples.map(({ cpuUs }) => 1 / cpuUs);
    return {
      untraced: median(untraced.map(rateOf)),
      spread: spread(untraced.map(rateOf)),
      cpuUs: median(untraced.map(({ cpuUs }) => cpuUs)),
      kept: tracers.map((tracer, i) => ({
        tracer,
        rounds: kept(i),
        median: median(kept(i)),
        byCpu: median(ratios(freeOf(traced[i]!), freeOf(untraced))),
      })),
    };
  } finally {
    await Deno.remove(file);
  }
}

/** One run of the client. */
interface Sample {
  readonly perSecond: number;
  /** Processor time of the client and of the processes that matter, for each request, in microseconds. */
  readonly cpuUs: number;
}

function rateOf({ perSecond }: Sample): number {
  return perSecond;
}

async function measure(url: string, durationMs: number, pids: readonly number[]): Promise<Sample> {
  // The client is a child that has ended by the second look.
  const used = () => pids.reduce((sum, pid) => sum + cpuMs(pid), cpuMs(Deno.pid, true));
  const before = used();
  const { requests, perSecond } = await wrk(url, durationMs);
  return { perSecond, cpuUs: (used() - before) * 1000 / requests };
}

/** The result as lines of a table. */
export function throughputLines({ kept, untraced, spread, cpuUs }: Throughput): string[] {
  return [
    `untraced: ${untraced.toFixed(0)} requests/s, which varied by ${
      (100 * spread).toFixed(0)
    } %; a request takes ${cpuUs.toFixed(1)} us of processor time, the client's included`,
    ...kept.map(({ tracer, median, rounds, byCpu }) =>
      `${median.toFixed(3)} (${Math.min(...rounds).toFixed(3)} to ${
        Math.max(...rounds).toFixed(3)
      }), by processor time ${byCpu.toFixed(3)}  ${DESCRIPTIONS[tracer]}`
    ),
  ];
}
