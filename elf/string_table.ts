import { damaged, type FormatError, type Source } from "../base/mod.ts";

/** Bytes that are read at once. */
const PAGE_SIZE = 256 * 1024;

/** Bytes that a search reads at once. */
const SEARCH_SIZE = 1 << 20;

/** A pattern of fewer bytes moves a search too little. */
const SHORT_PATTERN = 8;

/** The longest string that is read; names of Go's generic instances have some thousand bytes. */
const MAX_STRING_BYTES = 64 * 1024;

/** Bytes of strings that are read in all, besides a multiple of the table: any number of symbols may share a string. */
const READ_BYTES = 64 << 20;

/** A page as bytes, and as text of one character a byte: to decode each name by itself takes ten times as long. */
interface Page {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly ascii: boolean;
}

/**
 * NUL-terminated strings, read page by page as they are asked for. The pages of what was decoded are kept, so
 * memory grows to at most the size of the table, which lies in the file; a search keeps none.
 */
export class StringTable {
  readonly #source: Source;
  readonly #name: string;
  readonly #pages = new Map<number, Page>();
  #left: number;

  /** @param name the section, for errors */
  constructor(source: Source, name: string) {
    this.#source = source;
    this.#name = name;
    this.#left = READ_BYTES + 4 * source.size;
  }

  /**
   * The string at `offset`.
   *
   * @throws {FormatError} when the offset is outside the table, or the string does not end in it; when what was read so
   * far is many times the table.
   */
  at(offset: number): string {
    if (offset >= this.#source.size) throw this.#error(offset, `the table has ${this.#source.size} bytes`);
    const start = offset % PAGE_SIZE;
    const page = this.#page(offset - start);
    const end = page.text.indexOf("\0", start);
    if (end >= 0) {
      this.#spend(offset, end - start);
      const text = page.text.slice(start, end);
      // One character a byte until here: what is not ASCII is decoded for itself.
      return page.ascii || !NOT_ASCII.test(text) ? text : decoder.decode(page.bytes.subarray(start, end));
    }
    // It goes on in the next page; a page holds more than the longest string.
    const length = Math.min(MAX_STRING_BYTES + 1, this.#source.size - offset);
    const bytes = this.#source.read(offset, length);
    const terminator = bytes.indexOf(0);
    if (terminator < 0) throw this.#error(offset, "the string is not terminated");
    this.#spend(offset, terminator);
    return decoder.decode(bytes.subarray(0, terminator));
  }

  /**
   * Every offset at which exactly `text` and its NUL stand, in ascending order: also inside a longer string, since C
   * linkers let a name share another's end. Bytes are compared, nothing is decoded.
   */
  offsetsOf(text: string): number[] {
    const pattern = encoder.encode(`${text}\0`);
    const found: number[] = [];
    if (pattern.length > MAX_STRING_BYTES || text.includes("\0")) return found;
    const find = byteFinder(pattern);
    for (const { base, bytes } of this.#parts(pattern.length)) find(bytes, (at) => found.push(base + at));
    return found;
  }

  /**
   * The strings that contain `text`, all of them for an empty one: as a question to ask of an offset, since C linkers
   * let a name share another's end. Bytes are compared, nothing is decoded.
   */
  matching(text: string): StringMatches {
    const pattern = encoder.encode(text);
    const matches = new StringMatches(pattern.length === 0);
    if (pattern.length === 0 || pattern.length > MAX_STRING_BYTES || text.includes("\0")) return matches;
    const find = pattern.length < SHORT_PATTERN ? textFinder(pattern) : byteFinder(pattern);
    for (const { base, bytes } of this.#parts(pattern.length)) {
      // Of the string that the last match is in: each is looked over once, however many matches it has.
      let [start, end] = [0, -1];
      find(bytes, (at) => {
        if (at >= end) {
          const terminator = bytes.lastIndexOf(0, at);
          start = terminator < 0 && base > 0 ? this.#startBefore(base) : base + terminator + 1;
          const next = bytes.indexOf(0, at);
          end = next < 0 ? bytes.length : next;
        }
        matches.add(start, base + at);
      });
    }
    return matches;
  }

  /** The table in parts, each with as much of the next as a match that begins in this one can take. */
  *#parts(patternLength: number): Generator<{ readonly base: number; readonly bytes: Uint8Array }> {
    const { size } = this.#source;
    for (let base = 0; base + patternLength <= size; base += SEARCH_SIZE) {
      const length = Math.min(SEARCH_SIZE + patternLength - 1, size - base);
      yield { base, bytes: this.#source.read(base, length) };
    }
  }

  /** Where the string begins that goes on at `offset`. */
  #startBefore(offset: number): number {
    const from = Math.max(0, offset - MAX_STRING_BYTES);
    return from + this.#source.read(from, offset - from).lastIndexOf(0) + 1;
  }

  #spend(offset: number, length: number): void {
    if (length > MAX_STRING_BYTES) throw this.#error(offset, "the string is too long");
    this.#left -= length;
    if (this.#left < 0) throw this.#error(offset, "its strings are referred to too often");
  }

  #page(start: number): Page {
    let page = this.#pages.get(start);
    if (page === undefined) {
      const bytes = this.#source.read(start, Math.min(PAGE_SIZE, this.#source.size - start));
      const text = byteDecoder.decode(bytes);
      const ascii = !NOT_ASCII.test(text);
      page = { bytes, text, ascii };
      this.#pages.set(start, page);
    }
    return page;
  }

  #error(offset: number, what: string): FormatError {
    return damaged(this.#name, offset, what);
  }
}

/**
 * Where strings contain a text: ranges of offsets, ascending, at which such a string or its end begins. A string has
 * one, however often it contains the text.
 */
export class StringMatches {
  readonly #all: boolean;
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];
  /** How many ranges begin at or before the offset that was asked for last; tables name their strings nearly in order. */
  #low = 0;

