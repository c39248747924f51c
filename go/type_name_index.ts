import { fnv1a, FNV1A_START } from "./fnv1a.ts";
import type { Descriptors } from "./type_descriptor.ts";
import { ownNameOf } from "./type_name.ts";

/** No type: the end of a chain. */
const NONE = -1;

const DOT = 0x2e;
/** A hash is made of so many bytes at most: names may be long, and shared. */
const TAIL_BYTES = 64;

/**
 * Types by how their strings end, for whoever looks up many names: behind the last dot a type's string and its name are
 * the same, whatever the package is called.
 */
export class TypeNameIndex {
  readonly #descriptors: Descriptors;
  readonly #types: Uint32Array;
  readonly #hashes: Uint32Array;
  /** By the low bits of a hash the first such type, and for each type the next one, as indexes in their order. */
  readonly #first: Int32Array;
  readonly #next: Int32Array;

  /** @throws {FormatError} when a type's string is damaged. */
  constructor(descriptors: Descriptors, types: Uint32Array) {
    this.#descriptors = descriptors;
    this.#types = types;
    this.#hashes = new Uint32Array(types.length);
    this.#first = new Int32Array(2 ** Math.ceil(Math.log2(types.length + 1))).fill(NONE);
    this.#next = new Int32Array(types.length);
    for (let i = types.length - 1; i >= 0; i--) {
      const hash = hashOf(descriptors.stringTail(types[i]!, TAIL_BYTES));
      this.#hashes[i] = hash;
      const slot = hash & this.#first.length - 1;
      this.#next[i] = this.#first[slot]!;
      this.#first[slot] = i;
    }
  }

  /** Those whose strings may end as this name does, in their order. */
  *find(name: string): Generator<number> {
    const own = encoder.encode(ownNameOf(name));
    const hash = hashOf(own.subarray(-TAIL_BYTES));
    for (let i = this.#first[hash & this.#first.length - 1]!; i !== NONE; i = this.#next[i]!) {
      const type = this.#types[i]!;
      if (this.#hashes[i] === hash && this.#descriptors.stringEndsWith(type, own)) yield type;
    }
  }
}

/** FNV-1a over what stands behind the last dot. */
function hashOf(tail: Uint8Array): number {
  let hash = FNV1A_START;
  for (let i = tail.lastIndexOf(DOT) + 1; i < tail.length; i++) hash = fnv1a(hash, tail[i]!);
  return hash >>> 0;
}

const encoder = new TextEncoder();
