import { DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import { SHN, SHT, STT } from "./constants.ts";
import type { ElfFile } from "./elf_file.ts";
import { StringTable } from "./string_table.ts";
import { type ElfSymbol, symbolType } from "./symbol.ts";

/** The size of `Elf64_Sym`. */
const SYMBOL_SIZE = 24;

/** Bytes that are read at once: a whole number of symbols. */
const CHUNK_SIZE = 16384 * SYMBOL_SIZE;

/** A 64-bit value whose upper half is at least this is negative. */
const NEGATIVE_HIGH = 0x80000000;

/**
 * The defined symbols of `.symtab`, as columns of numbers: no object is made for a symbol that nobody asked for, and
 * names are compared as bytes. Undefined symbols (those of other libraries) are left out.
 */
export class SymbolTable {
  readonly #strings: StringTable;
  readonly #entries: Source;
  #columns: Columns | undefined;
  #functionsByAddress: Uint32Array | undefined;

  /**
   * @param entries the bytes of the symbol table; a trailing partial entry is a FormatError
   * @param strings the bytes of its string table
   */
  constructor(entries: Source, strings: Source) {
    this.#entries = entries;
    this.#strings = new StringTable(strings, ".strtab");
  }

  /** How many defined symbols there are. */
  get size(): number {
    return this.#read().count;
  }

  /**
   * All symbols of exactly that name, in the table's order; several where C code has static functions of one name.
   *
   * @throws {FormatError} when the table is damaged.
   */
  find(name: string): ElfSymbol[] {
    if (name === "") return [];
    const offsets = this.#strings.offsetsOf(name);
    if (offsets.length === 0) return [];
    // One word of each symbol is looked at: this is what a start-up with a named function waits for.
    const only = offsets.length === 1 ? offsets[0] : undefined;
    const wanted = new Set(offsets);
    const found: ElfSymbol[] = [];
    for (const bytes of chunks(this.#entries)) {
      const words = aligned(bytes);
      for (let word = 0; word < words.length; word += SYMBOL_SIZE / 4) {
        const offset = words[word] ?? 0;
        if (only === undefined ? !wanted.has(offset) : offset !== only) continue;
        const entry = readEntry(bytes, word * 4);
        if (entry !== undefined) found.push({ name, ...entry });
      }
    }
    return found;
  }

  /**
   * All functions whose names contain `text`, in the table's order.
   *
   * @throws {FormatError} when the table is damaged.
   */
  containing(text: string): ElfSymbol[] {
    const matches = this.#strings.matching(text);
    const found: ElfSymbol[] = [];
    if (matches.size === 0) return found;
    const { count, info, nameOffset } = this.#read();
    for (let i = 0; i < count; i++) {
      if (((info[i] ?? 0) & 15) === STT.FUNC && matches.has(nameOffset[i] ?? 0)) found.push(this.#symbol(i));
    }
    return found;
  }

  /**
   * All functions, in the table's order, one object at a time.
   *
   * @throws {FormatError} when the table is damaged.
   */
  *functions(): Generator<ElfSymbol> {
    const { count, info } = this.#read();
    for (let i = 0; i < count; i++) {
      if (((info[i] ?? 0) & 15) === STT.FUNC) yield this.#symbol(i);
    }
  }

  /**
   * The function that an address lies in; undefined when none has it. A function whose size the file does not state
   * reaches to the next one.
   *
   * @throws {FormatError} when the table is damaged.
   */
  at(address: number): ElfSymbol | undefined {
    const columns = this.#read();
    const order = this.#functionsByAddress ??= sortedFunctions(columns);
    // The last one that begins at or before the address, by bisection.
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((columns.address[order[middle] ?? 0] ?? 0) <= address) low = middle + 1;
      else high = middle;
    }
    const index = order[low - 1];
    if (index === undefined) return undefined;
    const start = columns.address[index] ?? 0;
    const size = columns.size[index] ?? 0;
    const inside = size === 0 ? low < order.length || address === start : address < start + size;
    return inside ? this.#symbol(index) : undefined;
  }

  #symbol(index: number): ElfSymbol {
    const { nameOffset, address, size, info } = this.#read();
    return {
      name: this.#strings.at(nameOffset[index] ?? 0),
      address: address[index] ?? 0,
      size: size[index] ?? 0,
      type: symbolType(info[index] ?? 0),
    };
  }

  #read(): Columns {
    return this.#columns ??= readColumns(this.#entries);
  }
}

