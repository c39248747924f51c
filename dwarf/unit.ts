import { Cursor, damaged, type Source } from "../base/mod.ts";
import { AbbreviationTable } from "./abbreviation.ts";
import { DW_UT } from "./constants.ts";
import type { Encoding } from "./form.ts";

/** One unit of `.debug_info`: what its header says. Source: DWARF 5, section 7.5.1. */
export interface Unit extends Encoding {
  /** Where its header begins in `.debug_info`. References within the unit count from here. */
  readonly offset: number;
  /** Where its first entry begins. */
  readonly firstEntry: number;
  /** The first byte behind it. */
  readonly end: number;
  readonly abbreviations: AbbreviationTable;
}

/** The longest header: 64-bit, a type unit. */
const MAX_HEADER = 12 + 2 + 1 + 1 + 8 + 8 + 8;

/**
 * Reads the header at `offset` of `.debug_info`. Byte order is little-endian, as all that this project reads.
 *
 * @param tableOf gives the abbreviations at an offset of `.debug_abbrev`
 * @throws {FormatError} when it is cut off, longer than the section, or of another version than 2 to 5.
 */
export function readUnit(
  info: Source,
  offset: number,
  tableOf: (offset: number, encoding: Encoding) => AbbreviationTable,
): Unit {
  const bytes = info.read(offset, Math.min(MAX_HEADER, info.size - offset));
  const cursor = new Cursor(bytes, { name: ".debug_info", base: offset });
  const short = cursor.u32();
  const offsetSize = short === 0xffffffff ? 8 : 4;
  if (short >= 0xfffffff0 && offsetSize === 4) {
    throw damaged(".debug_info", offset, `0x${short.toString(16)} is no length of a unit`);
  }
  const length = offsetSize === 8 ? cursor.u64() : short;
  const end = offset + cursor.position + length;
  if (end > info.size) throw damaged(".debug_info", offset, `a unit claims ${length} bytes`);
  const version = cursor.u16();
  if (version < 2 || version > 5) {
    throw damaged(".debug_info", offset, `unit version ${version} is not supported`);
  }
  let type: number = DW_UT.compile;
  let addressSize = 0;
  if (version >= 5) {
    type = cursor.u8();
    addressSize = cursor.u8();
  }
  const abbreviations = cursor.word(offsetSize);
  if (version < 5) addressSize = cursor.u8();
  if (addressSize !== 8 && addressSize !== 4) {
    throw damaged(".debug_info", offset, `addresses of ${addressSize} bytes are not supported`);
  }
  if (type === DW_UT.type || type === DW_UT.split_type) cursor.skip(8 + offsetSize);
  else if (type === DW_UT.skeleton || type === DW_UT.split_compile) cursor.skip(8);
  const firstEntry = offset + cursor.position;
  if (firstEntry > end) throw damaged(".debug_info", offset, "a unit is shorter than its header");
  const encoding: Encoding = { version, addressSize, offsetSize };
  return { offset, firstEntry, end, ...encoding, abbreviations: tableOf(abbreviations, encoding) };
}
