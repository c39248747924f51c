/**
 * Where in an undamaged executable the tables lie that say everything else: what is damaged, and where it is cut.
 *
 * @module
 */
import { BytesSource } from "../../base/mod.ts";
import { Dwarf } from "../../dwarf/mod.ts";
import { ElfFile, RelativeRelocations, SHT } from "../../elf/mod.ts";
import { RuntimeTypes } from "../../go/mod.ts";
import { DwarfTypeIndex } from "../../go/dwarf_type_index.ts";
import { findModuleData } from "../../go/module_data.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { locatePclntab } from "../../go/pclntab_location.ts";
import type { Part } from "./damage.ts";
import type { Questions } from "./readers.ts";

/** A table's beginning has what the rest is read by. */
const HEAD_BYTES = 4096;

/** Header, program and section headers, and the beginning of each section that is read as a table. */
function headers(bytes: Uint8Array): Part[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const { programHeaderOffset, programHeaderCount, sectionHeaderOffset } = elf.header;
  return [
    { offset: 0, size: 64 },
    { offset: programHeaderOffset, size: programHeaderCount * 56 },
    { offset: sectionHeaderOffset, size: elf.sections.length * 64 },
    ...elf.sections.filter(({ name }) =>
      /symtab|strtab|note|buildinfo|rela|zdebug|debug_|gopclntab|go\.module/.test(name)
    )
      .map(({ offset, size }) => ({ offset, size: Math.min(size, HEAD_BYTES) })),
  ];
}

/** The table's header, its beginning, and of the functions in question their entries, records and code. */
function pclntab(bytes: Uint8Array, { names }: Questions): Part[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const table = new Pclntab(elf);
  const { address, header } = table.location;
  const start = elf.addressToFileOffset(address);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const focus: Part[] = [];
  let index = 0;
  for (const found of table.functions()) {
    if (names.includes(found.name)) {
      const entry = start + header.functionsOffset + index * header.entrySize;
      const base = header.format === "1.2" ? start : start + header.functionsOffset;
      const record = base + view.getUint32(entry + header.entrySize / 2, true);
      focus.push(
        { offset: entry, size: 2 * header.entrySize },
        { offset: record, size: 128 },
        { offset: elf.addressToFileOffset(found.address), size: 64 },
      );
    }
    index++;
  }
  const rodata = elf.section(".rodata");
  const end = elf.segmentAt(address)!;
  const rest = end.offset + end.fileSize - start;
  return [
    { offset: start, size: 72 },
    { offset: start, size: Math.min(rest, 64 * 1024) },
    { offset: start + header.functionsOffset, size: index * header.entrySize },
    { offset: start + header.functionsOffset, size: Math.min(rest - header.functionsOffset, index * 200) },
    ...rodata === undefined ? [] : [{ offset: rodata.offset, size: rodata.size }],
    ...focus,
  ];
}

/** The module data, typelinks, and the descriptors and names of the types in question. */
function typeMetadata(bytes: Uint8Array, { types = [] }: Questions): Part[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const relocations = new RelativeRelocations(elf);
  const module = findModuleData(elf, locatePclntab(elf), relocations)!;
  const { types: area, typelinks, descriptors } = module.parts!;
  const at = (address: number, size: number) => ({ offset: elf.addressToFileOffset(address), size });
  const known = new RuntimeTypes(elf, relocations);
  return [
    at(module.address, 400),
    at(area.start, 64 * 1024),
    ...typelinks === undefined ? [] : [at(typelinks.address, typelinks.count * 4)],
    ...descriptors === undefined ? [] : [at(descriptors.start, descriptors.end - descriptors.start)],
    ...types.flatMap((name) => {
      const found = known.find(name);
      return found === undefined ? [] : [at(area.start + found.offset, 400)];
    }),
  ];
}

