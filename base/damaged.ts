import { FormatError } from "./errors.ts";

/** What to do about a file whose bytes contradict their format. */
export const DAMAGED_HINT =
  "The file may be truncated, still being written, or damaged; copy or build it again.";

/** An error about the bytes at a place of a section or table, to throw. */
export function damaged(name: string, offset: number, what: string): FormatError {
  return new FormatError(`Cannot read ${name} at 0x${offset.toString(16)}: ${what}`, { hint: DAMAGED_HINT });
}
