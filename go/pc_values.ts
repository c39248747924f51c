import type { Source } from "../base/mod.ts";

/** The most pairs of one table that are looked at; the largest functions have some ten thousand. */
const MAX_STEPS = 1 << 17;
/** Bytes that are looked at in one piece; most tables have less than a hundred. */
const CHUNK_BYTES = 256;

/**
 * Tables of values by pc: pairs of variable-length numbers, the difference of the value (zigzag) and that of the pc (in
 * units of an instruction's smallest length), to a value difference of 0. One is gone over at a time, without an object
 * for each value. Source: `step` in Go's src/runtime/symtab.go.
 */
export class PcValues {
  readonly #source: Source;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #next = 0;
  #value = -1;
  /** Steps taken since it was made: what a limit on damaged files counts. */
  steps = 0;

  /** @param source the bytes that the tables' offsets count from */
  constructor(source: Source) {
    this.#source = source;
  }

  /** The first value, which holds at the function's entry; -1 when there is no table. */
  first(offset: number): number {
    if (offset === 0) return -1;
    this.#begin(offset);
    return this.#step(true) ? this.#value : -1;
  }

  /** The largest value; -1 when there is none. */
  largest(offset: number): number {
    if (offset === 0) return -1;
    this.#begin(offset);
    let largest = -1;
    for (let steps = 0; steps < MAX_STEPS && this.#step(steps === 0); steps++) {
      if (this.#value > largest) largest = this.#value;
    }
    return largest;
  }

  #begin(offset: number): void {
    this.#next = offset;
    this.#bytes = this.#bytes.subarray(0, 0);
    this.#at = 0;
    this.#value = -1;
  }

  #step(first: boolean): boolean {
    this.steps++;
    const delta = this.#number();
    if (delta === undefined || (delta === 0 && !first)) return false;
    this.#value = (this.#value + (-(delta & 1) ^ (delta >>> 1))) | 0;
    return this.#number() !== undefined;
  }

  /** Undefined at the end of the bytes. */
  #number(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#at === this.#bytes.length && !this.#readOn()) return undefined;
      const byte = this.#bytes[this.#at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return undefined;
  }

  #readOn(): boolean {
    const length = Math.min(CHUNK_BYTES, this.#source.size - this.#next);
    if (length <= 0) return false;
    this.#bytes = this.#source.read(this.#next, length);
    this.#next += length;
    this.#at = 0;
    return true;
  }
}
