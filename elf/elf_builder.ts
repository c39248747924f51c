/**
 * Writes small ELF files for tests: what they state can be made wrong on purpose. No part of the program uses it.
 *
 * @module
 */
import { EM, ET, PF, PT, SHF, SHT } from "./constants.ts";

/** A section to write; everything but its name has a default. */
export interface SectionSpec {
  readonly name: string;
  readonly data?: Uint8Array;
  readonly type?: number;
  readonly flags?: number;
  readonly address?: number;
  /** The name of the section that `sh_link` names. */
  readonly link?: string;
  /** What the header claims instead of the data's length. */
  readonly claimedSize?: number;
}

/** A file to write. */
export interface ElfSpec {
  readonly machine?: number;
  readonly type?: number;
  readonly sections?: readonly SectionSpec[];
  /** Writes the numbers of sections and of the names' section into section 0, as files with very many do. */
  readonly extendedNumbering?: boolean;
  /** Leaves the section headers out, as `sstrip` does. */
  readonly noSectionHeaders?: boolean;
  /** Adds a segment of type `PT_INTERP`. */
  readonly interpreter?: boolean;
}

/** The virtual address of the first byte of the file: one segment maps all of it. */
export const BASE_ADDRESS = 0x400000;

/** The bytes of an ELF file whose loaded sections lie at `BASE_ADDRESS` plus their place in the file. */
export function buildElf(spec: ElfSpec = {}): Uint8Array {
  const names = [{ name: "", type: SHT.NULL }, ...(spec.sections ?? []), {
    name: ".shstrtab",
    type: SHT.STRTAB,
  }];
  const { bytes: nameBytes, offsets: nameOffsets } = stringTable(names.map(({ name }) => name));
  const specs: SectionSpec[] = names.map((section) =>
    section.name === ".shstrtab" ? { ...section, data: nameBytes } : section
  );

  // Two loads (all of the file; the loaded writable sections), the notes, the interpreter.
  const noteSections = specs.filter(({ type }) => type === SHT.NOTE);
  const headerCount = 2 + noteSections.length + (spec.interpreter ? 1 : 0);
  let at = align16(64 + headerCount * 56);
  const offsets = specs.map(({ data }) => {
    const offset = at;
    at = align16(at + (data?.length ?? 0));
    return offset;
  });
  const sectionHeaderOffset = at;
  const bytes = new Uint8Array(spec.noSectionHeaders ? at : at + specs.length * 64);
  const view = new DataView(bytes.buffer);
  const u16 = (offset: number, value: number) => view.setUint16(offset, value, true);
  const u32 = (offset: number, value: number) => view.setUint32(offset, value, true);
  const u64 = (offset: number, value: number) => view.setBigUint64(offset, BigInt(value), true);

  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, spec.type ?? ET.EXEC);
  u16(18, spec.machine ?? EM.X86_64);
  u32(20, 1);
  u64(24, BASE_ADDRESS + 64);
  u64(32, 64);
  u16(52, 64);
  u16(54, 56);
  u16(56, headerCount);
  if (!spec.noSectionHeaders) {
    u64(40, sectionHeaderOffset);
    u16(58, 64);
    u16(60, spec.extendedNumbering ? 0 : specs.length);
    u16(62, spec.extendedNumbering ? 0xffff : specs.length - 1);
  }

  let header = 64;
  const segment = (type: number, flags: number, offset: number, size: number, memory = size) => {
    u32(header, type);
    u32(header + 4, flags);
    u64(header + 8, offset);
    u64(header + 16, BASE_ADDRESS + offset);
    u64(header + 32, size);
    u64(header + 40, memory);
    header += 56;
  };
  const writable = specs.findIndex(({ flags = 0 }) => (flags & SHF.WRITE) !== 0);
  const split = writable < 0 ? sectionHeaderOffset : offsets[writable] ?? 0;
  segment(PT.LOAD, PF.R | PF.X, 0, split);
  segment(PT.LOAD, PF.R | PF.W, split, sectionHeaderOffset - split, sectionHeaderOffset - split + 4096);
  for (const note of noteSections) {
    segment(PT.NOTE, PF.R, offsets[specs.indexOf(note)] ?? 0, note.data?.length ?? 0);
  }
  if (spec.interpreter) segment(PT.INTERP, PF.R, 0, 4);

  specs.forEach((section, index) => {
    const offset = offsets[index] ?? 0;
    bytes.set(section.data ?? [], offset);
    if (spec.noSectionHeaders || index === 0) return;
    const at = sectionHeaderOffset + index * 64;
    const flags = section.flags ?? 0;
    u32(at, nameOffsets[index] ?? 0);
    u32(at + 4, section.type ?? SHT.PROGBITS);
    u64(at + 8, flags);
    u64(at + 16, section.address ?? ((flags & SHF.ALLOC) === 0 ? 0 : BASE_ADDRESS + offset));
    u64(at + 24, offset);
    u64(at + 32, section.claimedSize ?? section.data?.length ?? 0);
    u32(at + 40, Math.max(0, specs.findIndex(({ name }) => name === section.link)));
  });
  if (spec.extendedNumbering) {
    u64(sectionHeaderOffset + 32, specs.length);
    u32(sectionHeaderOffset + 40, specs.length - 1);
  }
  return bytes;
}

/** Strings, each with its NUL, and where they begin. The first byte is a NUL, as in every ELF string table. */
function stringTable(strings: readonly string[]): { bytes: Uint8Array; offsets: number[] } {
  const offsets: number[] = [];
  const bytes = [0];
  for (const text of strings) {
    offsets.push(text === "" ? 0 : bytes.length);
    if (text !== "") bytes.push(...new TextEncoder().encode(text), 0);
  }
  return { bytes: Uint8Array.from(bytes), offsets };
}

/** A symbol to write. */
export interface SymbolSpec {
  readonly name: string;
  readonly address: number | bigint;
  readonly size?: number;
  /** `STT_*`; a function by default. */
  readonly type?: number;
  /** 0 for an undefined symbol. */
  readonly section?: number;
}

/** `.symtab` and `.strtab` of these symbols, behind the empty symbol 0. */
export function symbolSections(symbols: readonly SymbolSpec[]): SectionSpec[] {
  const { bytes: strings, offsets } = stringTable(symbols.map(({ name }) => name));
  const data = new Uint8Array((symbols.length + 1) * 24);
  const view = new DataView(data.buffer);
  symbols.forEach(({ address, size = 0, type = 2, section = 1 }, i) => {
    const at = (i + 1) * 24;
    view.setUint32(at, offsets[i] ?? 0, true);
    view.setUint8(at + 4, type);
    view.setUint16(at + 6, section, true);
    view.setBigUint64(at + 8, BigInt.asUintN(64, BigInt(address)), true);
    view.setBigUint64(at + 16, BigInt(size), true);
  });
  return [
    { name: ".symtab", type: SHT.SYMTAB, data, link: ".strtab" },
    { name: ".strtab", type: SHT.STRTAB, data: strings },
  ];
}

function align16(offset: number): number {
  return Math.ceil(offset / 16) * 16;
}
