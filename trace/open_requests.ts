import { BegunLayout, ControlLayout, GoroutineLayout } from "../bpf/mod.ts";
import type { Clock } from "../event/mod.ts";
import { BpfMap, MapType, type Native } from "../ffi/mod.ts";
import { sweep } from "./sweep.ts";

/** A request that has begun, and was not seen to end. */
export interface OpenRequest {
  /** The process, as the tracer's PID namespace numbers it; 0 where that has none. */
  readonly pid: number;
  /** Nanoseconds since the origin of the run's clock at which it began. */
  readonly beganNs: number;
}

/** Requests that may be open at one time, over all processes. */
const OPEN_AT_ONCE = 65536;
/** Entries that wait for their goroutines' next requests: so many connections are kept alive without an insert each. */
const IDLE_LIMIT = 16384;
const ENTRIES_WORD = ControlLayout.openEntries.offset >> 2;
const LIMIT_WORD = ControlLayout.idleLimit.offset >> 2;

/**
 * The requests that the program keeps from their beginning to their end. The entry of one that is over may wait for the
 * next on its goroutine; it is in no list.
 */
export class OpenRequests implements Disposable {
  /** The map, to share with each object. */
  readonly map: BpfMap;
  readonly #clock: Clock;
  readonly #words: Int32Array;

  /**
   * @param controlWords the control map's, which the program reads the limit from, and counts entries in
   * @throws {NativeError} when the kernel refuses the map.
   */
  constructor(native: Native, clock: Clock, controlWords: Int32Array) {
    this.map = new BpfMap(native, {
      name: "open",
      type: MapType.Hash,
      keySize: GoroutineLayout.byteLength,
      valueSize: BegunLayout.byteLength,
      maxEntries: OPEN_AT_ONCE + IDLE_LIMIT,
    });
    this.#clock = clock;
    this.#words = controlWords;
    this.limitIdle(IDLE_LIMIT);
  }

  /** With more entries than this, one is taken away when its request is over. */
  limitIdle(entries: number): void {
    Atomics.store(this.#words, LIMIT_WORD, entries);
  }

  /** How many entries there are, whether a request is open or not. */
  get entries(): number {
    return Atomics.load(this.#words, ENTRIES_WORD);
  }

  /** Those that are open now, the oldest first. */
  list(): OpenRequest[] {
    return Array.from(this.map.entries(), ({ value }) => view(value))
      .filter((begun) => begun.getBigUint64(BegunLayout.timeNs.offset, true) !== 0n)
      .map((begun) => {
        const { offset } = BegunLayout.timeNs;
        const beganNs = this.#clock.since(begun.getUint32(offset, true), begun.getUint32(offset + 4, true));
        return { pid: Number(begun.getBigUint64(BegunLayout.pid.offset, true)), beganNs };
      })
      .sort((a, b) => a.beganNs - b.beganNs);
  }

  /**
   * Forgets those of processes that have ended: see `sweep()`.
   *
   * @param isRunning whether there is a process of this number in the tracer's PID namespace
   */
  sweep(isRunning: (pid: number) => boolean): void {
    if (this.entries === 0) return;
    Atomics.sub(this.#words, ENTRIES_WORD, sweep(this.map, BegunLayout.pid.offset, isRunning));
  }

  /** Forgets all. */
  clear(): void {
    this.map.clear();
    Atomics.store(this.#words, ENTRIES_WORD, 0);
  }

  /** Releases the map. */
  [Symbol.dispose](): void {
    this.map.close();
  }
}

function view(bytes: Uint8Array<ArrayBuffer>): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
