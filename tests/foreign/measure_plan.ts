/**
 * `deno run -A measure_plan.ts BINARY [HANDLER]`: makes one plan, or without a handler the list of all, as the first
 * thing that this process does, and writes {@linkcode Measurement} as JSON.
 *
 * @module
 */
import process from "node:process";
import { listFunctions, planProbes } from "../../probe/mod.ts";
import { FileSource } from "../../trace/file_source.ts";

/** What one plan or list took. */
export interface Measurement {
  readonly wallMs: number;
  /** Of all threads, in the program and in the kernel. */
  readonly cpuMs: number;
  /** By how much the process's resident memory grew, at its peak. */
  readonly peakBytes: number;
  /** What was planned, with the probe's address, or listed, with the function's. */
  readonly found: readonly { readonly symbol: string; readonly address: number }[];
}

/** A line of /proc/self/status in bytes: `VmRSS`, `VmHWM`. */
function statusBytes(name: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}

if (import.meta.main) {
  const [binary = "", handler] = Deno.args;
  // proc(5): 5 sets the peak (VmHWM) to what is resident now.
  Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  const before = statusBytes("VmRSS");
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  using source = new FileSource(binary);
  const found = handler === undefined
    ? listFunctions(source).map(({ symbol, address }) => ({ symbol, address }))
    : planProbes(source, [handler], { pathBytes: 256 }).plans.map(({ symbol, site: { address } }) => ({
      symbol,
      address,
    }));
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakBytes = statusBytes("VmHWM") - before;
  const result: Measurement = { wallMs, cpuMs: (user + system) / 1000, peakBytes, found };
  console.log(JSON.stringify(result));
}
