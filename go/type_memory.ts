import { DAMAGED_HINT, FormatError } from "../base/mod.ts";
import type { ElfFile, RelativeRelocations } from "../elf/mod.ts";

const PAGE_BITS = 16;
const PAGE_BYTES = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_BYTES - 1;
/** Bytes that a search reads at once. */
const SEARCH_BYTES = 1 << 20;
/** Of each such part and the next: longer than most that is searched for. */
const OVERLAP_BYTES = 256;
/** No more than this is kept of it as text; 141 MB executables have 18 MB. */
const MAX_KEPT_BYTES = 64 << 20;
/** Offsets in descriptors are 32-bit numbers with a sign. */
const MAX_BYTES = 2 ** 31;

/**
 * The bytes from `runtime.types` to `runtime.etypes`: type descriptors, and the names that they refer to. Places in it
 * are offsets from its start, as the descriptors themselves have them. Read page by page when it is looked at, and
 * kept: at most as much as lies in the file.
 */
export class TypeMemory {
  /** Virtual address of offset 0. */
  readonly start: number;
  readonly size: number;
  readonly #elf: ElfFile;
  readonly #relocations: RelativeRelocations;
  readonly #relocated: boolean;
  readonly #pages: DataView[] = [];
  readonly #parts: string[] = [];
  #searches = 0;

  /** @param range addresses, the whole of it in one loaded segment's bytes. */
  constructor(elf: ElfFile, relocations: RelativeRelocations, range: { start: number; end: number }) {
    this.#elf = elf;
    this.#relocations = relocations;
    this.#relocated = relocations.size > 0;
    this.start = range.start;
    this.size = range.end - range.start;
    if (this.size >= MAX_BYTES || this.start % 8 !== 0) throw this.error(0, "it cannot begin or end there");
  }

  u8(offset: number): number {
    const page = this.#pages[offset >>> PAGE_BITS];
    return page !== undefined && offset >= 0 && offset < this.size
      ? page.getUint8(offset & PAGE_MASK)
      : this.#page(offset, 1).getUint8(offset & PAGE_MASK);
  }

  u16(offset: number): number {
    return this.#page(offset, 2).getUint16(offset & PAGE_MASK, true);
  }

  u32(offset: number): number {
    const page = this.#pages[offset >>> PAGE_BITS];
    return page !== undefined && (offset & 3) === 0 && offset >= 0 && offset + 4 <= this.size
      ? page.getUint32(offset & PAGE_MASK, true)
      : this.#page(offset, 4).getUint32(offset & PAGE_MASK, true);
  }

  i32(offset: number): number {
    return this.u32(offset) | 0;
  }

  /** A word that is a count or a size; what is not below 2^53 reads as infinite. */
  word(offset: number): number {
    const high = this.u32(offset + 4);
    return high >= 2 ** 21 ? Infinity : high * 2 ** 32 + this.u32(offset);
  }

  /**
   * Where in this memory a pointer points, with its relocation applied; undefined for nil.
   *
   * @throws {FormatError} when it points elsewhere.
   */
  pointer(offset: number): number | undefined {
    const address = this.#relocated ? this.#relocations.pointerAt(this.start + offset) : this.word(offset);
    if (address === 0) return undefined;
    const target = address - this.start;
    if (target < 0 || !(target < this.size)) {
      throw this.error(offset, "a pointer in it does not point to types or names");
    }
    return target;
  }

  /** So many bytes, a copy where they cross pages. */
  bytes(offset: number, length: number): Uint8Array {
    if (!(length >= 0) || !(offset >= 0) || offset + length > this.size) {
      throw this.error(offset, `${length} bytes of it lie outside`);
    }
    const at = offset & PAGE_MASK;
    if (length > 0 && at + length <= PAGE_BYTES) {
      const page = this.#page(offset, 1);
      return new Uint8Array(page.buffer, page.byteOffset + at, length);
    }
    return this.#elf.readAddress(this.start + offset, length);
  }

  error(offset: number, what: string): FormatError {
    return new FormatError(
      `Cannot read the type metadata at address 0x${(this.start + offset).toString(16)}: ${what}`,
      { hint: DAMAGED_HINT },
    );
  }

  /**
   * Whether these bytes stand anywhere. Plans ask once, and lists many times: from the second time on the text is kept.
   *
   * @param text of one character a byte
   */
  has(text: string): boolean {
    const fits = text.length <= OVERLAP_BYTES;
    const keeps = this.#searches++ > 0 && fits && this.size <= MAX_KEPT_BYTES;
    for (let start = 0, i = 0; start < this.size; start += SEARCH_BYTES, i++) {
      const part = (fits ? this.#parts[i] : undefined) ??
        this.#part(start, Math.max(text.length, OVERLAP_BYTES));
      if (keeps) this.#parts[i] = part;
      if (part.includes(text)) return true;
    }
    return false;
  }

  /** With as much of the next part as a match that begins in this one can take. */
  #part(start: number, overlap: number): string {
    const length = Math.min(SEARCH_BYTES + overlap, this.size - start);
    return latin1.decode(this.#elf.readAddress(this.start + start, length));
  }

  /** The page with a number that does not cross into the next: numbers lie at multiples of their size. */
  #page(offset: number, length: number): DataView {
    if (!(offset >= 0) || offset + length > this.size || offset % length !== 0) {
      throw this.error(offset, "it refers to something outside, or not aligned");
    }
    return this.#pages[offset >>> PAGE_BITS] ?? this.#read(offset >>> PAGE_BITS);
  }

  #read(index: number): DataView {
    const start = index * PAGE_BYTES;
    const bytes = this.#elf.readAddress(this.start + start, Math.min(PAGE_BYTES, this.size - start));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pages[index] = view;
    return view;
  }
}

/** Gives every byte one character: a search in text is a native one. */
const latin1 = new TextDecoder("latin1");
