import { FormatError, type Source } from "../base/mod.ts";

/** Bytes that are read at once. */
const PAGE_SIZE = 256 * 1024;

/** The longest string that is read; names of Go's generic instances have some thousand bytes. */
const MAX_STRING_BYTES = 64 * 1024;

/**
 * NUL-terminated strings, read page by page as they are asked for. The pages of what was decoded are kept, so
 * memory grows to at most the size of the table, which lies in the file; a search keeps none.
 */
export class StringTable {
  readonly #source: Source;
  readonly #name: string;
  readonly #pages = new Map<number, Uint8Array>();

  /** @param name the section, for errors */
  constructor(source: Source, name: string) {
    this.#source = source;
    this.#name = name;
  }

  /**
   * The string at `offset`.
   *
   * @throws {FormatError} when the offset is outside the table, or the string does not end in it.
   */
  at(offset: number): string {
    if (offset >= this.#source.size) throw this.#error(offset, `the table has ${this.#source.size} bytes`);
    const start = offset % PAGE_SIZE;
    const page = this.#page(offset - start);
    const end = page.indexOf(0, start);
    if (end >= 0) {
      if (end - start > MAX_STRING_BYTES) throw this.#error(offset, "the string is too long");
      return decoder.decode(page.subarray(start, end));
    }
    // It goes on in the next page; a page holds more than the longest string.
    const length = Math.min(MAX_STRING_BYTES + 1, this.#source.size - offset);
    const bytes = this.#source.read(offset, length);
    const terminator = bytes.indexOf(0);
    if (terminator < 0) throw this.#error(offset, "the string is not terminated");
    return decoder.decode(bytes.subarray(0, terminator));
  }

  /**
   * Every offset at which exactly `text` and its NUL stand, in ascending order: also inside a longer string, since C
   * linkers let a name share another's end. Bytes are compared, nothing is decoded.
   */
  offsetsOf(text: string): number[] {
    const pattern = encoder.encode(`${text}\0`);
    const size = this.#source.size;
    const found: number[] = [];
    if (pattern.length > MAX_STRING_BYTES || text.includes("\0")) return found;
    // Horspool's search: most bytes of the table are never looked at.
    const last = pattern.length - 1;
    const shift = new Int32Array(256).fill(pattern.length);
    for (let i = 0; i < last; i++) shift[pattern[i] ?? 0] = last - i;
    for (let base = 0; base + pattern.length <= size; base += PAGE_SIZE) {
      // A page and as much of the next as a match that begins in this one can take.
      const bytes = this.#source.read(base, Math.min(PAGE_SIZE + last, size - base));
      let end = last;
      while (end < bytes.length) {
        const byte = bytes[end] ?? 0;
        if (byte === 0 && matchesBefore(bytes, end, pattern)) found.push(base + end - last);
        end += shift[byte] ?? 1;
      }
    }
    return found;
  }

  #page(start: number): Uint8Array {
    let page = this.#pages.get(start);
    if (page === undefined) {
      page = this.#source.read(start, Math.min(PAGE_SIZE, this.#source.size - start));
      this.#pages.set(start, page);
    }
    return page;
  }

  #error(offset: number, what: string): FormatError {
    return new FormatError(`Cannot read ${this.#name} at 0x${offset.toString(16)}: ${what}`, {
      hint: "The file may be truncated, still being written, or damaged; copy or build it again.",
    });
  }
}

/** Whether the pattern, whose last byte is already known to match, ends at `end`. */
function matchesBefore(bytes: Uint8Array, end: number, pattern: Uint8Array): boolean {
  const start = end - (pattern.length - 1);
  for (let i = pattern.length - 2; i >= 0; i--) if (bytes[start + i] !== pattern[i]) return false;
  return true;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
