import { BpfCommand } from "./bpf_command.ts";
import { addressOf, allocate, cString, Errno, type Native } from "./native.ts";
import { registerHandle } from "./handles.ts";

/** Map types and flags of linux/bpf.h that are in use. */
export const MapType = { Hash: 1, Array: 2, PerCpuArray: 6, RingBuffer: 27 } as const;
const BPF_F_RDONLY_PROG = 1 << 7;
const BPF_F_MMAPABLE = 1 << 10;

/** How a map is made. Sizes in bytes. */
export interface BpfMapOptions {
  /** Up to 15 characters. */
  readonly name: string;
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** For a ring buffer: its bytes, a power of two and a multiple of the page size. */
  readonly maxEntries: number;
  readonly mmapable?: boolean;
  /** Programs may not write to it; once it is frozen the verifier knows its values. */
  readonly readOnly?: boolean;
}

/** A BPF map that belongs to the session and that every object of it shares. */
export class BpfMap implements Disposable {
  readonly fd: number;
  readonly #native: Native;
  readonly #options: BpfMapOptions;
  readonly #unregister: () => void;
  #batches = true;
  #closed = false;

  /** @throws {NativeError} when the kernel refuses the map. */
  constructor(native: Native, options: BpfMapOptions) {
    this.#native = native;
    this.#options = options;
    // struct bpf_map_create_opts of libbpf 1.0: size_t sz; five u32; u32 map_flags at 28; up to map_ifindex at 44.
    const opts = allocate(48);
    const view = new DataView(opts.buffer);
    view.setBigUint64(0, 48n, true);
    const flags = (options.mmapable ? BPF_F_MMAPABLE : 0) | (options.readOnly ? BPF_F_RDONLY_PROG : 0);
    view.setUint32(28, flags, true);
    this.fd = native.checkNegative(
      native.libbpf.bpf_map_create(
        options.type,
        cString(options.name),
        options.keySize,
        options.valueSize,
        options.maxEntries,
        opts,
      ),
      `Cannot create the BPF map "${options.name}"`,
    );
    this.#unregister = registerHandle(`BPF map ${options.name}`);
  }

  get name(): string {
    return this.#options.name;
  }

  /** Copies the value at `key` into `value` (for a per-CPU map: 8-byte-aligned values of all possible CPUs). */
  lookup(key: number, value: Uint8Array<ArrayBuffer>): void {
    const keyBytes = indexBytes(key);
    this.#native.checkNegative(
      this.#native.libbpf.bpf_map_lookup_elem(this.fd, keyBytes, value),
      "Cannot read a BPF map",
    );
  }

  /** Replaces the value of an array at `key`. */
  update(key: number, value: Uint8Array<ArrayBuffer>): void {
    const keyBytes = indexBytes(key);
    const attr = allocate(32);
    const view = new DataView(attr.buffer);
    view.setUint32(0, this.fd, true);
    view.setBigUint64(8, addressOf(keyBytes), true);
    view.setBigUint64(16, addressOf(value), true);
    this.#native.checkNegative(this.#native.bpf(BpfCommand.MapUpdate, attr), "Cannot write to a BPF map");
  }

  /** From now on nobody can write to it by bpf(2). */
  freeze(): void {
    const attr = allocate(4);
    new DataView(attr.buffer).setUint32(0, this.fd, true);
    this.#native.checkNegative(this.#native.bpf(BpfCommand.MapFreeze, attr), "Cannot freeze a BPF map");
  }

  /**
   * Copies the values at the keys 0 to `count - 1` of an array into `values`, one behind the other: in one call where
   * the kernel can (of per-CPU arrays from Linux 5.13), else in one for each.
   */
  lookupFirst(count: number, values: Uint8Array<ArrayBuffer>): void {
    if (count === 0) return;
    if (this.#batches) {
      const counts = new Uint32Array(allocate(4).buffer);
      counts[0] = count;
      const result = this.#native.libbpf.bpf_map_lookup_batch(
        this.fd,
        null,
        allocate(4),
        allocate(4 * count),
        values,
        new Uint8Array(counts.buffer),
        null,
      );
      // At the array's end it says that there is no more.
      if (result === 0 || result === -Errno.ENOENT && counts[0] === count) return;
      if (![Errno.ENOTSUPP, Errno.EOPNOTSUPP, Errno.EINVAL].some((errno) => result === -errno)) {
        throw this.#native.error("Cannot read a BPF map", -result);
      }
      this.#batches = false;
    }
    const bytes = values.length / count;
    for (let key = 0; key < count; key++) {
      const value = allocate(bytes);
      this.lookup(key, value);
      values.set(value, key * bytes);
    }
  }

  /**
   * The entries of a hash map, each as copies of its key and its value. What the program changes meanwhile may be seen or
   * not; each key is given once, and at most `maxEntries` of them.
   */
  *entries(): Generator<{ readonly key: Uint8Array<ArrayBuffer>; readonly value: Uint8Array<ArrayBuffer> }> {
    const { valueSize, maxEntries } = this.#options;
    // A key that was deleted starts the walk again: so all are collected before any is given.
    const seen = new Map<string, Uint8Array<ArrayBuffer>>();
    let key = this.#keyAfter(null);
    for (let i = 0; key !== undefined && i < 2 * maxEntries && seen.size < maxEntries; i++) {
      seen.set(key.join(), key);
      key = this.#keyAfter(key);
    }
    for (const key of seen.values()) {
      const value = allocate(valueSize);
      if (this.#native.libbpf.bpf_map_lookup_elem(this.fd, key, value) === 0) yield { key, value };
    }
  }

  /** Removes an entry, and says whether it was there. */
  delete(key: Uint8Array<ArrayBuffer>): boolean {
    return this.#native.libbpf.bpf_map_delete_elem(this.fd, key) === 0;
  }

  /** Removes all entries of a hash map that nobody adds to. */
  clear(): void {
    let key = this.#keyAfter(null);
    for (let i = 0; key !== undefined && i < this.#options.maxEntries; i++) {
      // A key that is gone would start the walk again.
      const next = this.#keyAfter(key);
      this.delete(key);
      key = next;
    }
  }

  /** The key behind another, or the first; undefined at the end. */
  #keyAfter(key: Uint8Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> | undefined {
    const next = allocate(this.#options.keySize);
    return this.#native.libbpf.bpf_map_get_next_key(this.fd, key, next) === 0 ? next : undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.libc.close(this.fd);
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The key of an array's element. */
function indexBytes(index: number): Uint8Array<ArrayBuffer> {
  const bytes = allocate(4);
  new DataView(bytes.buffer).setUint32(0, index, true);
  return bytes;
}
