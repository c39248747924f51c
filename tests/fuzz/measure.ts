/**
 * The time and the memory that reading one damaged file takes, as the kernel counts them for this process.
 *
 * @module
 */
import process from "node:process";

/** The longest that one file may take. */
export const LIMIT_MS = 2000;
/** The most memory that one file may take. */
export const LIMIT_KB = 256 * 1024;

/** The process's CPU time, which other work on the machine does not change. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** `VmRSS`, what the process has, or `VmHWM`, the most that it ever had. */
export function statusKb(name: "VmRSS" | "VmHWM"): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(status)?.[1]);
}

/** Collects garbage, in a process that was started with {@linkcode MEASURED_ARGS}. */
export function collect(): void {
  (globalThis as unknown as { gc(): void }).gc();
}

/** The arguments that start a script in a process whose memory is measured. */
export const MEASURED_ARGS = ["run", "-A", "--no-check", "--v8-flags=--expose-gc"] as const;
