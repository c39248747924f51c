import { type Source, TargetError } from "../base/mod.ts";
import { type ElfFile, PF, SHF, SubSource } from "../elf/mod.ts";
import { PCLNTAB_MAGICS, type PclntabHeader, readPclntabHeader } from "./pclntab_header.ts";

/** Where an executable's pclntab is. */
export interface PclntabLocation {
  /** Virtual address of its first byte. */
  readonly address: number;
  /** Its bytes; what lies behind it in the same section may follow. */
  readonly table: Source;
  readonly header: PclntabHeader;
}

const SECTIONS = [".gopclntab", ".data.rel.ro.gopclntab"];
/** The linker aligns the table so. */
const ALIGNMENT = 16;
const CHUNK_BYTES = 1 << 20;

/**
 * Finds the table: in its own section, or in another that is loaded and not executable, by its magic number. Links
 * by gcc of position-independent executables leave it inside `.data.rel.ro`, and a file may have no sections at all.
 *
 * @throws {TargetError} when there is none.
 * @throws {FormatError} when its own section holds something else.
 */
export function locatePclntab(elf: ElfFile): PclntabLocation {
  for (const name of SECTIONS) {
    const section = elf.section(name);
    if (section === undefined) continue;
    const table = elf.sectionData(section);
    return { address: section.address, table, header: readPclntabHeader(table) };
  }
  for (const { address, data } of places(elf)) {
    const found = search(address, data);
    if (found !== undefined) return found;
  }
  throw new TargetError("it has no pclntab, the table of Go's functions", {
    hint: "It may be packed (upx) or damaged; trace the executable as `go build` makes it.",
  });
}

/** Where to look, the likely ones first. */
function* places(elf: ElfFile): Generator<{ address: number; data: Source }> {
  const likely = (name: string) => name.startsWith(".data.rel.ro") || name.startsWith(".rodata") ? 0 : 1;
  const sections = elf.sections
    .filter(({ flags }) => (flags & SHF.ALLOC) !== 0 && (flags & SHF.EXECINSTR) === 0)
    .sort((a, b) => likely(a.name) - likely(b.name));
  for (const section of sections) yield { address: section.address, data: elf.sectionData(section) };
  if (elf.sections.length > 0) return;
  for (const { flags, address, offset, fileSize } of elf.loads) {
    if ((flags & PF.X) === 0) {
      yield { address, data: new SubSource(elf.source, offset, fileSize, "a loaded segment") };
    }
  }
}

/** The first place at which a whole, sensible header stands. */
function search(address: number, data: Source): PclntabLocation | undefined {
  const first = (ALIGNMENT - address % ALIGNMENT) % ALIGNMENT;
  for (let start = first; start + 8 <= data.size; start += CHUNK_BYTES) {
    const bytes = data.read(start, Math.min(CHUNK_BYTES, data.size - start));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += ALIGNMENT) {
      if (!PCLNTAB_MAGICS.has(view.getUint32(at, true)) || view.getUint16(at + 4, true) !== 0) continue;
      const table = new SubSource(data, start + at, data.size - start - at, "pclntab");
      const header = tryHeader(table);
      if (header !== undefined) return { address: address + start + at, table, header };
    }
  }
  return undefined;
}

function tryHeader(table: Source): PclntabHeader | undefined {
  try {
    return readPclntabHeader(table);
  } catch {
    // Four bytes that look like the magic number and are not: other data.
    return undefined;
  }
}
