import type { BpfMap } from "./bpf_map.ts";
import { registerHandle } from "./handles.ts";
import type { Native } from "./native.ts";

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
/** What mmap(2) gives where it fails. */
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** What is mapped of a file. */
export interface MappingOptions {
  readonly length: number;
  /** Default 0; a multiple of the page size. */
  readonly offset?: number;
  readonly writable: boolean;
}

/** A BPF map's memory, shared with the kernel. */
export class Mapping implements Disposable {
  /** The memory. After {@linkcode close} nothing may touch it, or a view of it. */
  readonly buffer: ArrayBuffer;
  readonly #native: Native;
  readonly #pointer: Deno.PointerObject;
  readonly #unregister: () => void;
  #closed = false;

  /** @throws {NativeError} when the kernel refuses it. */
  constructor(native: Native, map: BpfMap, { length, offset = 0, writable }: MappingOptions) {
    const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    const pointer = native.libc.mmap(null, BigInt(length), protection, MAP_SHARED, map.fd, BigInt(offset));
    if (pointer === null || Deno.UnsafePointer.value(pointer) === MAP_FAILED) {
      throw native.error(`Cannot map the memory of the BPF map "${map.name}"`);
    }
    this.#native = native;
    this.#pointer = pointer;
    this.buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, length);
    this.#unregister = registerHandle(`memory of BPF map ${map.name}`);
  }

  /** Takes the memory away. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.libc.munmap(this.#pointer, BigInt(this.buffer.byteLength));
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
