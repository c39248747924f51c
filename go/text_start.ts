import { Cursor, TargetError } from "../base/mod.ts";
import { type ElfFile, PF, type RelativeRelocations } from "../elf/mod.ts";
import type { PclntabLocation } from "./pclntab_location.ts";

/**
 * Words of runtime.moduledata from Go 1.26: the first points to pclntab, these are addresses in the text. Source: Go's
 * src/runtime/symtab.go; measured.
 */
const Word = { pclntab: 0, minpc: 20, maxpc: 21, text: 22, etext: 23 } as const;
const WORD_BYTES = 8;
const MODULE_WORDS = 24;
const CHUNK_BYTES = 1 << 20;

/**
 * The address that the functions' offsets count from, `runtime.text`: from Go 1.18 to 1.25 the header has it, later
 * ones have it in the runtime's module data only. It is not the start of `.text`, which a link by gcc fills with C
 * first. 0 before Go 1.18, where addresses are whole.
 *
 * @throws {TargetError} when it cannot be found.
 */
export function findTextStart(
  elf: ElfFile,
  { address, table, header }: PclntabLocation,
  relocations: RelativeRelocations,
): number {
  if (header.textStartOffset === undefined) return 0;
  const stated = relocations.pointerAt(address + header.textStartOffset);
  if (stated !== 0) return stated;
  const first = new Cursor(table.read(header.functionsOffset, 4), { name: ".gopclntab" }).u32();
  for (const module of candidates(elf, address, relocations)) {
    const word = (index: number) => relocations.pointerAt(module + index * WORD_BYTES);
    const [text, etext, minpc, maxpc] = [
      word(Word.text),
      word(Word.etext),
      word(Word.minpc),
      word(Word.maxpc),
    ];
    if (text !== 0 && minpc === text + first && text <= minpc && minpc < maxpc && maxpc <= etext) return text;
  }
  throw new TargetError("the start of its Go code cannot be found", {
    hint: "Trace a build that has its symbols, and report this with the output of `go version -m`.",
  });
}

/** Addresses that may be runtime.firstmoduledata's: its own section, or wherever a word points to pclntab. */
function* candidates(elf: ElfFile, pclntab: number, relocations: RelativeRelocations): Generator<number> {
  const section = elf.section(".go.module");
  if (section !== undefined && section.size >= MODULE_WORDS * WORD_BYTES) yield section.address;
  // Where pointers are relocations, the words in the file may be zero.
  yield* relocations.addressesOf(pclntab);
  for (const { flags, address, offset, fileSize } of elf.loads) {
    if ((flags & PF.W) === 0) continue;
    const first = (WORD_BYTES - address % WORD_BYTES) % WORD_BYTES;
    for (let start = first; start + WORD_BYTES <= fileSize; start += CHUNK_BYTES) {
      const length = Math.min(CHUNK_BYTES, fileSize - start);
      const bytes = elf.source.read(offset + start, length);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at + WORD_BYTES <= length; at += WORD_BYTES) {
        const high = view.getUint32(at + 4, true);
        if (high * 2 ** 32 + view.getUint32(at, true) !== pclntab) continue;
        const module = address + start + at;
        if (elf.segmentAt(module, MODULE_WORDS * WORD_BYTES) !== undefined) yield module;
      }
    }
  }
}
