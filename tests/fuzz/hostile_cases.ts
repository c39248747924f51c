/**
 * Files that somebody made to take long, or much memory, or forever: types and debugging information that refer to
 * themselves, and few bytes that are referred to often. Each case makes its file, and gives what is done with it.
 *
 * @module
 */
import { DWARF_CASES } from "./hostile_dwarf.ts";
import type { Action } from "./hostile_reading.ts";
import { SYMBOL_CASES } from "./hostile_symbols.ts";
import { TYPE_CASES } from "./hostile_types.ts";

/** All cases, by what they are. */
export const CASES: Readonly<Record<string, () => Action>> = {
  ...TYPE_CASES,
  ...DWARF_CASES,
  ...SYMBOL_CASES,
};
