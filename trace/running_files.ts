import { pidNamespace } from "./environment.ts";
import { type FileVersion, fileVersion } from "./target.ts";

/** The executables that are running. */
export interface RunningFiles {
  has(file: FileVersion): boolean;
}

/**
 * The executables of all processes; undefined where not all can be seen: probes are hit by processes outside of this
 * PID namespace too.
 */
export function runningFiles(): RunningFiles | undefined {
  if (pidNamespace() !== undefined) return undefined;
  const keys = new Set<string>();
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const file = fileVersion(`/proc/${name}/exe`);
    if (file !== undefined) keys.add(keyOf(file));
  }
  return { has: (file) => keys.has(keyOf(file)) };
}

function keyOf({ device, inode }: FileVersion): string {
  return `${device}:${inode}`;
}
