import { BegunLayout, ControlLayout, GoroutineLayout, TableEntryLayout, TableSize } from "../bpf/mod.ts";
import type { Clock } from "../event/mod.ts";
import { BpfMap, Mapping, MapType, type Native } from "../ffi/mod.ts";
import { sweep } from "./sweep.ts";

/** A request that has begun, and was not seen to end. */
export interface OpenRequest {
  /** The process, as the tracer's PID namespace numbers it; 0 where that has none. */
  readonly pid: number;
  /** Nanoseconds since the origin of the run's clock at which it began. */
  readonly beganNs: number;
}

/** Requests that may be open at one time, over all processes, beside those that have entries of the table. */
const OPEN_BESIDE = 65536;
const COUNT_WORD = ControlLayout.openEntries.offset >> 2;
const BEGUN = TableEntryLayout.begun.offset;
const TABLE_BYTES = TableSize.entries * TableEntryLayout.byteLength;

/** The requests that the program keeps from their beginning to their end: in a table, and a hash map (bpf/open.bpf.h). */
export class OpenRequests implements Disposable {
  /** The maps, to share with each object. */
  readonly maps: { readonly table: BpfMap; readonly open: BpfMap };
  readonly #clock: Clock;
  readonly #controlWords: Int32Array;
  readonly #entries: DataView;
  /** The table as words. */
  readonly #words: BigInt64Array;
  readonly #resources: Disposable;

  /**
   * @param controlWords the control map's, where the program counts what is in the hash map
   * @throws {NativeError} when the kernel refuses a map.
   */
  constructor(native: Native, clock: Clock, controlWords: Int32Array) {
    using stack = new DisposableStack();
    const table = stack.use(
      new BpfMap(native, {
        name: "table",
        type: MapType.Array,
        keySize: 4,
        valueSize: TableEntryLayout.byteLength,
        maxEntries: TableSize.entries,
        mmapable: true,
      }),
    );
    const open = stack.use(
      new BpfMap(native, {
        name: "open",
        type: MapType.Hash,
        keySize: GoroutineLayout.byteLength,
        valueSize: BegunLayout.byteLength,
        maxEntries: OPEN_BESIDE,
      }),
    );
    const { buffer } = stack.use(new Mapping(native, table, { length: TABLE_BYTES, writable: true }));
    this.maps = { table, open };
    this.#entries = new DataView(buffer);
    this.#words = new BigInt64Array(buffer);
    this.#clock = clock;
    this.#controlWords = controlWords;
    this.#resources = stack.move();
  }

  /** How many lie in the hash map, since another request had their entry of the table. */
  get beside(): number {
    return Atomics.load(this.#controlWords, COUNT_WORD);
  }

  /** Those that are open now, the oldest first. */
  list(): OpenRequest[] {
    const found: OpenRequest[] = [];
    for (const at of this.#taken()) found.push(this.#openAt(this.#entries, at + BEGUN));
    for (const { value } of this.maps.open.entries()) found.push(this.#openAt(new DataView(value.buffer), 0));
    return found.sort((a, b) => a.beganNs - b.beganNs);
  }

  #openAt(view: DataView, at: number): OpenRequest {
    const time = at + BegunLayout.timeNs.offset;
    return {
      pid: pidAt(view, at),
      beganNs: this.#clock.since(view.getUint32(time, true), view.getUint32(time + 4, true)),
    };
  }

  /** Where the table has entries that are taken, in bytes. */
  *#taken(): Generator<number> {
    for (let at = 0; at < TABLE_BYTES; at += TableEntryLayout.byteLength) {
      if (this.#words[at >> 3] !== 0n) yield at;
    }
  }

  /**
   * Forgets those of processes that have ended: see `sweep()`.
   *
   * @param isRunning whether there is a process of this number in the tracer's PID namespace
   */
  sweep(isRunning: (pid: number) => boolean): void {
    for (const at of this.#taken()) {
      const sum = this.#words[at >> 3]!;
      // Who is about to take it has written no process.
      if (!isRunning(pidAt(this.#entries, at + BEGUN))) {
        Atomics.compareExchange(this.#words, at >> 3, sum, 0n);
      }
    }
    if (this.beside === 0) return;
    const gone = sweep(this.maps.open, BegunLayout.pid.offset, isRunning);
    Atomics.sub(this.#controlWords, COUNT_WORD, gone);
  }

  /** Forgets all, when no program is there any more that keeps some. */
  clear(): void {
    for (const at of this.#taken()) Atomics.store(this.#words, at >> 3, 0n);
    this.maps.open.clear();
    Atomics.store(this.#controlWords, COUNT_WORD, 0);
  }

  /** Releases the maps. */
  [Symbol.dispose](): void {
    this.#resources[Symbol.dispose]();
  }
}

/** The process of a `struct begun`. */
function pidAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at + BegunLayout.pid.offset, true));
}
