import { constants, inflateSync } from "node:zlib";
import { DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import type { Inflater } from "./inflater.ts";

/** The first prefix that is inflated: most headers and a small section as a whole. */
const FIRST_BYTES = 256 * 1024;

/**
 * Inflates by what Node documents: from the beginning each time, so that a read further back costs all that lies before
 * it again. For a Deno whose zlib streams cannot be driven step by step.
 */
export class RepeatedInflater implements Inflater {
  readonly #compressed: Source;
  readonly #size: number;
  readonly #name: string;
  #inflated: Uint8Array = new Uint8Array(0);

  /** As of `InflatedSource`. */
  constructor(compressed: Source, claimedSize: number, name: string) {
    this.#compressed = compressed;
    this.#size = claimedSize;
    this.#name = name;
  }

  read(offset: number, end: number): Uint8Array {
    if (end > this.#inflated.length) {
      // Doubling keeps the work of many small reads in one direction linear.
      const wanted = Math.max(end, FIRST_BYTES, 2 * this.#inflated.length);
      this.#inflated = inflatePrefix(this.#compressed, Math.min(wanted, this.#size), this.#size, this.#name);
    }
    return this.#inflated.subarray(offset, end);
  }
}

/**
 * At least the first `wanted` inflated bytes, at most eight times as many: how much of the stream holds them is
 * found by estimate, then by bisection. One more byte of the stream adds at most 1032 bytes, which
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
        throw new FormatError(`Cannot inflate ${name}: it holds more than ${claimed} bytes`, {
          hint: DAMAGED_HINT,
        });
      }
      tooLong = inputLength;
    } else if (output.length >= wanted) {
      return output;
    } else if (whole) {
      throw new FormatError(`Cannot inflate ${name}: it holds ${output.length} bytes, not ${claimed}`, {
        hint: DAMAGED_HINT,
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
    throw new FormatError(`Cannot inflate ${name}: ${error.message}`, { hint: DAMAGED_HINT, cause: error });
  }
}

function isZlibError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
