import { Cursor, DAMAGED_HINT, FormatError } from "../base/mod.ts";
import { type ElfFile, RelativeRelocations, type StringMatches, StringTable, SubSource } from "../elf/mod.ts";
import { FunctionRecord, type RecordLayout, recordLayout } from "./function_record.ts";
import { findModuleData, type ModuleData } from "./module_data.ts";
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

/** Bytes of a record that are read: the fixed part, and all tables and references that any version has. */
const RECORD_BYTES = 256;

const FEW_MATCHES = 1000;

/**
 * The functions of a Go executable as the runtime knows them: every one, with its name, stripped or not. The table of
 * functions and their records are read when the first function is looked for; names are compared as bytes.
 *
 * Source: Go's src/runtime/symtab.go (`_func`) and src/cmd/link/internal/ld/pcln.go.
 */
export class Pclntab {
  /** Where it is. */
  readonly location: PclntabLocation;
  readonly relocations: RelativeRelocations;
  /** The names of functions, and of those that were inlined everywhere. */
  readonly names: StringTable;
  /** How records are laid out. */
  readonly layout: RecordLayout;
  readonly #elf: ElfFile;
  readonly #textStart: number;
  #module: ModuleData | undefined | null = null;
  #columns: Columns | undefined;
  #addresses: Float64Array | undefined;

  /**
   * @throws {TargetError} when the executable has no such table.
   * @throws {FormatError} when the table is damaged.
   */
  constructor(elf: ElfFile, relocations: RelativeRelocations = new RelativeRelocations(elf)) {
    this.#elf = elf;
    this.location = locatePclntab(elf);
    this.relocations = relocations;
    const { table, header } = this.location;
    this.layout = recordLayout(header.format);
    this.names = new StringTable(
      new SubSource(table, header.names.offset, header.names.size, ".gopclntab"),
      ".gopclntab",
    );
    this.#textStart = findTextStart(this.location, relocations, () => this.module);
  }

