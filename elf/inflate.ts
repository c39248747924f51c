import { constants, inflateSync } from "node:zlib";
import { FormatError, type Source } from "../base/mod.ts";

/**
 * The best ratio that the format allows (RFC 1951: a 258-byte match in two bits), so that a claimed size can be
 * checked against the bytes that are there.
 */
const MAX_RATIO = 1032;

/** No section of an executable is larger than this when inflated; DWARF of a 141 MB one inflates to 37 MB. */
const MAX_INFLATED_BYTES = 2 ** 30;

/** The first prefix that is inflated: most headers and a small section as a whole. */
const FIRST_BYTES = 256 * 1024;

/**
 * A zlib stream, read as if it were inflated. Only the prefix that reads ask for is inflated, and the size in the
 * file's header is a claim: it bounds, but is never what memory is asked for.
 */
export class InflatedSource implements Source {
  /** The claimed size of the inflated bytes; reads past what is really there are a FormatError. */
  readonly size: number;
  readonly #compressed: Source;
  readonly #name: string;
  #inflated: Uint8Array = new Uint8Array(0);

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
        { hint: HINT },
      );
    }
    this.#compressed = compressed;
    this.#name = name;
    this.size = claimedSize;
  }

  read(offset: number, length: number): Uint8Array {
    const end = offset + length;
    if (!(offset >= 0 && length >= 0 && Number.isSafeInteger(end)) || end > this.size) {
      throw new FormatError(
        `Cannot read ${length} bytes at 0x${offset.toString(16)} of ${this.#name}: it has ${this.size} bytes`,
        { hint: HINT },
      );
    }
    if (end > this.#inflated.length) {
      // Doubling keeps the work of many small reads in one direction linear.
      const wanted = Math.max(end, FIRST_BYTES, 2 * this.#inflated.length);
      this.#inflated = inflatePrefix(this.#compressed, Math.min(wanted, this.size), this.size, this.#name);
    }
    return this.#inflated.subarray(offset, end);
  }
}

/**
 * At least the first `wanted` inflated bytes, at most eight times as many: how much of the stream holds them is
 * found by estimate, then by bisection. One more byte of the stream adds at most {@linkcode MAX_RATIO} bytes, which
 * is far less than the margin, so an answer exists and bisection ends.
 */
function inflatePrefix(compressed: Source, wanted: number, claimed: number, name: string): Uint8Array {
  const limit = Math.min(claimed, 8 * wanted);
  let tooShort = 0;
  let tooLong = compressed.size + 1;
  let inputLength = wanted === claimed ? compressed.size : Math.min(compressed.size, Math.ceil(wanted / 2));
  for (;;) {
    const whole = inputLength === compressed.size;
    const output = inflateBounded(compressed.read(0, inputLength), whole, limit, name);
    if (output === undefined) {
      if (limit === claimed || inputLength <= tooShort + 1) {
        throw new FormatError(`Cannot inflate ${name}: it holds more than ${claimed} bytes`, { hint: HINT });
      }
      tooLong = inputLength;
    } else if (output.length >= wanted) {
      return output;
    } else if (whole) {
      throw new FormatError(`Cannot inflate ${name}: it holds ${output.length} bytes, not ${claimed}`, {
        hint: HINT,
      });
    } else {
      tooShort = inputLength;
    }
    inputLength = tooLong <= compressed.size
      ? Math.floor((tooShort + tooLong) / 2)
      : Math.min(compressed.size, 2 * inputLength);
  }
}

/** What a prefix of the stream, or the whole, inflates to; undefined when that is more than `limit` bytes. */
function inflateBounded(
  input: Uint8Array,
  whole: boolean,
  limit: number,
  name: string,
): Uint8Array | undefined {
  try {
    const output = inflateSync(input, {
      maxOutputLength: limit,
      finishFlush: whole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
    return new Uint8Array(output.buffer, output.byteOffset, output.byteLength);
  } catch (error) {
    if (!isZlibError(error)) throw error;
    if (error.code === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw new FormatError(`Cannot inflate ${name}: ${error.message}`, { hint: HINT, cause: error });
  }
}

function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

const HINT = "The file may be truncated, still being written, or damaged; copy or build it again.";
