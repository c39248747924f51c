import { DAMAGED_HINT } from "./damaged.ts";
import { FormatError } from "./errors.ts";

/**
 * Random access to the bytes of a file: the only way in which the pure rooms (elf, dwarf, go, isa, probe) see an
 * executable. Reads are small and on demand, so that a file of any size costs only what is looked at.
 */
export interface Source {
  /** Total length in bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`.
   *
   * @throws {FormatError} when the range does not lie inside the source.
   */
  read(offset: number, length: number): Uint8Array;
}

/** A {@linkcode Source} over bytes in memory. Reads are views, not copies. */
export class BytesSource implements Source {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    return this.#bytes.subarray(offset, offset + length);
  }
}

/**
 * Checks that `length` bytes at `offset` lie within `size` bytes.
 *
 * @throws {FormatError} naming the range, when they do not.
 */
export function checkRange(size: number, offset: number, length: number): void {
  if (
    !Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 ||
    offset + length > size
  ) {
    throw new FormatError(
      `Cannot read ${length} bytes at 0x${offset.toString(16)}: the file has ${size} bytes`,
      { hint: DAMAGED_HINT },
    );
  }
}