  /**
   * The module data that points to this table, looked for once; undefined when it is not found.
   *
   * @throws {FormatError} when the table of functions is damaged.
   */
  get module(): ModuleData | undefined {
    if (this.#module === null) this.#module = findModuleData(this.#elf, this.location, this.relocations);
    return this.#module;
  }

  /** How many functions there are. */
  get size(): number {
    return this.location.header.functionCount;
  }

  /** All functions of exactly that name: several where a Go of 1.20 names every instance of a generic one alike. */
  find(name: string): PclntabFunction[] {
    if (name === "") return [];
    const wanted = new Set(this.names.offsetsOf(name));
    if (wanted.size === 0) return [];
    const found: PclntabFunction[] = [];
    const offsets = this.columns.nameOffsets;
    for (let i = 0; i < offsets.length; i++) {
      if (wanted.has(offsets[i]!)) found.push(this.#function(i, name));
    }
    return found;
  }

  /** All functions whose names contain `text`, by address. */
  containing(text: string): PclntabFunction[] {
    const matches = this.names.matching(text);
    if (matches.size === 0) return [];
    // One by one they would be read from the file, and all of them take less than a thousand such reads.
    if (matches.size > FEW_MATCHES) this.#addresses ??= this.#readAddresses();
    return indexesOf(this.columns.nameOffsets, matches).map((index) => this.at(index));
  }

  /** All names that contain `text`, also of functions that were inlined everywhere. To Go 1.15 other texts, too. */
  namesContaining(text: string): string[] {
    return this.names.matching(text).starts().map((offset) => this.names.at(offset));
  }

  /** All functions, by address. */
  *functions(): Generator<PclntabFunction> {
    const offsets = this.columns.nameOffsets;
    for (let i = 0; i < offsets.length; i++) yield this.#function(i, this.names.at(offsets[i]!));
  }

  /** The function of an index, e.g. of {@linkcode indexAt}. */
  at(index: number): PclntabFunction {
    return this.#function(index, this.nameAt(index));
  }

  /** The name of the function of an index. */
  nameAt(index: number): string {
    return this.names.at(this.columns.nameOffsets[index] ?? 0);
  }

  /** The record of the function of an index. */
  record(index: number): FunctionRecord {
    const place = this.columns.places[index] ?? 0;
    const { table } = this.location;
    const bytes = table.read(place, Math.min(RECORD_BYTES, table.size - place));
    return new FunctionRecord(view(bytes), 0, this.layout);
  }

  /** Bytes of the function of an index, padding included. */
  sizeAt(index: number): number {
    return Math.max(0, this.#addressOf(index + 1) - this.#addressOf(index));
  }

  /** The index of the function that begins at an address; undefined when none does. */
  indexAt(address: number): number | undefined {
    const addresses = this.#addresses ??= this.#readAddresses();
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (addresses[middle]! < address) low = middle + 1;
      else high = middle;
    }
    return low < this.size && addresses[low] === address ? low : undefined;
  }

  /** What is the same of every function's record, in columns by index. Read once. */
  get columns(): Columns {
    return this.#columns ??= readColumns(this.location, this.layout);
  }

  #function(index: number, name: string): PclntabFunction {
    const address = this.#addressOf(index);
    return { name, address, size: Math.max(0, this.#addressOf(index + 1) - address) };
  }

  /** The address of a function, or behind the last one. */
  #addressOf(index: number): number {
    if (this.#addresses !== undefined) return this.#addresses[index] ?? 0;
    const { address, table, header } = this.location;
    const at = header.functionsOffset + index * header.entrySize;
    if (header.entrySize === 16) return this.relocations.pointerAt(address + at);
    return this.#textStart + new Cursor(table.read(at, 4), { name: ".gopclntab", base: at }).u32();
  }

  /** Of all functions, and behind the last one. */
  #readAddresses(): Float64Array {
    const { address, table, header } = this.location;
    const { functionCount, functionsOffset, entrySize } = header;
    const addresses = new Float64Array(functionCount + 1);
    if (entrySize === 16) {
      // Whole addresses, which a position-independent executable may have in its relocations alone.
      if (this.relocations.size > 0) {
        return addresses.map((_, i) => this.relocations.pointerAt(address + functionsOffset + i * entrySize));
      }
      const words = view(table.read(functionsOffset, functionCount * entrySize + 8));
      return addresses.map((_, i) =>
        words.getUint32(i * 16 + 4, true) * 2 ** 32 + words.getUint32(i * 16, true)
      );
    }
    const words = view(table.read(functionsOffset, functionCount * entrySize + 4));
    return addresses.map((_, i) => this.#textStart + words.getUint32(i * 8, true));
  }
}

/** Of each function, by index. */
export interface Columns {
  /** Where its record is in the table. */
  readonly places: Uint32Array;
  /** Where its name is. */
  readonly nameOffsets: Uint32Array;
  readonly funcIds: Uint8Array;
  /** Bytes of its arguments; negative where it is not known. */
  readonly argsBytes: Int32Array;
}

/** Reads the records once, in one piece: they lie together from Go 1.16, and all over the table before. */
function readColumns({ table, header }: PclntabLocation, layout: RecordLayout): Columns {
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
  const recordBytes = FunctionRecord.sizeOf(layout);
  if (last + recordBytes > table.size) {
    throw new FormatError(
      `Cannot read .gopclntab: a function's record lies at 0x${last.toString(16)}, outside`,
      { hint: DAMAGED_HINT },
    );
  }
  const records = view(table.read(first, last + recordBytes - first));
  const nameOffsets = new Uint32Array(functionCount);
  const funcIds = new Uint8Array(functionCount);
  const argsBytes = new Int32Array(functionCount);
  for (let i = 0; i < functionCount; i++) {
    const at = places[i]! - first;
    nameOffsets[i] = records.getUint32(at + nameField, true);
    funcIds[i] = records.getUint8(at + layout.funcId);
    argsBytes[i] = records.getInt32(at + layout.args, true);
  }
  return { places, nameOffsets, funcIds, argsBytes };
}

/** For itself, so that it is soon compiled: for all functions it runs once. */
function indexesOf(nameOffsets: Uint32Array, matches: StringMatches): number[] {
  const found: number[] = [];
  for (let i = 0; i < nameOffsets.length; i++) if (matches.has(nameOffsets[i]!)) found.push(i);
  return found;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
