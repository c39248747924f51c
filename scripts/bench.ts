/**
 * `deno task bench [--quick] [--noisy] [NAME...]`: what the server pays for being traced, and what the tracer itself
 * takes, in comparison with bpftrace on this machine. Results go to stdout, with the machine that they belong to;
 * progress goes to stderr. Everything stays on the loopback interface and ends by itself, in some minutes.
 *
 * @module
 */
import { measureThroughput, throughputLines } from "../tests/bench/throughput.ts";
import { callCostLines, measureCallCost } from "../tests/bench/call_cost.ts";
import { hitCostLines, measureHitCost } from "../tests/bench/hit_cost.ts";
import { lifecycleLines, measureLifecycle } from "../tests/bench/lifecycle.ts";
import { latencyLines, measureLatency } from "../tests/bench/latency.ts";
import { describeMachine } from "../tests/bench/machine.ts";
import { TRACERS } from "../tests/bench/tracers.ts";
import { ensureClang } from "./lib/clang.ts";
import { die, main, say } from "./lib/steps.ts";
import { setup } from "./setup.ts";

/** A result of an untraced server that varies by more says nothing. */
const MOST_SPREAD = 0.25;

/** How a run was asked for. */
interface Asked {
  /** Fewer and shorter rounds: to see that it works, not to tell others. */
  readonly quick: boolean;
  /** Report what varies too much, and say so. */
  readonly noisy: boolean;
}

/** One benchmark: prints its result, and returns whether that is to be trusted. */
type Benchmark = (asked: Asked) => Promise<boolean>;

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  throughput: async ({ quick, noisy }) => {
    let trusted = true;
    for (const path of quick ? ["/hello"] : ["/hello", "/json", "/slow"]) {
      const result = await measureThroughput({
        tracers: TRACERS,
        rounds: quick ? 3 : 9,
        roundMs: quick ? 1000 : 2000,
        path,
        say,
      });
      const steady = result.spread <= MOST_SPREAD;
      trusted &&= steady;
      console.log(`\nthroughput kept, whole server, ${path}, wrk -t1 -c16`);
      if (steady || noisy) { for (const line of throughputLines(result)) console.log(`  ${line}`); }
      if (!steady) console.log(`  ${tooNoisy(result.spread)}`);
    }
    return trusted;
  },
  latency: async ({ quick }) => {
    const result = await measureLatency({ rounds: quick ? 3 : 9, seconds: quick ? 1 : 3, rate: 10_000, say });
    console.log("\nlatency at 10,000 requests/s, /hello, from when each was due");
    for (const line of latencyLines(result)) console.log(`  ${line}`);
    return true;
  },
  hit: async ({ quick }) => {
    const result = await measureHitCost({ rounds: quick ? 3 : 9, calls: 500_000, say });
    console.log("\none hit of a probe on a handler, 500,000 calls in a loop");
    for (const line of hitCostLines(result)) console.log(`  ${line}`);
    return true;
  },
  call: async ({ quick }) => {
    await ensureClang();
    const result = await measureCallCost({ rounds: quick ? 3 : 9, calls: quick ? 50_000 : 200_000, say });
    console.log("\none hit on any function, in the program alone, by what it reads");
    for (const line of callCostLines(result)) console.log(`  ${line}`);
    return true;
  },
  lifecycle: async ({ quick }) => {
    const result = await measureLifecycle({
      rounds: quick ? 3 : 9,
      requests: quick ? 50_000 : 1_000_000,
      say,
    });
    console.log("\nstart, end and memory");
    for (const line of lifecycleLines(result)) console.log(`  ${line}`);
    return true;
  },
};

function tooNoisy(spread: number): string {
  return `the untraced server varied by ${(100 * spread).toFixed(0)} %, more than ${
    100 * MOST_SPREAD
  } %: this run says nothing; leave the machine alone, and try again`;
}

await main(async () => {
  const names = Deno.args.filter((argument) => !argument.startsWith("-"));
  const options = Deno.args.filter((argument) => argument.startsWith("-") && argument !== "--");
  const unknown = [
    ...options.filter((option) => option !== "--quick" && option !== "--noisy"),
    ...names.filter((name) => !Object.hasOwn(BENCHMARKS, name)),
  ];
  if (unknown.length > 0) {
    die(`bench does not know ${unknown.join(" ")}`, `There are ${Object.keys(BENCHMARKS).join(", ")}.`, 2);
  }
  if (Deno.uid() !== 0) die("tracing needs root", "sudo ./scripts/deno.sh task bench", 3);
  await setup("bench");
  const asked = { quick: options.includes("--quick"), noisy: options.includes("--noisy") };
  console.log(describeMachine());
  if (asked.quick) console.log("quick: to see that it works; the figures are rough");
  let trusted = true;
  for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    trusted = await benchmark(asked) && trusted;
  }
  Deno.exit(trusted ? 0 : 1);
});
