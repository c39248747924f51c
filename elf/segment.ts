import { Cursor, DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import { PN_XNUM } from "./constants.ts";
import type { ElfHeader } from "./header.ts";
import { readSectionZero } from "./section.ts";

/** A program header: what the kernel maps, and the notes. Source: the System V gABI, `Elf64_Phdr`. */
export interface Segment {
  /** `p_type`, one of {@linkcode PT} or another. */
  readonly type: number;
  /** `p_flags`, bits of {@linkcode PF}. */
  readonly flags: number;
  /** Place in the file. */
  readonly offset: number;
  /** Virtual address, before the load base is added. */
  readonly address: number;
  /** Bytes in the file. */
  readonly fileSize: number;
  /** Bytes in memory; what exceeds `fileSize` is zero. */
  readonly memorySize: number;
}

/** The size of `Elf64_Phdr`. */
const PROGRAM_HEADER_SIZE = 56;

/** More than any linker writes; the kernel itself refuses program headers beyond 64 KiB (fs/binfmt_elf.c). */
const MAX_SEGMENTS = 65536;

/**
 * Reads the program headers, in the file's order.
 *
 * @throws {FormatError} when they do not lie in the file or have an unknown size.
 */
export function readSegments(source: Source, header: ElfHeader): readonly Segment[] {
  const count = header.programHeaderCount === PN_XNUM && header.sectionHeaderOffset !== 0
    ? readSectionZero(source, header).info
    : header.programHeaderCount;
  if (count === 0 || header.programHeaderOffset === 0) return [];
  if (header.programHeaderSize !== PROGRAM_HEADER_SIZE || count > MAX_SEGMENTS) {
    throw new FormatError(
      `Cannot read the program headers: ${count} of ${header.programHeaderSize} bytes are claimed`,
      { hint: DAMAGED_HINT },
    );
  }
  const table = new Cursor(source.read(header.programHeaderOffset, count * PROGRAM_HEADER_SIZE), {
    name: "the program headers",
    base: header.programHeaderOffset,
  });
  const segments: Segment[] = [];
  for (let i = 0; i < count; i++) {
    const type = table.u32();
    const flags = table.u32();
    const offset = table.u64();
    const address = table.u64();
    table.skip(8); // p_paddr has no meaning on Linux.
    const fileSize = table.u64();
    const memorySize = table.u64();
    table.skip(8); // p_align matters to the loader only.
    segments.push({ type, flags, offset, address, fileSize, memorySize });
  }
  return segments;
}
