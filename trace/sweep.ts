import type { BpfMap } from "../ffi/mod.ts";

/**
 * Forgets what was kept of processes that have ended: it would take the room of others for ever.
 *
 * @param pidOffset where a value has its process, as the tracer's PID namespace numbers it
 * @param isRunning whether there is a process of this number: see {@linkcode askedOnce}
 * @returns how many entries are gone
 */
export function sweep(map: BpfMap, pidOffset: number, isRunning: (pid: number) => boolean): number {
  let gone = 0;
  for (const { key, value } of map.entries()) {
    const pid = Number(new DataView(value.buffer).getBigUint64(pidOffset, true));
    if (!isRunning(pid) && map.delete(key)) gone++;
  }
  return gone;
}

/**
 * Asks once for each process, for a whole sweep. What became of a process that has no number in the tracer's PID
 * namespace (0) cannot be told: it is taken for one that runs.
 */
export function askedOnce(isRunning: (pid: number) => boolean): (pid: number) => boolean {
  const known = new Map<number, boolean>([[0, true]]);
  return (pid) => {
    const runs = known.get(pid) ?? isRunning(pid);
    known.set(pid, runs);
    return runs;
  };
}
