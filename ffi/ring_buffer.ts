import { BpfMap, MapType } from "./bpf_map.ts";
import { registerHandle } from "./handles.ts";
import { Mapping } from "./mapping.ts";
import { allocate, type Native } from "./native.ts";

const EPOLL_CTL_ADD = 1;
const EPOLLIN = 0x001;
const EPOLLERR = 0x008;
const EPOLLHUP = 0x010;
const EPOLLET = 1 << 31;
const EPOLL_CLOEXEC = 0o2000000;
const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
const _SC_PAGESIZE = 30;

const EVENTS_AT_ONCE = 8;
/** struct epoll_event is packed on x86-64 only. */
const EVENT_BYTES = Deno.build.arch === "x86_64" ? 12 : 16;
const EVENT_DATA = Deno.build.arch === "x86_64" ? 4 : 8;

const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const LENGTH = 0x3fff_ffff;
const HEADER_BYTES = 8;
/** bpf/gohttpsnoop.h's struct control, and which of its words is the reader's state. */
const CONTROL_BYTES = 8;
const READER_WORD = 0;
/** The clock is looked at once in so many records. */
const RECORDS_PER_LOOK = 256;

/** Takes the records of a batch. */
export interface RecordConsumer {
  /**
   * One record: `length` bytes at `offset` of {@linkcode RingBuffer.data}, valid during the call only.
   *
   * @returns false to stop here; the record is consumed all the same.
   */
  record(offset: number, length: number): boolean;
}

/** What the reader tells the program that it does; the values are bpf/gohttpsnoop.h's enum reader_state. */
export type ReaderState = 0 | 1 | 2;

/** What was seen while waiting. */
export interface WaitResult {
  /** The watched output has lost its other end. */
  readonly hangup: boolean;
  /** How many of the watched processes have ended since the last wait. */
  readonly exits: number;
}

/**
 * The reader of a BPF ring buffer: its three parts mapped into memory (the consumer's page, the producer's page,
 * and the data twice in a row, so that no record wraps) and read as typed arrays. No FFI call per record.
 *
 * Layout and protocol: kernel/bpf/ringbuf.c. A record is a header {u32 length | busy << 31 | discarded << 30, u32
 * page} and its bytes, padded to 8.
 */
export class RingBuffer implements Disposable {
  /** The ring's map, to share with each object. */
  readonly map: BpfMap;
  /** The control map, to share with each object. */
  readonly control: BpfMap;
  /** Its words, in the kernel's own memory: the first is the reader's state. For `Atomics`. */
  readonly controlWords: Int32Array;
  /** The data area, twice. */
  readonly data: Uint8Array;
  readonly sizeBytes: number;

  readonly #native: Native;
  readonly #words: Uint32Array;
  readonly #lengths: Int32Array;
  readonly #consumer: BigUint64Array;
  readonly #producer: BigUint64Array;
  readonly #mappings = new DisposableStack();
  readonly #epoll: number;
  readonly #interrupt: number;
  readonly #events = allocate(16 * EVENTS_AT_ONCE);
  readonly #processes = new Set<number>();
  readonly #unregister: () => void;
  #position: bigint;
  #behind = false;
  #pending: Promise<number> | undefined;
  #closed = false;

