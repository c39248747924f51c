import { Server } from "../e2e/server.ts";
import { buildServer, wrk } from "./clients.ts";
import { loadText } from "./machine.ts";
import { median, ratios, spread } from "./statistics.ts";
import { DESCRIPTIONS, startTracer, type TracerName } from "./tracers.ts";

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
  /** The part of its throughput that the server keeps, for each tracer: the median of the rounds, and all of them. */
  readonly kept: readonly {
    readonly tracer: TracerName;
    readonly median: number;
    readonly rounds: readonly number[];
  }[];
}

/**
 * The throughput that a saturated server keeps. One server for all; in each round the untraced one and each tracer get
 * the same time, one after the other, and every value is compared with the untraced runs before and after its round.
 */
export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const { tracers, rounds, roundMs, path, say = () => {} } = options;
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-" });
  try {
    await using server = await Server.start(binary);
    const url = server.http + path;
    await wrk(url, 1000);
    const untraced = [(await wrk(url, roundMs)).perSecond];
    const traced = tracers.map((): number[] => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, name] of tracers.entries()) {
        await using _tracer = await startTracer(name, { binary, origin: server.http, file });
        traced[i]!.push((await wrk(url, roundMs)).perSecond);
      }
      untraced.push((await wrk(url, roundMs)).perSecond);
      const values = tracers.map((name, i) => `${name} ${ratios(traced[i]!, untraced).at(-1)!.toFixed(3)}`);
      say(
        `round ${round + 1}: untraced ${untraced.at(-1)!.toFixed(0)}/s, ${
          values.join(", ")
        } (load ${loadText()})`,
      );
    }
    const kept = tracers.map((tracer, i) => {
      const rounds = ratios(traced[i]!, untraced);
      return { tracer, median: median(rounds), rounds };
    });
    return { untraced: median(untraced), spread: spread(untraced), kept };
  } finally {
    await Deno.remove(file);
  }
}

/** The result as lines of a table. */
export function throughputLines({ kept, untraced, spread }: Throughput): string[] {
  return [
    `untraced: ${untraced.toFixed(0)} requests/s, which varied by ${(100 * spread).toFixed(0)} %`,
    ...kept.map(({ tracer, median, rounds }) =>
      `${median.toFixed(3)} (${Math.min(...rounds).toFixed(3)} to ${Math.max(...rounds).toFixed(3)})  ${
        DESCRIPTIONS[tracer]
      }`
    ),
  ];
}
