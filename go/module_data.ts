import { Cursor, FormatError } from "../base/mod.ts";
import { type ElfFile, PF, type RelativeRelocations } from "../elf/mod.ts";
import type { PclntabLocation } from "./pclntab_location.ts";
import type { PclntabFormat } from "./pclntab_header.ts";

/**
 * `runtime.firstmoduledata`: where the linker put the parts of a program that its runtime has to find. Addresses are
 * virtual ones.
 */
export interface ModuleData {
  readonly address: number;
  /** `runtime.text`: where the Go code begins, and what the offsets of functions count from since Go 1.18. */
  readonly text: number;
  readonly etext: number;
  /** Undefined in a Go whose module data has a form that is not known. */
  readonly parts: ModuleParts | undefined;
}

/** What lies at other places in the module data of each Go. */
export interface ModuleParts {
  /** Type descriptors and their names: offsets of types and names count from `start`. */
  readonly types: { readonly start: number; readonly end: number };
  /**
   * Offsets of the unnamed types' descriptors, each an int32, in the order of the types' strings. Undefined from Go
   * 1.27.
   */
  readonly typelinks: { readonly address: number; readonly count: number } | undefined;
  /** Pointers to itabs. Undefined from Go 1.27. */
  readonly itablinks: { readonly address: number; readonly count: number } | undefined;
  /** From Go 1.27: the descriptors that typelinks were for, one after another and in the same order. */
  readonly descriptors: { readonly start: number; readonly end: number } | undefined;
  /** From Go 1.27: the itabs, one after another. */
  readonly itabs: { readonly start: number; readonly end: number } | undefined;
  /** What offsets of read-only data count from; undefined before Go 1.18. */
  readonly rodata: number | undefined;
  /** `go.func.*`, what the offsets of funcdata count from; undefined before Go 1.18. */
  readonly gofunc: number | undefined;
}

/** Places in the module data, as numbers of 8-byte words. Where a slice stands, so stand its length and capacity. */
interface Layout {
  readonly formats: readonly PclntabFormat[];
  /** `minpc`; `maxpc`, `text` and `etext` follow it. */
  readonly minpc: number;
  readonly types: number;
  readonly etypes: number;
  /** `typedesclen`, `itaboffset` and `itabsize`, instead of typelinks. */
  readonly lengths?: readonly [number, number, number];
  readonly rodata?: number;
  readonly gofunc?: number;
  /** A slice that the linker makes: of sections of text. */
  readonly textsectmap: number;
  readonly typelinks?: number;
  readonly itablinks?: number;
}

/**
 * `moduledata` in each Go's src/runtime/symtab.go; the comment names the first that has it so. It starts with a pointer
 * to pclntab in all of them, whose format rules most of them out.
 */
const LAYOUTS: readonly Layout[] = [
  // 1.27
  {
    formats: ["1.20"],
    minpc: 20,
    types: 37,
    etypes: 39,
    lengths: [38, 40, 41],
    rodata: 42,
    gofunc: 43,
    textsectmap: 45,
  },
  // 1.26: epclntab is in front of textsectmap.
  {
    formats: ["1.20"],
    minpc: 20,
    types: 37,
    etypes: 38,
    rodata: 39,
    gofunc: 40,
    textsectmap: 42,
    typelinks: 45,
    itablinks: 48,
  },
  // 1.20: covctrs and ecovctrs.
  {
    formats: ["1.20"],
    minpc: 20,
    types: 37,
    etypes: 38,
    rodata: 39,
    gofunc: 40,
    textsectmap: 41,
    typelinks: 44,
    itablinks: 47,
  },
  // 1.18: rodata and gofunc.
  {
    formats: ["1.18"],
    minpc: 20,
    types: 35,
    etypes: 36,
    rodata: 37,
    gofunc: 38,
    textsectmap: 39,
    typelinks: 42,
    itablinks: 45,
  },
  // 1.16: pclntab in parts.
  { formats: ["1.16"], minpc: 20, types: 35, etypes: 36, textsectmap: 37, typelinks: 40, itablinks: 43 },
  // 1.8
  { formats: ["1.2"], minpc: 10, types: 25, etypes: 26, textsectmap: 27, typelinks: 30, itablinks: 33 },
];

const WORD_BYTES = 8;
/** As many words as any layout looks at. */
const MODULE_WORDS = 51;
const CHUNK_BYTES = 1 << 20;
/** Words that point to pclntab and are not the module data's first; real executables have none or one. */
const MAX_CANDIDATES = 4096;

/**
 * Finds the module data: in its own section (`.go.module`, from Go 1.26), or where a word points to pclntab, by what
 * must be true of it. Undefined when nothing fits.
 *
 * @throws {FormatError} when the table of functions, which it is checked against, is damaged.
 */
export function findModuleData(
  elf: ElfFile,
  pclntab: PclntabLocation,
  relocations: RelativeRelocations,
): ModuleData | undefined {
  let tried = 0;
  for (const address of candidates(elf, pclntab.address, relocations)) {
    const found = readModuleData(elf, pclntab, relocations, address);
    if (found !== undefined) return found;
    if (++tried === MAX_CANDIDATES) break;
  }
  return undefined;
}

