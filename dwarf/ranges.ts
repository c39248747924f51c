import { DW_AT, DW_FORM, DW_RLE } from "./constants.ts";
import type { Dwarf } from "./dwarf.ts";
import type { EntryCursor } from "./entry_cursor.ts";
import {
  type AddressRange,
  indexedList,
  MAX_BOUNDS_BYTES,
  readAddressPair,
  readBounds,
  readList,
} from "./list.ts";
import type { Unit } from "./unit.ts";

/** One unit has at most one range for each of its functions. */
const MAX_RANGES = 1 << 17;

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

function readListVersion4(dwarf: Dwarf, unit: Unit, offset: number, lowPc: number): AddressRange[] {
  return readList(dwarf, ".debug_ranges", offset, (cursor) => {
    const ranges: AddressRange[] = [];
    for (let base = lowPc; cursor.remaining >= 2 * unit.addressSize;) {
      const bounds = readAddressPair(cursor, unit.addressSize, base);
      if (bounds === undefined) return ranges;
      if ("base" in bounds) base = bounds.base;
      else ranges.push(bounds);
      if (ranges.length > MAX_RANGES) throw cursor.error("a list is too long");
    }
    return undefined;
  });
}

function readListVersion5(dwarf: Dwarf, unit: Unit, offset: number, lowPc: number): AddressRange[] {
  return readList(dwarf, ".debug_rnglists", offset, (cursor, isLast) => {
    const ranges: AddressRange[] = [];
    // An entry that begins this early is whole.
    for (let base = lowPc; cursor.remaining >= MAX_BOUNDS_BYTES || isLast;) {
      const kind = cursor.u8();
      if (kind === DW_RLE.end_of_list) return ranges;
      const bounds = readBounds(dwarf, unit, cursor, DW_RLE, kind, base);
      if (bounds === undefined) throw cursor.error(`range list entry ${kind} is not known`);
      if ("base" in bounds) base = bounds.base;
      else ranges.push(bounds);
      if (ranges.length > MAX_RANGES) throw cursor.error("a list is too long");
    }
    return undefined;
  });
}
