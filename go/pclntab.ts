import { Cursor, FormatError } from "../base/mod.ts";
import { type ElfFile, RelativeRelocations, StringTable, SubSource } from "../elf/mod.ts";
import { locatePclntab, type PclntabLocation } from "./pclntab_location.ts";
import { findTextStart } from "./text_start.ts";

/** A function's place in the table, before its name is read. */
export interface PclntabFunction {
  readonly name: string;
  /** Virtual address. */
  readonly address: number;
  /** Bytes to the next function: padding included, so an upper bound. */
  readonly size: number;
}

/** Bytes of a function's record that are looked at. */
const RECORD_BYTES = 16;

/**
 * The functions of a Go executable as the runtime knows them: every one, with its name, stripped or not. The table of
 * functions and their records are read when the first function is looked for; names are compared as bytes.
 *
 * Source: Go's src/runtime/symtab.go (`_func`) and src/cmd/link/internal/ld/pcln.go.
 */
export class Pclntab {
  readonly #location: PclntabLocation;
  readonly #relocations: RelativeRelocations;
  readonly #names: StringTable;
  readonly #textStart: number;
  #nameOffsets: Uint32Array | undefined;

  /**
   * @throws {TargetError} when the executable has no such table.
   * @throws {FormatError} when the table is damaged.
   */
  constructor(elf: ElfFile, relocations: RelativeRelocations = new RelativeRelocations(elf)) {
    this.#location = locatePclntab(elf);
    this.#relocations = relocations;
    const { table, header } = this.#location;
    this.#names = new StringTable(
      new SubSource(table, header.names.offset, header.names.size, ".gopclntab"),
      ".gopclntab",
    );
    this.#textStart = findTextStart(elf, this.#location, relocations);
  }

  /** How many functions there are. */
  get size(): number {
    return this.#location.header.functionCount;
  }

  /** All functions of exactly that name: several where a Go of 1.20 names every instance of a generic one alike. */
  find(name: string): PclntabFunction[] {
    if (name === "") return [];
    const wanted = new Set(this.#names.offsetsOf(name));
    if (wanted.size === 0) return [];
    const found: PclntabFunction[] = [];
    const offsets = this.#readNameOffsets();
    for (let i = 0; i < offsets.length; i++) {
      if (wanted.has(offsets[i]!)) found.push(this.#function(i, name));
    }
    return found;
  }

  /** All functions, by address. */
  *functions(): Generator<PclntabFunction> {
    const offsets = this.#readNameOffsets();
    for (let i = 0; i < offsets.length; i++) yield this.#function(i, this.#names.at(offsets[i]!));
  }

  #function(index: number, name: string): PclntabFunction {
    const address = this.#addressOf(index);
    return { name, address, size: Math.max(0, this.#addressOf(index + 1) - address) };
  }

  /** The address of a function, or behind the last one. */
  #addressOf(index: number): number {
    const { address, table, header } = this.#location;
    const at = header.functionsOffset + index * header.entrySize;
    if (header.entrySize === 16) return this.#relocations.pointerAt(address + at);
    return this.#textStart + new Cursor(table.read(at, 4), { name: ".gopclntab", base: at }).u32();
  }

  /** The offset of each function's name. */
  #readNameOffsets(): Uint32Array {
    return this.#nameOffsets ??= readNameOffsets(this.#location);
  }
}

/** Reads the records once, in one piece: they lie together from Go 1.16, and all over the table before. */
function readNameOffsets({ table, header }: PclntabLocation): Uint32Array {
  const { functionCount, functionsOffset, entrySize, nameField } = header;
  const half = entrySize / 2;
  const entries = view(table.read(functionsOffset, functionCount * entrySize));
  // A record's place counts from the table's start to Go 1.15, from the table of functions since.
  const base = header.format === "1.2" ? 0 : functionsOffset;
  const places = new Uint32Array(functionCount);
  let first = Infinity;
  let last = 0;
  for (let i = 0; i < functionCount; i++) {
    const place = base + entries.getUint32(i * entrySize + half, true);
    places[i] = place;
    first = Math.min(first, place);
    last = Math.max(last, place);
  }
  if (last + RECORD_BYTES > table.size) {
    throw new FormatError(
      `Cannot read .gopclntab: a function's record lies at 0x${last.toString(16)}, outside`,
      {
        hint: "The file may be damaged; copy or build it again.",
      },
    );
  }
  const records = view(table.read(first, last + RECORD_BYTES - first));
  const offsets = new Uint32Array(functionCount);
  for (let i = 0; i < functionCount; i++) {
    offsets[i] = records.getUint32(places[i]! - first + nameField, true);
  }
  return offsets;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
