import { BegunLayout, GoroutineLayout } from "../bpf/mod.ts";
import type { Clock } from "../event/mod.ts";
import type { BpfMap } from "../ffi/mod.ts";

/** A request that has begun, and was not seen to end. */
export interface OpenRequest {
  /** The process, as the initial PID namespace numbers it. */
  readonly pid: number;
  /** Nanoseconds since the origin of the run's clock at which it began. */
  readonly beganNs: number;
}

/** The requests that the program keeps from their beginning to their end. */
export class OpenRequests {
  readonly #map: BpfMap;
  readonly #clock: Clock;

  constructor(map: BpfMap, clock: Clock) {
    this.#map = map;
    this.#clock = clock;
  }

  /** Those that are open now, the oldest first. */
  list(): OpenRequest[] {
    return Array.from(this.#map.entries(), ({ key, value }) => {
      const time = view(value);
      const { offset } = BegunLayout.timeNs;
      const beganNs = this.#clock.since(time.getUint32(offset, true), time.getUint32(offset + 4, true));
      return { pid: pidOf(key), beganNs };
    }).sort((a, b) => a.beganNs - b.beganNs);
  }

  /**
   * Forgets those of processes that have ended: they would take the room of others for ever.
   *
   * @param isRunning whether there is a process of this number in the initial PID namespace
   */
  sweep(isRunning: (pid: number) => boolean): void {
    const known = new Map<number, boolean>();
    for (const { key } of this.#map.entries()) {
      const pid = pidOf(key);
      if (!known.has(pid)) known.set(pid, isRunning(pid));
      if (known.get(pid) === false) this.#map.delete(key);
    }
  }
}

function pidOf(key: Uint8Array<ArrayBuffer>): number {
  return Number(view(key).getBigUint64(GoroutineLayout.pid.offset, true));
}

function view(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
