import { Cursor, DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import { SHN } from "./constants.ts";
import type { ElfHeader } from "./header.ts";

/** A section header with its name. Source: the System V gABI, `Elf64_Shdr`. */
export interface Section {
  /** Its place in the table. */
  readonly index: number;
  /** E.g. `.text`; empty where the name cannot be read. */
  readonly name: string;
  /** `sh_type`, one of {@linkcode SHT} or another. */
  readonly type: number;
  /** `sh_flags`, bits of {@linkcode SHF}. */
  readonly flags: number;
  /** Virtual address, 0 when it is not loaded. */
  readonly address: number;
  /** Place in the file. */
  readonly offset: number;
  /** Bytes; in the file, unless the type is `NOBITS`. */
  readonly size: number;
  /** `sh_link`: the section that this one refers to, e.g. a symbol table's names. */
  readonly link: number;
  /** `sh_info`. */
  readonly info: number;
  /** Bytes of one entry in a table; 0 when it is none. */
  readonly entrySize: number;
}

/** The size of `Elf64_Shdr`. */
const SECTION_HEADER_SIZE = 64;

/** Executables have some dozens. */
const MAX_SECTIONS = 65536;

/** The longest name that is read; the longest that Go and GNU write have some thirty bytes. */
const MAX_SECTION_NAME = 256;

/**
 * Reads the section headers and their names: none when the file has no table (`sstrip`, some packers).
 *
 * @throws {FormatError} when the table does not lie in the file.
 */
export function readSections(source: Source, header: ElfHeader): readonly Section[] {
  if (header.sectionHeaderOffset === 0) return [];
  // Above 0xfeff the real numbers stand in the unused fields of section 0.
  const zero = readSectionZero(source, header);
  const count = header.sectionHeaderCount === 0 ? zero.size : header.sectionHeaderCount;
  const namesIndex = header.sectionNamesIndex === SHN.XINDEX ? zero.link : header.sectionNamesIndex;
  if (count > MAX_SECTIONS) {
    throw new FormatError(`Cannot read the section headers: ${count} are claimed`, { hint: DAMAGED_HINT });
  }
  const table = new Cursor(source.read(header.sectionHeaderOffset, count * SECTION_HEADER_SIZE), {
    name: "the section headers",
    base: header.sectionHeaderOffset,
  });
  const raw: RawSection[] = [];
  for (let i = 0; i < count; i++) raw.push(readRaw(table));
  const names = readNames(source, raw, namesIndex);
  return raw.map(({ nameOffset, ...section }, index) => ({ index, name: names(nameOffset), ...section }));
}

/** Section 0, which holds the numbers that do not fit the ELF header. */
export function readSectionZero(
  source: Source,
  header: ElfHeader,
): { size: number; link: number; info: number } {
  if (header.sectionHeaderSize !== SECTION_HEADER_SIZE) {
    throw new FormatError(
      `Cannot read the section headers: an entry has ${header.sectionHeaderSize} bytes instead of 64`,
      { hint: DAMAGED_HINT },
    );
  }
  return readRaw(
    new Cursor(source.read(header.sectionHeaderOffset, SECTION_HEADER_SIZE), {
      name: "section header 0",
      base: header.sectionHeaderOffset,
    }),
  );
}

interface RawSection extends Omit<Section, "index" | "name"> {
  readonly nameOffset: number;
}

function readRaw(table: Cursor): RawSection {
  const nameOffset = table.u32();
  const type = table.u32();
  const flags = table.u64();
  const address = table.u64();
  const offset = table.u64();
  const size = table.u64();
  const link = table.u32();
  const info = table.u32();
  table.skip(8); // sh_addralign
  const entrySize = table.u64();
  return { nameOffset, type, flags, address, offset, size, link, info, entrySize };
}

/** A name that cannot be read is an empty one: a section is still found by its type and address. */
function readNames(
  source: Source,
  sections: readonly RawSection[],
  index: number,
): (offset: number) => string {
  const section = sections[index];
  if (index === SHN.UNDEF || section === undefined || section.offset >= source.size) return () => "";
  const size = Math.min(section.size, source.size - section.offset);
  return (offset) => {
    if (offset >= size) return "";
    const bytes = source.read(section.offset + offset, Math.min(MAX_SECTION_NAME, size - offset));
    const end = bytes.indexOf(0);
    return end < 0 ? "" : decoder.decode(bytes.subarray(0, end));
  };
}

const decoder = new TextDecoder();
