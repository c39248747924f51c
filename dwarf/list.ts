import { Cursor } from "../base/mod.ts";
import type { DW_LLE, DW_RLE } from "./constants.ts";
import type { Dwarf } from "./dwarf.ts";
import { signedAt, unsignedAt, wrappedUleb128 } from "./section.ts";
import type { Unit } from "./unit.ts";

/** Code from `begin` to before `end`, virtual addresses. */
export interface AddressRange {
  readonly begin: number;
  readonly end: number;
}

/** What an entry of a range or location list says first: the code that it is about, or a base for those behind it. */
export type Bounds = AddressRange | { readonly base: number };

/** Bytes of a list that are read at first: most have a few entries. */
const FIRST_BYTES = 4096;
/** The longest bounds of DWARF 5 with their kind: two numbers of 64 bits in ULEB128. */
export const MAX_BOUNDS_BYTES = 21;

/** The place of a list from the table of offsets at the beginning of the unit's part. */
export function indexedList(dwarf: Dwarf, unit: Unit, section: string, base: number, index: number): number {
  const bytes = dwarf.section(section).read(base + index * unit.offsetSize, unit.offsetSize);
  return base + unsignedAt(bytes, 0, unit.offsetSize);
}

/**
 * Reads a list whose length is written nowhere: with more bytes as long as it is cut off.
 *
 * @param read gives undefined when the bytes end before the list does. Where `isLast`, they are the section's last: then
 * a list that is cut off is an error, not a reason to read on.
 * @throws {FormatError} when the section ends before the list does.
 */
export function readList<T>(
  dwarf: Dwarf,
  section: string,
  offset: number,
  read: (cursor: Cursor, isLast: boolean) => T | undefined,
): T {
  const source = dwarf.section(section);
  for (let length = FIRST_BYTES;; length *= 4) {
    const rest = Math.max(0, source.size - offset);
    if (length > FIRST_BYTES) dwarf.spend(Math.min(rest, length));
    const cursor = new Cursor(source.read(offset, Math.min(rest, length)), { name: section, base: offset });
    const result = read(cursor, length >= rest);
    if (result !== undefined) return result;
    if (length >= rest) throw cursor.error("a list has no end");
  }
}

/**
 * The bounds of the next entry of a list to DWARF 4, two addresses of `size` bytes; undefined at the list's end. Source:
 * DWARF 4, sections 2.6.2 and 2.17.3.
 */
export function readAddressPair(cursor: Cursor, size: number, base: number): Bounds | undefined {
  const [begin, end] = [signedAt(cursor.take(size), 0, size), signedAt(cursor.take(size), 0, size)];
  if (begin === 0 && end === 0) return undefined;
  // The largest address there is: the second word is a new base.
  return begin === -1 ? { base: end } : { begin: base + begin, end: base + end };
}

/**
 * The bounds of an entry of a list of DWARF 5, behind its kind; undefined for a kind that has none. Source: DWARF 5,
 * sections 2.6.2 and 2.17.3.
 *
 * @param kinds the numbers that the kinds have in this list
 * @param base what pairs of offsets count from
 */
export function readBounds(
  dwarf: Dwarf,
  unit: Unit,
  cursor: Cursor,
  kinds: typeof DW_LLE | typeof DW_RLE,
  kind: number,
  base: number,
): Bounds | undefined {
  const indexed = () => dwarf.indexedAddress(unit, cursor.uleb128());
  const address = () => unsignedAt(cursor.take(unit.addressSize), 0, unit.addressSize);
  switch (kind) {
    case kinds.base_addressx:
      return { base: indexed() };
    case kinds.base_address:
      return { base: address() };
    case kinds.startx_endx:
      return { begin: indexed(), end: indexed() };
    case kinds.startx_length:
      return rangeOf(indexed(), cursor.uleb128());
    case kinds.offset_pair:
      return { begin: base + wrappedUleb128(cursor), end: base + wrappedUleb128(cursor) };
    case kinds.start_end:
      return { begin: address(), end: address() };
    case kinds.start_length:
      return rangeOf(address(), cursor.uleb128());
    default:
      return undefined;
  }
}

function rangeOf(begin: number, length: number): AddressRange {
  return { begin, end: begin + length };
}