  /** @param all every string is one */
  constructor(all: boolean) {
    this.#all = all;
  }

  /** How many ranges there are; at least one where every string matches. */
  get size(): number {
    return this.#all ? 1 : this.#firsts.length;
  }

  /** Adds a place behind all others: in a string from `first` on the text begins at `last`. */
  add(first: number, last: number): void {
    if (this.#firsts[this.#firsts.length - 1] !== first) this.#firsts.push(first);
    this.#lasts[this.#firsts.length - 1] = last;
  }

  /** Where those strings begin, each once; of those that share an end with another the longer ones. */
  starts(): readonly number[] {
    return this.#firsts;
  }

  /** Whether the string that begins at `offset` contains the text. */
  has(offset: number): boolean {
    if (this.#all) return true;
    const firsts = this.#firsts;
    let low = this.#low;
    if ((low > 0 && offset < firsts[low - 1]!) || (low < firsts.length && offset >= firsts[low]!)) {
      low = 0;
      let high = firsts.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (firsts[middle]! <= offset) low = middle + 1;
        else high = middle;
      }
      this.#low = low;
    }
    return low > 0 && offset <= this.#lasts[low - 1]!;
  }
}

/** Calls `found` with the places of a pattern in some bytes. */
type Finder = (bytes: Uint8Array, found: (at: number) => void) => void;

/** Of short patterns a native search of text is faster, though it has to be made first. */
function textFinder(pattern: Uint8Array): Finder {
  const wanted = byteDecoder.decode(pattern);
  return (bytes, found) => {
    const text = byteDecoder.decode(bytes);
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) found(at);
  };
}

function byteFinder(pattern: Uint8Array): Finder {
  const last = pattern.length - 1;
  const shifts = pairShifts(pattern);
  return (bytes, found) => {
    for (let end = nextMatch(bytes, last, pattern, shifts); end >= 0;) {
      found(end - last);
      end = nextMatch(bytes, end + 1, pattern, shifts);
    }
  };
}

/**
 * Horspool's search by pairs of bytes: how far the pattern can move when a pair stands under its end. Most bytes of the
 * table are never looked at; single bytes would move it a third as far, since names are made of few letters.
 */
function pairShifts(pattern: Uint8Array): Uint8Array {
  const last = pattern.length - 1;
  // Any pair may end in the pattern's first byte, so it never moves behind the pair as a whole.
  const shifts = new Uint8Array(65536).fill(Math.min(255, last));
  for (let i = 1; i < last; i++) {
    shifts[(pattern[i - 1] ?? 0) << 8 | (pattern[i] ?? 0)] = Math.min(255, last - i);
  }
  return shifts;
}

/** Where the next match at or behind `end` ends; -1 for none. */
function nextMatch(bytes: Uint8Array, end: number, pattern: Uint8Array, shifts: Uint8Array): number {
  const length = bytes.length;
  const start = pattern.length - 1;
  if (start === 0) return bytes.indexOf(pattern[0]!, end);
  const [beforeLast, last] = [pattern[start - 1], pattern[start]];
  while (end < length) {
    const current = bytes[end] as number;
    const before = bytes[end - 1] as number;
    if (current === last && before === beforeLast && matchesAt(bytes, end - start, pattern)) return end;
    end += shifts[before << 8 | current] as number;
  }
  return -1;
}

function matchesAt(bytes: Uint8Array, at: number, pattern: Uint8Array): boolean {
  for (let i = pattern.length - 3; i >= 0; i--) if (bytes[at + i] !== pattern[i]) return false;
  return true;
}

// deno-lint-ignore no-control-regex -- NUL is ASCII
const NOT_ASCII = /[^\x00-\x7f]/;
const decoder = new TextDecoder();
/** Gives every byte one character, which is all that is asked of it. */
const byteDecoder = new TextDecoder("latin1");
const encoder = new TextEncoder();
