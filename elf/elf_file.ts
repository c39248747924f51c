import { Cursor, FormatError, type Source } from "../base/mod.ts";
import { ELFCOMPRESS, PF, PT, SHF, SHT } from "./constants.ts";
import { type ElfHeader, readHeader } from "./header.ts";
import { InflatedSource } from "./inflate.ts";
import { type Note, readNotes } from "./note.ts";
import { readSections, type Section } from "./section.ts";
import { readSegments, type Segment } from "./segment.ts";
import { SubSource } from "./sub_source.ts";

/**
 * An ELF executable, read lazily: the header and the segments at once, everything else when it is asked for.
 *
 * @example
 * ```ts
 * const elf = new ElfFile(source);
 * const text = elf.section(".text");
 * const code = elf.readAddress(elf.header.entry, 16);
 * ```
 */
export class ElfFile {
  /** The whole file. */
  readonly source: Source;
  readonly header: ElfHeader;
  /** All program headers, in the file's order. */
  readonly segments: readonly Segment[];
  readonly #loads: readonly Segment[];
  #sections: readonly Section[] | undefined;

  /**
   * @throws {TargetError} when it is not an ELF executable of a known kind.
   * @throws {FormatError} when the headers contradict the format.
   */
  constructor(source: Source) {
    this.source = source;
    this.header = readHeader(source);
    this.segments = readSegments(source, this.header);
    this.#loads = this.segments.filter((segment) => segment.type === PT.LOAD);
  }

  /** All section headers; empty when the file has none. Throws a FormatError when the table is damaged. */
  get sections(): readonly Section[] {
    return this.#sections ??= readSections(this.source, this.header);
  }

  /**
   * Checks that every section and segment lies in the file: one that is cut off or still being written does not.
   *
   * @throws {FormatError} naming the first that does not.
   */
  checkComplete(): void {
    const parts = [
      ...this.sections.filter(({ type }) => type !== SHT.NOBITS && type !== SHT.NULL)
        .map(({ name, offset, size }) => ({
          name: name === "" ? "a section" : `section ${name}`,
          end: offset + size,
        })),
      ...this.#loads.map(({ offset, fileSize }) => ({ name: "a loaded segment", end: offset + fileSize })),
    ];
    const cut = parts.find(({ end }) => end > this.source.size);
    if (cut === undefined) return;
    throw new FormatError(
      `the file is cut off: it has ${this.source.size} bytes, and ${cut.name} ends at ${cut.end}`,
      {
        hint: "It may still be being written; wait, or copy or build it again.",
      },
    );
  }

  /** Whether the kernel starts it through a dynamic linker. */
  get hasInterpreter(): boolean {
    return this.segments.some((segment) => segment.type === PT.INTERP);
  }

  /** The segments that are mapped. */
  get loads(): readonly Segment[] {
    return this.#loads;
  }

  /** The first section of that name. */
  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** The section that a virtual address lies in, of those that are loaded. */
  sectionAt(address: number): Section | undefined {
    return this.sections.find((section) =>
      (section.flags & SHF.ALLOC) !== 0 && address >= section.address &&
      address < section.address + section.size
    );
  }

  /**
   * A section's bytes, as the program sees them: a compressed one (`SHF_COMPRESSED`, `.zdebug_*`) reads inflated, and
   * only as far as it is read. A `NOBITS` section is empty: it has no bytes in the file.
   *
   * @throws {FormatError} when the section does not lie in the file, or its compression is damaged or unknown.
   */
  sectionData(section: Section): Source {
    if (section.type === SHT.NOBITS || section.type === SHT.NULL) {
      return new SubSource(this.source, 0, 0, section.name);
    }
    const data = new SubSource(this.source, section.offset, section.size, section.name);
    if ((section.flags & SHF.COMPRESSED) !== 0) return inflatedSection(data, section);
    return section.name.startsWith(".zdebug_") ? inflatedGnuSection(data, section) : data;
  }

  /**
   * The bytes of the section of that name, `.zdebug_x` standing for `.debug_x`; undefined when there is none.
   *
   * @throws {FormatError} as {@linkcode sectionData}.
   */
  sectionDataByName(name: string): Source | undefined {
    const section = this.section(name) ??
      (name.startsWith(".debug_") ? this.section(`.zdebug_${name.slice(".debug_".length)}`) : undefined);
    return section === undefined ? undefined : this.sectionData(section);
  }

