import { Server } from "../e2e/server.ts";
import { tracerCommand } from "../e2e/tracer.ts";
import { buildServer } from "./clients.ts";
import { Process } from "./process.ts";
import { median } from "./statistics.ts";
import { handlerScript, isSeen } from "./tracers.ts";

const HANDLER = "main.probed";
const KINDS = ["gohttpsnoop", "floor", "bpftrace"] as const;

/** What is measured. */
export interface HitCostOptions {
  readonly rounds: number;
  /** Calls of the handler in a round. */
  readonly calls: number;
  readonly say?: (line: string) => void;
}

/** Nanoseconds that one hit adds to a call, for each tracer: the median of the rounds. */
export type HitCost = Readonly<Record<typeof KINDS[number], number>>;

/** What a hit of a probe on a handler costs its server, which calls it in a loop. */
export async function measureHitCost({ rounds, calls, say = () => {} }: HitCostOptions): Promise<HitCost> {
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-bench-" });
  try {
    await using server = await Server.start(binary);
    const callNs = async () => Number(await (await fetch(`${server.http}/calls?n=${calls}`)).text());
    const costs = { gohttpsnoop: [] as number[], floor: [] as number[], bpftrace: [] as number[] };
    await callNs();
    for (let round = 0; round < rounds; round++) {
      const before = await callNs();
      for (const kind of KINDS) {
        await Deno.writeTextFile(file, "");
        await using _tracer = await start(kind, binary, file, `${server.http}/calls?n=1`);
        costs[kind].push(await callNs() - before);
      }
      say(
        `round ${round + 1}: ${
          KINDS.map((kind) => `${kind} ${costs[kind].at(-1)!.toFixed(0)} ns`).join(", ")
        }`,
      );
    }
    return {
      gohttpsnoop: median(costs.gohttpsnoop),
      floor: median(costs.floor),
      bpftrace: median(costs.bpftrace),
    };
  } finally {
    await Deno.remove(file);
  }
}

async function start(
  kind: typeof KINDS[number],
  binary: string,
  file: string,
  url: string,
): Promise<Process> {
  const seen = () => isSeen(url, file);
  switch (kind) {
    case "gohttpsnoop": {
      const { command, args } = tracerCommand();
      return await Process.start(command, [...args, "--output-file", file, binary, HANDLER], seen);
    }
    case "floor":
      return await Process.script("floor_process.ts", [binary, HANDLER]);
    case "bpftrace":
      return await Process.start("bpftrace", ["-q", "-o", file, "-e", handlerScript(binary, HANDLER)], seen);
  }
}

/** The result as lines of a table. */
export function hitCostLines({ gohttpsnoop, floor, bpftrace }: HitCost): string[] {
  const line = (ns: number, name: string) => `${ns.toFixed(0).padStart(6)} ns  ${name}`;
  return [
    line(
      gohttpsnoop,
      `gohttpsnoop, method and path, to a file: ${(gohttpsnoop / floor).toFixed(2)} of the floor`,
    ),
    line(floor, "an empty program at the same site (the floor)"),
    line(
      bpftrace,
      `bpftrace, method and path, to a file: gohttpsnoop is ${(gohttpsnoop / bpftrace).toFixed(3)} of it`,
    ),
  ];
}
