import { EnvironmentError } from "../base/mod.ts";
import type { PidNamespace } from "./plan_encoding.ts";

/** linux/capability.h. */
const Capability = { CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

/** The inode of the initial PID namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO). */
const INITIAL_PID_NAMESPACE = 0xeffffffc;

/**
 * Checks the privileges that loading and attaching need, before anything is tried, so that the message says which
 * is missing.
 *
 * @throws {EnvironmentError} naming the missing capabilities.
 */
export function checkPrivileges(): void {
  const text = Deno.readTextFileSync("/proc/self/status").match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1] ?? "0";
  const effective = BigInt(`0x${text}`);
  const has = (capability: number) => (effective >> BigInt(capability) & 1n) === 1n;
  if (has(Capability.CAP_SYS_ADMIN)) return;
  const missing = (["CAP_BPF", "CAP_PERFMON"] as const).filter((name) => !has(Capability[name]));
  if (missing.length === 0) return;
  throw new EnvironmentError(`Tracing needs privileges that this process lacks: ${missing.join(" and ")}`, {
    hint: "Run it as root, e.g. with sudo.",
  });
}

/** The tracer's PID namespace; undefined when it is the initial one, whose numbers the kernel gives by itself. */
export function pidNamespace(): PidNamespace | undefined {
  const { dev, ino } = Deno.statSync("/proc/self/ns/pid");
  if (ino === null || ino === INITIAL_PID_NAMESPACE) return undefined;
  return { device: kernelDevice(dev), inode: ino };
}

/** A device number as the kernel has it (major << 20 | minor), from stat's encoding. */
function kernelDevice(device: number): number {
  const value = BigInt(device);
  const major = (value >> 8n & 0xfffn) | (value >> 32n & ~0xfffn);
  const minor = (value & 0xffn) | (value >> 12n & ~0xffn);
  return Number(major << 20n | minor);
}

/** Whether the running kernel is `major.minor` or later. */
export function kernelAtLeast(major: number, minor: number): boolean {
  const [, a = "0", b = "0"] = /^(\d+)\.(\d+)/.exec(Deno.osRelease()) ?? [];
  return Number(a) > major || Number(a) === major && Number(b) >= minor;
}