/** Addresses at which it may begin. */
function* candidates(elf: ElfFile, pclntab: number, relocations: RelativeRelocations): Generator<number> {
  const section = elf.section(".go.module");
  if (section !== undefined) yield section.address;
  // Where pointers are relocations, the words in the file may be zero.
  yield* relocations.addressesOf(pclntab);
  for (const { flags, address, offset, fileSize } of elf.loads) {
    if ((flags & PF.W) === 0) continue;
    const first = (WORD_BYTES - address % WORD_BYTES) % WORD_BYTES;
    for (let start = first; start + WORD_BYTES <= fileSize; start += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, fileSize - start);
      const bytes = elf.source.read(offset + start, length);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const [low, high] = [pclntab % 2 ** 32, Math.floor(pclntab / 2 ** 32)];
      for (let at = 0; at + WORD_BYTES <= length; at += WORD_BYTES) {
        if (view.getUint32(at, true) !== low || view.getUint32(at + 4, true) !== high) continue;
        yield address + start + at;
      }
    }
  }
}

function readModuleData(
  elf: ElfFile,
  pclntab: PclntabLocation,
  relocations: RelativeRelocations,
  address: number,
): ModuleData | undefined {
  if (elf.segmentAt(address, MODULE_WORDS * WORD_BYTES) === undefined) return undefined;
  const word = (index: number) => wordAt(elf, relocations, address + index * WORD_BYTES);
  if (word(0) !== pclntab.address) return undefined;
  const layouts = LAYOUTS.filter(({ formats }) => formats.includes(pclntab.header.format));
  const minpcWord = layouts[0]?.minpc ?? 20;
  const [minpc, maxpc, text, etext] = [0, 1, 2, 3].map((i) => word(minpcWord + i)) as [
    number,
    number,
    number,
    number,
  ];
  const first = firstFunction(pclntab, relocations, text);
  if (text === 0 || text > minpc || minpc !== first || minpc >= maxpc || maxpc > etext) return undefined;
  const parts = layouts.map((layout) => readParts(elf, word, layout)).find((found) => found !== undefined);
  return { address, text, etext, parts };
}

/** The address that pclntab begins with: from Go 1.18 on a distance from the text, in 32 bits. */
function firstFunction(
  { address, header: { functionsOffset, entrySize }, table }: PclntabLocation,
  relocations: RelativeRelocations,
  text: number,
): number {
  if (entrySize === 16) return relocations.pointerAt(address + functionsOffset);
  return text +
    new Cursor(table.read(functionsOffset, 4), { name: ".gopclntab", base: functionsOffset }).u32();
}

/** What the layout says, if it can be true. */
function readParts(
  elf: ElfFile,
  word: (index: number) => number,
  layout: Layout,
): ModuleParts | undefined {
  const [start, end] = [word(layout.types), word(layout.etypes)];
  const isLoaded = (from: number, length: number) =>
    from !== 0 && Number.isSafeInteger(from + length) && elf.segmentAt(from, length) !== undefined;
  if (start >= end || !isLoaded(start, end - start)) return undefined;
  const slice = (index: number, size: number) => {
    const [address, count, capacity] = [word(index), word(index + 1), word(index + 2)];
    return count === capacity && (count === 0 || isLoaded(address, count * size))
      ? { address, count }
      : undefined;
  };
  if (slice(layout.textsectmap, 3 * WORD_BYTES) === undefined) return undefined;
  const rodata = layout.rodata === undefined ? undefined : word(layout.rodata);
  const gofunc = layout.gofunc === undefined ? undefined : word(layout.gofunc);
  if ([rodata, gofunc].some((address) => address !== undefined && !isLoaded(address, 1))) return undefined;
  const rest = { types: { start, end }, rodata, gofunc };
  if (layout.lengths !== undefined) {
    const [sorted, itabOffset, itabSize] = layout.lengths.map(word) as [number, number, number];
    if (sorted > itabOffset || itabOffset + itabSize > end - start) return undefined;
    // One word stands in front, so that no type has the offset 0.
    const descriptors = { start: start + WORD_BYTES, end: start + sorted };
    const itabs = { start: start + itabOffset, end: start + itabOffset + itabSize };
    return { ...rest, typelinks: undefined, itablinks: undefined, descriptors, itabs };
  }
  if (layout.typelinks === undefined || layout.itablinks === undefined) return undefined;
  const typelinks = slice(layout.typelinks, 4);
  const itablinks = slice(layout.itablinks, WORD_BYTES);
  if (typelinks === undefined || itablinks === undefined) return undefined;
  return { ...rest, typelinks, itablinks, descriptors: undefined, itabs: undefined };
}

/** The word there, a relocation applied; infinite where it is no address. */
function wordAt(elf: ElfFile, relocations: RelativeRelocations, address: number): number {
  const bytes = elf.readAddress(address, WORD_BYTES);
  const high = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  return high >= 2 ** 21 ? Infinity : relocations.pointerAt(address);
}

/** A module whose parts are known, or an error that says what is missing. */
export function requireParts(module: ModuleData | undefined): ModuleParts {
  if (module?.parts !== undefined) return module.parts;
  throw new FormatError("Cannot find the runtime's type metadata: its module data has an unknown form", {
    hint: "Trace a build that has its DWARF, and report this with the output of `go version -m`.",
  });
}