/** Each section of the debugging information, and where they are not compressed the units and types in question. */
function debugging(bytes: Uint8Array, { types = [] }: Questions): Part[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const sections = elf.sections.filter(({ name }) => /^\.z?debug_/.test(name));
  const parts = sections.flatMap(({ offset, size }) => [
    { offset, size },
    { offset, size: Math.min(size, HEAD_BYTES) },
  ]);
  const info = elf.section(".debug_info");
  const abbreviations = elf.section(".debug_abbrev");
  if (info === undefined || abbreviations === undefined || (info.flags & COMPRESSED) !== 0) return parts;
  const dwarf = Dwarf.open((name) => elf.sectionDataByName(name))!;
  const units = [...dwarf.units()];
  const index = new DwarfTypeIndex(dwarf);
  return [
    ...parts,
    // It decides how everything is read.
    ...[1, 2, 3, 4].map(() => ({ offset: abbreviations.offset, size: abbreviations.size })),
    ...units.slice(0, 8).map(({ offset }) => ({ offset: info.offset + offset, size: 64 })),
    ...units.filter((unit) => ["main", "runtime"].includes(dwarf.unitEntry(unit).name))
      .map(({ offset, end }) => ({ offset: info.offset + offset, size: Math.min(end - offset, 64 * 1024) })),
    ...types.flatMap((name) => {
      const found = index.find(name);
      return found === undefined ? [] : [{ offset: info.offset + found, size: 512 }];
    }),
  ];
}

const COMPRESSED = 0x800;

/** What can be damaged, by name. */
export const PARTS = {
  headers,
  pclntab,
  "type metadata": typeMetadata,
  debugging,
  everything: (bytes: Uint8Array, questions: Questions) => [
    ...headers(bytes),
    ...pclntab(bytes, questions),
    ...typeMetadata(bytes, questions),
    ...debugging(bytes, questions),
  ],
} as const satisfies Record<string, (bytes: Uint8Array, questions: Questions) => Part[]>;
/** One of {@linkcode PARTS}. */
export type PartsName = keyof typeof PARTS;

/** Ends at which a file is cut: around every boundary of a header, a segment, a section and a table in one. */
export function boundaries(bytes: Uint8Array, questions: Questions): number[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const { programHeaderOffset, programHeaderCount, sectionHeaderOffset } = elf.header;
  const marks = [0, 4, 16, 18, 20, 24, 32, 40, 48, 52, 54, 56, 58, 60, 62, 64];
  for (let i = 0; i <= programHeaderCount; i++) marks.push(programHeaderOffset + i * 56);
  for (let i = 0; i <= elf.sections.length; i++) marks.push(sectionHeaderOffset + i * 64);
  const parts = [
    ...elf.segments.map(({ offset, fileSize }) => ({ offset, size: fileSize })),
    ...elf.sections.filter(({ type }) => type !== SHT.NOBITS),
    ...PARTS.everything(bytes, questions),
  ];
  for (const { offset, size } of parts) marks.push(offset, offset + Math.floor(size / 2), offset + size);
  const ends = new Set(marks.flatMap((mark) => [mark - 1, mark, mark + 1]));
  return [...ends].filter((end) => end >= 0 && end <= bytes.length).sort((a, b) => a - b);
}

/** Sections that are cut by their own headers: which, and to how many bytes. */
export function sectionCuts(bytes: Uint8Array): { readonly sizeAt: number; readonly size: number }[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const dwarf = Dwarf.open((name) => elf.sectionDataByName(name));
  return elf.sections.flatMap(({ name, size, type, flags }, index) => {
    if (type === SHT.NOBITS || type === SHT.NULL || size === 0) return [];
    const marks = [0, 1, 4, 8, 12, 24, 64, 72, Math.floor(size / 2), size - 8, size - 1];
    if (name === ".debug_info" && (flags & COMPRESSED) === 0) {
      for (const unit of dwarf?.units() ?? []) {
        marks.push(unit.offset, unit.offset + 4, unit.firstEntry, unit.end - 1);
      }
    }
    const sizes = new Set(marks.filter((mark) => mark >= 0 && mark < size));
    // `sh_size` of Elf64_Shdr.
    return [...sizes].map((cut) => ({ sizeAt: elf.header.sectionHeaderOffset + index * 64 + 32, size: cut }));
  });
}
