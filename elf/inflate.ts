import { DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import { RepeatedInflater } from "./inflate_repeated.ts";
import { SteppedInflater } from "./inflate_stepped.ts";
import type { Inflater } from "./inflater.ts";

/**
 * The best ratio that the format allows (RFC 1951: a 258-byte match in two bits), so that a claimed size can be
 * checked against the bytes that are there.
 */
const MAX_RATIO = 1032;

/** No section of an executable is larger than this when inflated; DWARF of a 141 MB one inflates to 37 MB. */
const MAX_INFLATED_BYTES = 2 ** 30;

/**
 * A zlib stream, read as if it were inflated. Only the prefix that reads ask for is inflated, and the size in the
 * file's header is a claim: it bounds, but is never what memory is asked for.
 */
export class InflatedSource implements Source {
  /** The claimed size of the inflated bytes; reads past what is really there are a FormatError. */
  readonly size: number;
  readonly #name: string;
  readonly #inflater: Inflater;

  /**
   * @param compressed the zlib stream (RFC 1950)
   * @param claimedSize the size in bytes that the section's header states
   * @param name the section, for errors
   * @throws {FormatError} when so few bytes cannot hold so many.
   */
  constructor(compressed: Source, claimedSize: number, name: string) {
    if (claimedSize > compressed.size * MAX_RATIO || claimedSize > MAX_INFLATED_BYTES) {
      throw new FormatError(
        `Cannot inflate ${name}: ${compressed.size} bytes claim to hold ${claimedSize}`,
        { hint: DAMAGED_HINT },
      );
    }
    this.#name = name;
    this.size = claimedSize;
    this.#inflater = SteppedInflater.open(compressed, claimedSize, name) ??
      new RepeatedInflater(compressed, claimedSize, name);
  }

  read(offset: number, length: number): Uint8Array {
    const end = offset + length;
    if (!(offset >= 0 && length >= 0 && Number.isSafeInteger(end)) || end > this.size) {
      throw new FormatError(
        `Cannot read ${length} bytes at 0x${offset.toString(16)} of ${this.#name}: it has ${this.size} bytes`,
        { hint: DAMAGED_HINT },
      );
    }
    return this.#inflater.read(offset, end);
  }
}
