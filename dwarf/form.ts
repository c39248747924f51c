import { DW_FORM } from "./constants.ts";

/** What the length of an attribute's value depends on. */
export interface Encoding {
  readonly version: number;
  /** Bytes of an address: 4 or 8. */
  readonly addressSize: number;
  /** Bytes of an offset into a section: 4, or 8 in 64-bit DWARF. */
  readonly offsetSize: number;
}

/** How a value is stepped over, where its length is not a fixed number of bytes (those are 0 and more). */
export const SKIP = {
  leb128: -1,
  cstring: -2,
  /** A length in one byte, and so many bytes. */
  block1: -3,
  block2: -4,
  block4: -5,
  /** A length in ULEB128, and so many bytes. */
  block: -6,
  /** The form itself stands before the value. */
  indirect: -7,
} as const;

const FIXED: Readonly<Record<number, number>> = {
  [DW_FORM.data1]: 1,
  [DW_FORM.data2]: 2,
  [DW_FORM.data4]: 4,
  [DW_FORM.data8]: 8,
  [DW_FORM.data16]: 16,
  [DW_FORM.flag]: 1,
  [DW_FORM.flag_present]: 0,
  [DW_FORM.implicit_const]: 0,
  [DW_FORM.ref1]: 1,
  [DW_FORM.ref2]: 2,
  [DW_FORM.ref4]: 4,
  [DW_FORM.ref8]: 8,
  [DW_FORM.ref_sig8]: 8,
  [DW_FORM.ref_sup4]: 4,
  [DW_FORM.ref_sup8]: 8,
  [DW_FORM.strx1]: 1,
  [DW_FORM.strx2]: 2,
  [DW_FORM.strx3]: 3,
  [DW_FORM.strx4]: 4,
  [DW_FORM.addrx1]: 1,
  [DW_FORM.addrx2]: 2,
  [DW_FORM.addrx3]: 3,
  [DW_FORM.addrx4]: 4,
  [DW_FORM.sdata]: SKIP.leb128,
  [DW_FORM.udata]: SKIP.leb128,
  [DW_FORM.ref_udata]: SKIP.leb128,
  [DW_FORM.strx]: SKIP.leb128,
  [DW_FORM.addrx]: SKIP.leb128,
  [DW_FORM.loclistx]: SKIP.leb128,
  [DW_FORM.rnglistx]: SKIP.leb128,
  [DW_FORM.GNU_addr_index]: SKIP.leb128,
  [DW_FORM.GNU_str_index]: SKIP.leb128,
  [DW_FORM.string]: SKIP.cstring,
  [DW_FORM.block1]: SKIP.block1,
  [DW_FORM.block2]: SKIP.block2,
  [DW_FORM.block4]: SKIP.block4,
  [DW_FORM.block]: SKIP.block,
  [DW_FORM.exprloc]: SKIP.block,
  [DW_FORM.indirect]: SKIP.indirect,
};

const OFFSETS: ReadonlySet<number> = new Set([
  DW_FORM.sec_offset,
  DW_FORM.strp,
  DW_FORM.line_strp,
  DW_FORM.strp_sup,
  DW_FORM.GNU_ref_alt,
  DW_FORM.GNU_strp_alt,
]);

/** The number of bytes of a value in this form, or one of {@linkcode SKIP}; undefined for a form that is not known. */
export function skipOf(form: number, encoding: Encoding): number | undefined {
  if (form === DW_FORM.addr) return encoding.addressSize;
  // DWARF 2 wrote it as an address.
  if (form === DW_FORM.ref_addr) return encoding.version === 2 ? encoding.addressSize : encoding.offsetSize;
  return OFFSETS.has(form) ? encoding.offsetSize : FIXED[form];
}
