import { Cursor } from "../base/mod.ts";
import { DW_AT, DW_FORM, DW_RLE } from "./constants.ts";
import type { Dwarf } from "./dwarf.ts";
import type { EntryCursor } from "./entry_cursor.ts";
import { signedAt, unsignedAt, wrappedUleb128 } from "./section.ts";
import type { Unit } from "./unit.ts";

/** Code from `begin` to before `end`, virtual addresses. */
export interface AddressRange {
  readonly begin: number;
  readonly end: number;
}

/** One unit has at most one range for each of its functions. */
const MAX_RANGES = 1 << 17;
/** Bytes of a list that are read at first: most units have a few ranges. */
export const LIST_BYTES = 4096;

/**
 * The ranges of the entry at which `cursor` stands, in the order of their list; empty when it has none. Source: DWARF 5,
 * sections 2.17.3 and 7.25; DWARF 4, section 2.17.3.
 *
 * @throws {FormatError} when the list is damaged.
 */
export function readRanges(dwarf: Dwarf, cursor: EntryCursor): AddressRange[] {
  const { unit } = cursor;
  const value = cursor.number(DW_AT.ranges);
  if (value === undefined) return [];
  const base = dwarf.unitEntry(unit).lowPc ?? 0;
  if (unit.version < 5) return readListVersion4(dwarf, unit, value, base);
  const offset = cursor.form(DW_AT.ranges) === DW_FORM.rnglistx
    ? indexedList(dwarf, unit, ".debug_rnglists", dwarf.unitEntry(unit).bases.rnglists, value)
    : value;
  return readListVersion5(dwarf, unit, offset, base);
}

/** The place of a list from the table of offsets at the beginning of the unit's part. */
export function indexedList(dwarf: Dwarf, unit: Unit, section: string, base: number, index: number): number {
  const bytes = dwarf.section(section).read(base + index * unit.offsetSize, unit.offsetSize);
  return base + unsignedAt(bytes, 0, unit.offsetSize);
}

/**
 * Reads a list whose length is written nowhere: with more bytes as long as it is cut off.
 *
 * @param read gives undefined when the bytes end before the list does
 * @throws {FormatError} when the section ends before the list does.
 */
export function readList<T>(
  dwarf: Dwarf,
  section: string,
  offset: number,
  read: (cursor: Cursor) => T | undefined,
): T {
  const source = dwarf.section(section);
  for (let length = LIST_BYTES;; length *= 4) {
    const rest = Math.max(0, source.size - offset);
    if (length > LIST_BYTES) dwarf.spend(Math.min(rest, length));
    const cursor = new Cursor(source.read(offset, Math.min(rest, length)), { name: section, base: offset });
    const result = read(cursor);
    if (result !== undefined) return result;
    if (length >= rest) throw cursor.error("a list has no end");
  }
}

function readListVersion4(dwarf: Dwarf, unit: Unit, offset: number, lowPc: number): AddressRange[] {
  const size = unit.addressSize;
  return readList(dwarf, ".debug_ranges", offset, (cursor) => {
    const ranges: AddressRange[] = [];
    for (let base = lowPc; cursor.remaining >= 2 * size;) {
      const [begin, end] = [signedAt(cursor.take(size), 0, size), signedAt(cursor.take(size), 0, size)];
      if (begin === 0 && end === 0) return ranges;
      // The largest address there is: the second word is a new base.
      if (begin === -1) base = end;
      else ranges.push({ begin: base + begin, end: base + end });
      if (ranges.length > MAX_RANGES) throw cursor.error("a list is too long");
    }
    return undefined;
  });
}

function readListVersion5(dwarf: Dwarf, unit: Unit, offset: number, lowPc: number): AddressRange[] {
  return readList(dwarf, ".debug_rnglists", offset, (cursor) => {
    const ranges: AddressRange[] = [];
    const add = (begin: number, end: number) => ranges.push({ begin, end });
    const indexed = () => dwarf.indexedAddress(unit, cursor.uleb128());
    const address = () => unsignedAt(cursor.take(unit.addressSize), 0, unit.addressSize);
    // An entry has at most 21 bytes, so one that begins this early is whole, unless the section ends.
    for (let base = lowPc; cursor.remaining >= 21 || endsHere(dwarf, ".debug_rnglists", offset, cursor);) {
      const kind = cursor.u8();
      if (kind === DW_RLE.end_of_list) return ranges;
      else if (kind === DW_RLE.base_addressx) base = indexed();
      else if (kind === DW_RLE.startx_endx) add(indexed(), indexed());
      else if (kind === DW_RLE.startx_length) addLength(add, indexed(), cursor.uleb128());
      else if (kind === DW_RLE.offset_pair) add(base + wrappedUleb128(cursor), base + wrappedUleb128(cursor));
      else if (kind === DW_RLE.base_address) base = address();
      else if (kind === DW_RLE.start_end) add(address(), address());
      else if (kind === DW_RLE.start_length) addLength(add, address(), cursor.uleb128());
      else throw cursor.error(`range list entry ${kind} is not known`);
      if (ranges.length > MAX_RANGES) throw cursor.error("a list is too long");
    }
    return undefined;
  });
}

/** Whether the cursor's bytes are the section's last: then a list that is cut off is an error, not a reason to read on. */
export function endsHere(dwarf: Dwarf, section: string, offset: number, cursor: Cursor): boolean {
  return offset + cursor.bytes.length >= dwarf.section(section).size;
}

function addLength(add: (begin: number, end: number) => void, begin: number, length: number): void {
  add(begin, begin + length);
}
