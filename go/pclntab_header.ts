import { Cursor, DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";

/** The four formats of the table, by the first Go that wrote each. */
export type PclntabFormat = "1.2" | "1.16" | "1.18" | "1.20";

/** Source: Go's src/debug/gosym/pclntab.go and src/internal/abi/symtab.go. */
const FORMATS: ReadonlyMap<number, PclntabFormat> = new Map([
  [0xfffffffb, "1.2"],
  [0xfffffffa, "1.16"],
  [0xfffffff0, "1.18"],
  [0xfffffff1, "1.20"],
]);

/** The magic numbers, for a search. */
export const PCLNTAB_MAGICS: ReadonlySet<number> = new Set(FORMATS.keys());

/** The table's header. Offsets in bytes from the table's start. */
export interface PclntabHeader {
  readonly format: PclntabFormat;
  /** How many functions there are. */
  readonly functionCount: number;
  /** Where functions' addresses count from, as the header has it: 0 before Go 1.18 and from Go 1.26. */
  readonly textStart: number;
  /** Where in the table that word is, for a relocation of it; undefined before Go 1.18. */
  readonly textStartOffset: number | undefined;
  /** Where the names are. To Go 1.15 they are all over the table. */
  readonly names: { readonly offset: number; readonly size: number };
  /** The table of functions: an address and a place for each, and a last address. */
  readonly functionsOffset: number;
  /** Bytes of an entry of it: two words of 8 or of 4 bytes. */
  readonly entrySize: 16 | 8;
  /** Where in a function's record the offset of its name is. */
  readonly nameField: 8 | 4;
  /** Where the tables of values by pc count from. */
  readonly pcValuesOffset: number;
  /**
   * Where the units' lists of files are, and the files' names; undefined to Go 1.15, where one list of all files
   * follows the table of functions.
   */
  readonly files: { readonly unitsOffset: number; readonly namesOffset: number } | undefined;
}

/** Bytes before the table of functions, at most. */
const PCLNTAB_HEADER_BYTES = 72;

/**
 * Reads and checks a header.
 *
 * @param table the table, from its first byte; it may go on behind its end.
 * @throws {FormatError} when it is none, or its numbers contradict each other or the size.
 */
export function readPclntabHeader(table: Source): PclntabHeader {
  const length = Math.min(PCLNTAB_HEADER_BYTES, table.size);
  const cursor = new Cursor(table.read(0, length), { name: ".gopclntab" });
  const format = FORMATS.get(cursor.u32());
  if (format === undefined) throw cursor.seek(0).error("it does not begin with a known magic number");
  const padding = cursor.u16();
  const quantum = cursor.u8();
  const pointerSize = cursor.u8();
  if (padding !== 0 || ![1, 2, 4].includes(quantum) || pointerSize !== 8) {
    throw cursor.seek(4).error("its header is none of a 64-bit Go program");
  }
  const functionCount = cursor.u64();
  const header = readOffsets(cursor, format, functionCount, table.size);
  const end = header.functionsOffset + functionCount * header.entrySize + header.entrySize / 2;
  if (functionCount === 0 || !Number.isSafeInteger(end) || end > table.size) {
    throw new FormatError(`Cannot read .gopclntab: it says that there are ${functionCount} functions`, {
      hint: DAMAGED_HINT,
    });
  }
  return header;
}

function readOffsets(
  cursor: Cursor,
  format: PclntabFormat,
  functionCount: number,
  size: number,
): PclntabHeader {
  if (format === "1.2") {
    return {
      format,
      functionCount,
      textStart: 0,
      textStartOffset: undefined,
      names: { offset: 0, size },
      functionsOffset: cursor.position,
      entrySize: 16,
      nameField: 8,
      pcValuesOffset: 0,
      files: undefined,
    };
  }
  cursor.u64(); // how many files
  const textStartOffset = format === "1.16" ? undefined : cursor.position;
  const textStart = format === "1.16" ? 0 : cursor.u64();
  const namesOffset = cursor.u64();
  const unitsOffset = cursor.u64();
  const filesOffset = cursor.u64();
  const pcValuesOffset = cursor.u64();
  const functionsOffset = cursor.u64();
  const ends = [unitsOffset, filesOffset, pcValuesOffset, functionsOffset];
  if (namesOffset > unitsOffset || ends.some((end) => end > size)) {
    throw cursor.error("its parts lie outside");
  }
  return {
    format,
    functionCount,
    textStart,
    textStartOffset,
    names: { offset: namesOffset, size: unitsOffset - namesOffset },
    functionsOffset,
    entrySize: format === "1.16" ? 16 : 8,
    nameField: format === "1.16" ? 8 : 4,
    pcValuesOffset,
    files: { unitsOffset, namesOffset: filesOffset },
  };
}
