import { BegunLayout, GoroutineLayout } from "../bpf/mod.ts";
import type { BpfMap } from "../ffi/mod.ts";

/** A request that has begun, and was not seen to end. */
export interface OpenRequest {
  /** The process, as the initial PID namespace numbers it. */
  readonly pid: number;
  /** Nanoseconds of CLOCK_MONOTONIC at which it began. */
  readonly beganAtNs: bigint;
}

/** The requests that the program keeps from their beginning to their end. */
export class OpenRequests {
  readonly #map: BpfMap;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  /** Those that are open now, the oldest first. */
  list(): OpenRequest[] {
    return [...this.#map.entries()].map(({ key, value }) => ({
      pid: pidOf(key),
      beganAtNs: view(value).getBigUint64(BegunLayout.timeNs.offset, true),
    })).sort((a, b) => a.beganAtNs < b.beganAtNs ? -1 : a.beganAtNs > b.beganAtNs ? 1 : 0);
  }

  /**
   * Forgets those of processes that have ended; they would take the room of others for ever.
   *
   * @param isRunning whether there is a process of this number
   */
  sweep(isRunning: (pid: number) => boolean): void {
    for (const { key } of this.#map.entries()) if (!isRunning(pidOf(key))) this.#map.delete(key);
  }
}

function pidOf(key: Uint8Array<ArrayBuffer>): number {
  return Number(view(key).getBigUint64(GoroutineLayout.pid.offset, true));
}

function view(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
