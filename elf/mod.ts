/**
 * ELF executables. Comes in: a {@linkcode Source} over the file's bytes. Goes out: an {@linkcode ElfFile} with the
 * header, segments and sections, bytes by virtual address or by section (inflated where compressed), the file offset
 * of an address, notes, the symbols of `.symtab`, and the relative relocations of a PIE. Everything is read in parts
 * and on demand; every number in the file is a claim that is checked, and what is wrong is a `FormatError`, or a
 * `TargetError` where the file is sound but cannot be traced.
 *
 * Imports base, and node:zlib. Used by go, probe and trace.
 *
 * @module
 */
export * from "./constants.ts";
export * from "./elf_file.ts";
export type { ElfHeader, Machine } from "./header.ts";
export type { Note } from "./note.ts";
export { RelativeRelocations } from "./relocation.ts";
export type { Section } from "./section.ts";
export type { Segment } from "./segment.ts";
export { type StringMatches, StringTable } from "./string_table.ts";
export type { ElfSymbol } from "./symbol.ts";
export { SubSource } from "./sub_source.ts";
export { readSymbols, SymbolTable } from "./symbol_table.ts";
