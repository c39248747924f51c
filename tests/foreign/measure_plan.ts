/**
 * `deno run -A measure_plan.ts BINARY HANDLER`: makes one plan, as the first thing that this process does, and writes
 * {@linkcode Measurement} as JSON.
 *
 * @module
 */
import process from "node:process";
import { planProbes } from "../../probe/mod.ts";
import { FileSource } from "../../trace/file_source.ts";

/** What one plan took. */
export interface Measurement {
  readonly wallMs: number;
  /** Of all threads, in the program and in the kernel. */
  readonly cpuMs: number;
  /** By how much the process's resident memory grew, at its peak. */
  readonly peakBytes: number;
  /** What was planned, to compare. */
  readonly plan: { readonly symbol: string; readonly address: number; readonly fileOffset: number };
}

/** A line of /proc/self/status in bytes: `VmRSS`, `VmHWM`. */
function statusBytes(name: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
}

if (import.meta.main) {
  const [binary = "", handler = ""] = Deno.args;
  // proc(5): 5 sets the peak (VmHWM) to what is resident now.
  Deno.writeTextFileSync("/proc/self/clear_refs", "5");
  const before = statusBytes("VmRSS");
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  using source = new FileSource(binary);
  const { plans: [plan] } = planProbes(source, [handler], { pathBytes: 256 });
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const peakBytes = statusBytes("VmHWM") - before;
  const { symbol, address, site } = plan!;
  const result: Measurement = {
    wallMs,
    cpuMs: (user + system) / 1000,
    peakBytes,
    plan: { symbol, address, fileOffset: site.fileOffset },
  };
  console.log(JSON.stringify(result));
}