  /**
   * @param sizeBytes a power of two; a page where that is more, which on arm64 may be 64 KiB.
   * @throws {NativeError} when the kernel refuses a map or a mapping.
   */
  constructor(native: Native, sizeBytes: number) {
    this.#native = native;
    const page = Number(native.libc.sysconf(_SC_PAGESIZE));
    this.sizeBytes = Math.max(sizeBytes, page);
    using stack = new DisposableStack();
    this.map = stack.use(
      new BpfMap(native, {
        name: "ring",
        type: MapType.RingBuffer,
        keySize: 0,
        valueSize: 0,
        maxEntries: this.sizeBytes,
      }),
    );
    this.control = stack.use(
      new BpfMap(native, {
        name: "control",
        type: MapType.Array,
        keySize: 4,
        valueSize: CONTROL_BYTES,
        maxEntries: 1,
        mmapable: true,
      }),
    );
    stack.use(this.#mappings);
    const mapped = (map: BpfMap, length: number, writable: boolean, offset = 0) =>
      this.#mappings.use(new Mapping(native, map, { length, offset, writable })).buffer;
    const consumer = mapped(this.map, page, true);
    const producer = mapped(this.map, page + 2 * this.sizeBytes, false, page);
    const control = mapped(this.control, page, true);
    this.data = new Uint8Array(producer, page, 2 * this.sizeBytes);
    this.#words = new Uint32Array(producer, page, this.sizeBytes / 4);
    this.#lengths = new Int32Array(producer, page, this.sizeBytes / 4);
    this.#consumer = new BigUint64Array(consumer, 0, 1);
    this.#producer = new BigUint64Array(producer, 0, 1);
    this.controlWords = new Int32Array(control, 0, CONTROL_BYTES / 4);
    this.#position = Atomics.load(this.#consumer, 0);

    this.#epoll = native.check(native.libc.epoll_create1(EPOLL_CLOEXEC), "Cannot create an epoll descriptor");
    stack.defer(() => void native.libc.close(this.#epoll));
    this.#interrupt = native.check(
      native.libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
      "Cannot create an eventfd",
    );
    stack.defer(() => void native.libc.close(this.#interrupt));
    // Edge-triggered: a wait ends when the program wakes the reader, not whenever a record is there.
    this.#watch(this.map.fd, EPOLLIN | EPOLLET);
    this.#watch(this.#interrupt, EPOLLIN | EPOLLET);
    this.#unregister = registerHandle("ring buffer reader");
    stack.move();
  }

  #watch(fd: number, events: number): boolean {
    const event = allocate(16);
    const view = new DataView(event.buffer);
    view.setUint32(0, events >>> 0, true);
    view.setInt32(EVENT_DATA, fd, true);
    return this.#native.libc.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, fd, event) === 0;
  }

  /**
   * Also ends a wait, with `hangup`, when `fd` loses its other end: a pipe whose reader went away. A descriptor
   * that cannot tell (a regular file) is ignored.
   */
  watchHangup(fd: number): void {
    this.#watch(fd, 0);
  }

  /**
   * Also ends a wait when process `pid` ends.
   *
   * @throws {NativeError} when there is no such process.
   */
  watchExit(pid: number): void {
    const fd = this.#native.pidfdOpen(pid);
    this.#processes.add(fd);
    this.#watch(fd, EPOLLIN | EPOLLET);
  }

  /**
   * Gives the records that are there to `consumer`, in order, until it returns false, `budgetMs` have passed, or a
   * record is still being written.
   *
   * @returns how many records were given.
   */
  drain(consumer: RecordConsumer, budgetMs: number): number {
    this.#behind = false;
    const available = Number(Atomics.load(this.#producer, 0) - this.#position);
    if (available === 0) return 0;
    const mask = this.sizeBytes - 1;
    const start = Number(this.#position & BigInt(mask));
    const deadline = performance.now() + budgetMs;
    let consumed = 0;
    let records = 0;
    while (consumed < available) {
      const at = (start + consumed) & mask;
      // The atomic load orders the record's bytes behind its busy bit.
      const header = Atomics.load(this.#lengths, at >> 2) >>> 0;
      if (header >= BUSY) break;
      const length = header & LENGTH;
      consumed += (length + HEADER_BYTES + 7) & ~7;
      if ((header & DISCARDED) !== 0) continue;
      records++;
      if (!consumer.record(at + HEADER_BYTES, length)) break;
      if (records % RECORDS_PER_LOOK === 0 && performance.now() > deadline) {
        this.#behind = consumed < available;
        break;
      }
    }
    this.#position += BigInt(consumed);
    Atomics.store(this.#consumer, 0, this.#position);
    return records;
  }

  /** Whether the last {@linkcode drain} ran out of its budget before it came to what was there when it began. */
  get behind(): boolean {
    return this.#behind;
  }

  /** Whether all that was written has been drained. A record that is being written counts as written. */
  get empty(): boolean {
    return Atomics.load(this.#producer, 0) === this.#position;
  }

  /** Tells the program whether it has to wake the reader. */
  setReader(state: ReaderState): void {
    Atomics.store(this.controlWords, READER_WORD, state);
  }

  /**
   * Waits until the program wakes the reader, {@linkcode interrupt} is called, or `timeoutMs` have passed. One wait
   * at a time.
   */
  async wait(timeoutMs: number): Promise<WaitResult> {
    this.#pending = this.#native.libc.epoll_wait(this.#epoll, this.#events, EVENTS_AT_ONCE, timeoutMs);
    const count = await this.#pending;
    this.#pending = undefined;
    const view = new DataView(this.#events.buffer);
    let hangup = false;
    let exits = 0;
    for (let i = 0; i < count; i++) {
      const fd = view.getInt32(i * EVENT_BYTES + EVENT_DATA, true);
      if (this.#processes.delete(fd)) {
        this.#native.libc.close(fd);
        exits++;
      } else {
        hangup ||= (view.getUint32(i * EVENT_BYTES, true) & (EPOLLERR | EPOLLHUP)) !== 0;
      }
    }
    return { hangup, exits };
  }

  /** Ends the wait that is under way, or the next one at once. */
  interrupt(): void {
    if (this.#closed) return;
    const one = allocate(8);
    one[0] = 1;
    this.#native.libc.write(this.#interrupt, one, 8n);
  }

  /** Releases everything. A wait must not be under way: interrupt it and await it first. */
  close(): void {
    if (this.#closed) return;
    if (this.#pending !== undefined) throw new Error("RingBuffer.close() while a wait is under way");
    this.#closed = true;
    for (const fd of this.#processes) this.#native.libc.close(fd);
    this.#native.libc.close(this.#interrupt);
    this.#native.libc.close(this.#epoll);
    this.#mappings.dispose();
    this.control.close();
    this.map.close();
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
