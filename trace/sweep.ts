import type { BpfMap } from "../ffi/mod.ts";

/**
 * Forgets what was kept of processes that have ended: it would take the room of others for ever. What became of a process
 * that has no number in the tracer's PID namespace (0) cannot be told.
 *
 * @param pidOffset where a value has its process, as the tracer's PID namespace numbers it
 * @param isRunning whether there is a process of this number
 * @returns how many entries are gone
 */
export function sweep(map: BpfMap, pidOffset: number, isRunning: (pid: number) => boolean): number {
  const known = new Map<number, boolean>([[0, true]]);
  let gone = 0;
  for (const { key, value } of map.entries()) {
    const pid = Number(new DataView(value.buffer).getBigUint64(pidOffset, true));
    const runs = known.get(pid) ?? isRunning(pid);
    known.set(pid, runs);
    if (!runs && map.delete(key)) gone++;
  }
  return gone;
}
