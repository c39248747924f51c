/**
 * Debugging information, DWARF 2 to 5. Comes in: the sections, by name, as `Source`s of inflated bytes. Goes out: a
 * {@linkcode Dwarf} with its units, walks over their entries that make nothing for an entry ({@linkcode EntryCursor}),
 * ranges of addresses, and where a variable is ({@linkcode locationAt}). It knows nothing of ELF, and of Go only the
 * attributes' numbers. Everything is read lazily and from the front; what is damaged is a `FormatError`.
 *
 * Imports base. Used by go, probe and trace.
 *
 * @module
 */
export { DW_AT, DW_FORM, DW_TAG } from "./constants.ts";
export { Dwarf } from "./dwarf.ts";
export type { EntryCursor } from "./entry_cursor.ts";
export { locationAt, type Piece } from "./location.ts";
export { readRanges } from "./ranges.ts";
export type { Unit } from "./unit.ts";