/**
 * The symbol table of an executable, or undefined when it is stripped.
 *
 * @throws {FormatError} when the table or its strings do not lie in the file.
 */
export function readSymbols(elf: ElfFile): SymbolTable | undefined {
  const section = elf.sections.find((section) => section.type === SHT.SYMTAB);
  if (section === undefined) return undefined;
  const strings = elf.sections[section.link];
  if (strings === undefined || strings.type !== SHT.STRTAB) {
    throw new FormatError(
      `Cannot read ${section.name}: its names are said to be in section ${section.link}`,
      { hint: DAMAGED_HINT },
    );
  }
  return new SymbolTable(elf.sectionData(section), elf.sectionData(strings));
}

interface Columns {
  readonly count: number;
  readonly nameOffset: Uint32Array;
  readonly address: Float64Array;
  readonly size: Float64Array;
  readonly info: Uint8Array;
}

function readColumns(entries: Source): Columns {
  // The entries lie in the file, so this is at most the size of the file.
  const total = Math.floor(entries.size / SYMBOL_SIZE);
  const nameOffset = new Uint32Array(total);
  const address = new Float64Array(total);
  const size = new Float64Array(total);
  const info = new Uint8Array(total);
  let count = 0;
  for (const bytes of chunks(entries)) {
    const words = aligned(bytes);
    for (let word = 0; word < words.length; word += SYMBOL_SIZE / 4) {
      const kind = words[word + 1] ?? 0;
      if (kind >>> 16 === SHN.UNDEF) continue;
      nameOffset[count] = words[word] ?? 0;
      info[count] = kind;
      address[count] = signed64(words[word + 2] ?? 0, words[word + 3] ?? 0);
      size[count] = (words[word + 5] ?? 0) * 2 ** 32 + (words[word + 4] ?? 0);
      count++;
    }
  }
  return { count, nameOffset, address, size, info };
}

/** One symbol without its name; undefined when it is not defined here. */
function readEntry(bytes: Uint8Array, at: number): Omit<ElfSymbol, "name"> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, SYMBOL_SIZE);
  if (view.getUint16(6, true) === SHN.UNDEF) return undefined;
  return {
    address: signed64(view.getUint32(8, true), view.getUint32(12, true)),
    size: view.getUint32(20, true) * 2 ** 32 + view.getUint32(16, true),
    type: symbolType(view.getUint8(4)),
  };
}

/** The table in parts of whole symbols. */
function* chunks(entries: Source): Generator<Uint8Array> {
  if (entries.size % SYMBOL_SIZE !== 0) {
    throw new FormatError(`Cannot read .symtab: ${entries.size} bytes are not a whole number of symbols`, {
      hint: DAMAGED_HINT,
    });
  }
  for (let at = 0; at < entries.size; at += CHUNK_SIZE) {
    yield entries.read(at, Math.min(CHUNK_SIZE, entries.size - at));
  }
}

/** The bytes as 32-bit words, which are read twice as fast as by a DataView; the machines that run this are little-endian. */
function aligned(bytes: Uint8Array): Uint32Array {
  const at = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(at.buffer, at.byteOffset, at.length / 4);
}

/** No user-space address has the top bit; a TLS offset has. BigInt is not used: this runs for every symbol. */
function signed64(low: number, high: number): number {
  return (high >= NEGATIVE_HIGH ? high - 2 ** 32 : high) * 2 ** 32 + low;
}

/** The indexes of the functions in ascending order of address. */
function sortedFunctions({ count, info, address }: Columns): Uint32Array {
  const order = new Uint32Array(count);
  let functions = 0;
  let ascending = true;
  let previous = -Infinity;
  for (let i = 0; i < count; i++) {
    if (((info[i] ?? 0) & 15) !== STT.FUNC) continue;
    const at = address[i] ?? 0;
    ascending &&= at >= previous;
    previous = at;
    order[functions++] = i;
  }
  const used = order.subarray(0, functions);
  // Go's linker writes them in order, and sorting by a comparison is slow.
  return ascending ? used : used.sort((a, b) => (address[a] ?? 0) - (address[b] ?? 0) || a - b);
}
