import { DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";

/** A part of a source, with offsets and errors of its own. */
export class SubSource implements Source {
  readonly size: number;
  readonly #source: Source;
  readonly #offset: number;
  readonly #name: string;

  /**
   * @param name what the part is, for errors
   * @throws {FormatError} when the part does not lie within the source.
   */
  constructor(source: Source, offset: number, size: number, name: string) {
    if (!isRange(source.size, offset, size)) {
      throw new FormatError(
        `Cannot read ${name || "a section"}: its ${size} bytes at 0x${
          offset.toString(16)
        } are outside the file`,
        { hint: DAMAGED_HINT },
      );
    }
    this.#source = source;
    this.#offset = offset;
    this.#name = name;
    this.size = size;
  }

  read(offset: number, length: number): Uint8Array {
    if (!isRange(this.size, offset, length)) {
      throw new FormatError(
        `Cannot read ${length} bytes at 0x${offset.toString(16)} of ${this.#name || "a section"}: ` +
          `it has ${this.size} bytes`,
        { hint: DAMAGED_HINT },
      );
    }
    return this.#source.read(this.#offset + offset, length);
  }
}

function isRange(size: number, offset: number, length: number): boolean {
  return Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0 &&
    offset + length <= size;
}
