import { Cursor } from "../base/mod.ts";
import { DW_AT, DW_FORM, DW_LLE, DW_OP } from "./constants.ts";
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

/** Where a part of a value is. */
export type Place =
  /** In the register of that number; which one it is, the architecture's ABI says. */
  | { readonly kind: "register"; readonly number: number }
  /** In memory, so many bytes from the function's frame base. */
  | { readonly kind: "frame"; readonly offset: number }
  /** Nowhere: the compiler dropped it, or it is described in a way that is not understood. */
  | { readonly kind: "unknown" };

/** A part of a value: its place, and its length in bytes; undefined is all of the value. */
export interface Piece {
  readonly place: Place;
  readonly size: number | undefined;
}

/** The longest length of an expression: a number of 64 bits in ULEB128. */
const MAX_LENGTH_BYTES = 10;
/** Where no other location is said to be. */
const EVERYWHERE: AddressRange = { begin: 0, end: Infinity };
/** Entries of one list. */
const MAX_ENTRIES = 1 << 16;
/** A value in more parts than this is not what a calling convention passes in registers. */
const MAX_PIECES = 256;

/**
 * Where a variable or parameter is when the program counter is at `pc`, as the entry at which `cursor` stands says;
 * undefined when it does not say.
 *
 * @throws {FormatError} when its location list is damaged.
 */
export function locationAt(dwarf: Dwarf, cursor: EntryCursor, pc: number): readonly Piece[] | undefined {
  const block = cursor.block(DW_AT.location);
  if (block !== undefined) return readExpression(block);
  const value = cursor.number(DW_AT.location);
  if (value === undefined) return undefined;
  const { unit } = cursor;
  const expression = unit.version < 5
    ? listVersion4(dwarf, unit, value, pc)
    : listVersion5(dwarf, unit, listOffset(dwarf, cursor, value), pc);
  return expression === undefined ? undefined : readExpression(expression);
}

/** The value itself, or what the table of offsets has under that index. */
function listOffset(dwarf: Dwarf, cursor: EntryCursor, value: number): number {
  if (cursor.form(DW_AT.location) !== DW_FORM.loclistx) return value;
  const { unit } = cursor;
  return indexedList(dwarf, unit, ".debug_loclists", dwarf.unitEntry(unit).bases.loclists, value);
}

/** The expression of `.debug_loc` for `pc`. Source: DWARF 4, section 2.6.2. */
function listVersion4(dwarf: Dwarf, unit: Unit, offset: number, pc: number): Uint8Array | undefined {
  const size = unit.addressSize;
  return readList<{ expression: Uint8Array | undefined }>(dwarf, ".debug_loc", offset, (cursor) => {
    let base = dwarf.unitEntry(unit).lowPc ?? 0;
    for (let count = 0; cursor.remaining >= 2 * size; count++) {
      if (count > MAX_ENTRIES) throw cursor.error("a list is too long");
      const bounds = readAddressPair(cursor, size, base);
      if (bounds === undefined) return { expression: undefined };
      if ("base" in bounds) {
        base = bounds.base;
        continue;
      }
      if (cursor.remaining < 2) return undefined;
      const length = cursor.u16();
      if (cursor.remaining < length) return undefined;
      const expression = cursor.take(length);
      if (pc >= bounds.begin && pc < bounds.end) return { expression };
    }
    return undefined;
  }).expression;
}

/** The expression of `.debug_loclists` for `pc`. Source: DWARF 5, section 7.29. */
function listVersion5(dwarf: Dwarf, unit: Unit, offset: number, pc: number): Uint8Array | undefined {
  const name = ".debug_loclists";
  return readList<{ expression: Uint8Array | undefined }>(dwarf, name, offset, (cursor, isLast) => {
    let base = dwarf.unitEntry(unit).lowPc ?? 0;
    let fallback: Uint8Array | undefined;
    for (let count = 0; cursor.remaining >= MAX_BOUNDS_BYTES + MAX_LENGTH_BYTES || isLast; count++) {
      if (count > MAX_ENTRIES) throw cursor.error("a list is too long");
      const kind = cursor.u8();
      if (kind === DW_LLE.end_of_list) return { expression: fallback };
      const isDefault = kind === DW_LLE.default_location;
      const bounds = isDefault ? EVERYWHERE : readBounds(dwarf, unit, cursor, DW_LLE, kind, base);
      if (bounds === undefined) throw cursor.error(`location list entry ${kind} is not known`);
      if ("base" in bounds) {
        base = bounds.base;
        continue;
      }
      const length = cursor.uleb128();
      if (!isLast && cursor.remaining < length) return undefined;
      const expression = cursor.take(length);
      if (isDefault) fallback = expression;
      else if (pc >= bounds.begin && pc < bounds.end) return { expression };
    }
    return undefined;
  }).expression;
}

/**
 * A location expression's parts in order; undefined when it is empty. Only what Go writes is understood: registers, the
 * frame base and places that count from it. Source: DWARF 5, section 2.6; Go's src/cmd/compile/internal/ssa/debug.go.
 *
 * @throws {FormatError} when an operation is cut off.
 */
export function readExpression(expression: Uint8Array): readonly Piece[] | undefined {
  if (expression.length === 0) return undefined;
  const cursor = new Cursor(expression, { name: "a location expression" });
  const pieces: Piece[] = [];
  let place: Place = { kind: "unknown" };
  while (cursor.remaining > 0) {
    const operation = cursor.u8();
    if (operation >= DW_OP.reg0 && operation <= DW_OP.reg31) {
      place = { kind: "register", number: operation - DW_OP.reg0 };
    } else if (operation === DW_OP.regx) place = { kind: "register", number: cursor.uleb128() };
    else if (operation === DW_OP.fbreg) place = { kind: "frame", offset: cursor.sleb128() };
    else if (operation === DW_OP.call_frame_cfa) place = { kind: "frame", offset: 0 };
    else if (operation === DW_OP.piece) {
      if (pieces.length === MAX_PIECES) throw cursor.error("there are too many pieces");
      pieces.push({ place, size: cursor.uleb128() });
      place = { kind: "unknown" };
    } else return [{ place: { kind: "unknown" }, size: undefined }];
  }
  return pieces.length > 0 ? pieces : [{ place, size: undefined }];
}