  /** The segment whose bytes in the file hold `length` bytes at a virtual address. */
  segmentAt(address: number, length = 1): Segment | undefined {
    return this.#loads.find((segment) =>
      address >= segment.address && address + length <= segment.address + segment.fileSize
    );
  }

  /** Whether an address is in `.bss`: in a segment's memory, behind its bytes in the file. It is zero at the start. */
  isZeroAtStart(address: number, length = 1): boolean {
    return this.#loads.some((segment) =>
      address >= segment.address + segment.fileSize &&
      address + length <= segment.address + segment.memorySize
    );
  }

  /**
   * Where a virtual address lies in the file: what the kernel wants for a uprobe.
   *
   * @throws {FormatError} when no loaded segment has a byte of the file there (it may be in `.bss`).
   */
  addressToFileOffset(address: number): number {
    return this.#locate(address, 1);
  }

  /**
   * `length` bytes at a virtual address, as they are in the file: relocations are not applied.
   *
   * @throws {FormatError} when they do not lie in one loaded segment's bytes.
   */
  readAddress(address: number, length: number): Uint8Array {
    return this.source.read(this.#locate(address, length), length);
  }

  /** The first mapped segment that is writable and has bytes in the file: where Go's linker puts the build info. */
  get firstWritable(): Segment | undefined {
    return this.#loads.find((segment) => (segment.flags & PF.W) !== 0 && segment.fileSize > 0);
  }

  /**
   * The notes of the note segments, or of the note sections where there are no such segments.
   *
   * @throws {FormatError} when a note claims to be longer than its segment.
   */
  *notes(): Generator<Note> {
    const segments = this.segments.filter((segment) => segment.type === PT.NOTE);
    for (const { offset, fileSize } of segments) {
      yield* readNotes(new SubSource(this.source, offset, fileSize, "the notes"), "the notes");
    }
    if (segments.length > 0) return;
    for (const section of this.sections) {
      if (section.type === SHT.NOTE) yield* readNotes(this.sectionData(section), section.name);
    }
  }

  #locate(address: number, length: number): number {
    const segment = this.segmentAt(address, length);
    if (segment === undefined) {
      const range = length === 1 ? "" : `${length} bytes at `;
      throw new FormatError(
        `Cannot read ${range}address 0x${address.toString(16)}: no loaded segment has it in the file`,
        { hint: "The file may be damaged, or not the one that the process runs; build it again." },
      );
    }
    return segment.offset + (address - segment.address);
  }
}

/** `Elf64_Chdr`: type, reserved, size, alignment. */
const COMPRESSION_HEADER_SIZE = 24;

function inflatedSection(data: Source, section: Section): Source {
  const name = section.name;
  const header = new Cursor(data.read(0, Math.min(data.size, COMPRESSION_HEADER_SIZE)), { name });
  const type = header.u32();
  header.skip(4);
  const size = header.u64();
  header.skip(8);
  if (type !== ELFCOMPRESS.ZLIB) {
    const what = type === ELFCOMPRESS.ZSTD ? "Zstandard" : `method ${type}`;
    throw new FormatError(`Cannot inflate ${name}: it is compressed by ${what}, which is not supported`, {
      hint: "Decompress a copy first: objcopy --decompress-debug-sections FILE COPY.",
    });
  }
  const rest = data.size - COMPRESSION_HEADER_SIZE;
  return new InflatedSource(new SubSource(data, COMPRESSION_HEADER_SIZE, rest, name), size, name);
}

/** The older way, which Go used until 1.18: "ZLIB", then the inflated size as a big-endian 64-bit number. */
function inflatedGnuSection(data: Source, section: Section): Source {
  const name = section.name;
  const header = new Cursor(data.read(0, Math.min(data.size, 12)), { name, littleEndian: false });
  // A section that would not shrink is left as it is, under the same name.
  if (data.size < 12 || header.u32() !== 0x5a4c4942) return data;
  return new InflatedSource(new SubSource(data, 12, data.size - 12, name), header.u64(), name);
}
