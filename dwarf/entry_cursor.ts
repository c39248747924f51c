import { Cursor, damaged, type Source } from "../base/mod.ts";
import type { Abbreviation } from "./abbreviation.ts";
import { DW_FORM } from "./constants.ts";
import { SKIP, skipOf } from "./form.ts";
import { decoder, unsignedAt } from "./section.ts";
import type { Unit } from "./unit.ts";

/** What values of an entry refer to: other sections. */
export interface ValueContext {
  /** The string of an index into the unit's part of `.debug_str_offsets`. */
  indexedString(unit: Unit, index: number): string;
  /** The string at an offset of `.debug_str` or `.debug_line_str`. */
  sectionString(section: ".debug_str" | ".debug_line_str", offset: number): string;
  /** The address of an index into the unit's part of `.debug_addr`. */
  indexedAddress(unit: Unit, index: number): number;
  /** Counts bytes that may be looked at again and again; see `Dwarf.spend`. */
  spend(bytes: number): void;
}

/** Bytes that a walk asks for at once. */
const WALK_BYTES = 256 * 1024;
/** Bytes that are asked for where one entry is looked at. */
const LOOK_BYTES = 1024;
/** Go's abbreviations have at most nine attributes, and no table is read that has more than this. */
const MAX_ATTRIBUTES = 256;

/**
 * A walk over the entries of one unit, parents before children. Nothing is made for an entry: it is stepped over, and
 * where its attributes begin is kept, so that those that are asked for can be read. Only a window of the section is
 * read at a time, so that a compressed section is inflated only as far as the walk goes.
 *
 * @example
 * ```ts
 * for (const cursor = dwarf.entries(unit); cursor.next();) {
 *   if (cursor.tag === DW_TAG.subprogram) names.push(cursor.text(DW_AT.name));
 * }
 * ```
 */
export class EntryCursor {
  readonly unit: Unit;
  /** The entry's place in `.debug_info`. */
  offset: number;
  tag = 0;
  /** 0 is the entry at which the walk began. */
  depth = -1;
  readonly #info: Source;
  readonly #context: ValueContext;
  readonly #walk: boolean;
  /** Where the next entry begins. */
  #position: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;
  #abbreviation: Abbreviation | undefined;
  #starts = new Int32Array(16);

  /** Prefer `Dwarf.entries` and `Dwarf.entryAt`. */
  constructor(info: Source, context: ValueContext, unit: Unit, offset: number, walk: boolean) {
    this.#info = info;
    this.#context = context;
    this.unit = unit;
    this.offset = offset;
    this.#position = offset;
    this.#walk = walk;
  }

  /**
   * Moves to the next entry; false at the end of the unit. A walk that began at an entry below the unit's own goes on
   * to the entries behind it, at depth 0, and ends where those do.
   *
   * @throws {FormatError} when an entry is cut off or has no abbreviation.
   */
  next(): boolean {
    if (this.#abbreviation?.hasChildren === true || this.depth < 0) this.depth++;
    for (;;) {
      if (this.#position >= this.unit.end) return false;
      let at = this.#position - this.#base;
      if (at < 0 || at >= this.#bytes.length) at = this.#fill(this.#windowLength());
      let end = this.#parse(at);
      while (end < 0) {
        const available = this.#bytes.length - at;
        if (this.#position + available >= this.unit.end) {
          throw damaged(".debug_info", this.#position, "an entry is cut off");
        }
        at = this.#fill(Math.max(LOOK_BYTES, 4 * available));
        end = this.#parse(at);
      }
      this.offset = this.#position;
      this.#position = this.#base + end;
      if (this.#abbreviation !== undefined) {
        this.tag = this.#abbreviation.tag;
        return true;
      }
      this.depth--;
      if (this.depth < 0) return false;
    }
  }

  /** Whether the entry has the attribute. */
  has(name: number): boolean {
    return this.#index(name) >= 0;
  }

  /** A string; undefined when the entry does not have it. */
  text(name: number): string | undefined {
    const index = this.#index(name);
    if (index < 0) return undefined;
    const at = this.#start(index);
    const form = this.#form(index);
    switch (form) {
      case DW_FORM.string: {
        const end = this.#bytes.indexOf(0, at);
        this.#context.spend(end - at);
        return decoder.decode(this.#bytes.subarray(at, end));
      }
      case DW_FORM.strp:
        return this.#context.sectionString(".debug_str", this.#fixed(at, this.unit.offsetSize));
      case DW_FORM.line_strp:
        return this.#context.sectionString(".debug_line_str", this.#fixed(at, this.unit.offsetSize));
      case DW_FORM.strx:
      case DW_FORM.GNU_str_index:
        return this.#context.indexedString(this.unit, this.#leb128(at));
      case DW_FORM.strx1:
      case DW_FORM.strx2:
      case DW_FORM.strx3:
      case DW_FORM.strx4:
        return this.#context.indexedString(this.unit, this.#fixed(at, form - DW_FORM.strx1 + 1));
      default:
        return undefined;
    }
  }

  /** The bytes of a string that stands in the entry itself (`DW_FORM_string`, as Go writes them); undefined for others. */
  inlineText(name: number): Uint8Array | undefined {
    const index = this.#index(name);
    if (index < 0 || this.#form(index) !== DW_FORM.string) return undefined;
    const at = this.#start(index);
    return this.#bytes.subarray(at, this.#bytes.indexOf(0, at));
  }

  /**
   * A number, an offset into a section, or a flag (1 or 0); undefined when the entry does not have it. One of 8 bytes
   * that is no safe integer is rounded.
   *
   * @throws {FormatError} when it has more than 64 bits.
   */
  number(name: number): number | undefined {
    const index = this.#index(name);
    if (index < 0) return undefined;
    const at = this.#start(index);
    switch (this.#form(index)) {
      case DW_FORM.flag:
      case DW_FORM.data1:
        return this.#bytes[at];
      case DW_FORM.data2:
        return this.#fixed(at, 2);
      case DW_FORM.data4:
        return this.#fixed(at, 4);
      case DW_FORM.data8:
        return this.#fixed(at, 8);
      case DW_FORM.flag_present:
        return 1;
      case DW_FORM.implicit_const:
        return this.#abbreviation?.constants[index];
      case DW_FORM.sec_offset:
        return this.#fixed(at, this.unit.offsetSize);
      case DW_FORM.udata:
      case DW_FORM.loclistx:
      case DW_FORM.rnglistx:
        return this.#leb128(at);
      case DW_FORM.sdata:
        return new Cursor(this.#bytes.subarray(at), { name: ".debug_info", base: this.#base + at }).sleb128();
      case DW_FORM.addr:
        return this.#fixed(at, this.unit.addressSize);
      default:
        return undefined;
    }
  }

  /** An address; undefined when the entry does not have it. */
  address(name: number): number | undefined {
    const index = this.#index(name);
    if (index < 0) return undefined;
    const at = this.#start(index);
    const form = this.#form(index);
    switch (form) {
      case DW_FORM.addr:
        return this.#fixed(at, this.unit.addressSize);
      case DW_FORM.addrx:
      case DW_FORM.GNU_addr_index:
        return this.#context.indexedAddress(this.unit, this.#leb128(at));
      case DW_FORM.addrx1:
      case DW_FORM.addrx2:
      case DW_FORM.addrx3:
      case DW_FORM.addrx4:
        return this.#context.indexedAddress(this.unit, this.#fixed(at, form - DW_FORM.addrx1 + 1));
      default:
        return undefined;
    }
  }

  /** The place in `.debug_info` of the entry that is referred to; undefined when the entry does not refer to one there. */
  reference(name: number): number | undefined {
    const index = this.#index(name);
    if (index < 0) return undefined;
    const at = this.#start(index);
    switch (this.#form(index)) {
      case DW_FORM.ref_addr:
        return this.#fixed(at, this.unit.version === 2 ? this.unit.addressSize : this.unit.offsetSize);
      case DW_FORM.ref1:
        return this.unit.offset + this.#fixed(at, 1);
      case DW_FORM.ref2:
        return this.unit.offset + this.#fixed(at, 2);
      case DW_FORM.ref4:
        return this.unit.offset + this.#fixed(at, 4);
      case DW_FORM.ref8:
        return this.unit.offset + this.#fixed(at, 8);
      case DW_FORM.ref_udata:
        return this.unit.offset + this.#leb128(at);
      default:
        return undefined;
    }
  }

  /** A location expression or another block of bytes; undefined when the entry does not have it as one. */
  block(name: number): Uint8Array | undefined {
    const index = this.#index(name);
    if (index < 0) return undefined;
    let at = this.#start(index);
    let length = 0;
    switch (this.#form(index)) {
      case DW_FORM.block1:
        length = this.#bytes[at++] ?? 0;
        break;
      case DW_FORM.block2:
        length = this.#fixed(at, 2);
        at += 2;
        break;
      case DW_FORM.block4:
        length = this.#fixed(at, 4);
        at += 4;
        break;
      case DW_FORM.block:
      case DW_FORM.exprloc:
        length = this.#leb128(at);
        while ((this.#bytes[at++] ?? 0) >= 0x80);
        break;
      case DW_FORM.data16:
        length = 16;
        break;
      default:
        return undefined;
    }
    return this.#bytes.subarray(at, at + length);
  }

  /** How the attribute is written, one of `DW_FORM`; undefined when the entry does not have it. */
  form(name: number): number | undefined {
    const index = this.#index(name);
    return index < 0 ? undefined : this.#form(index);
  }

  #index(name: number): number {
    const names = this.#abbreviation?.names;
    if (names === undefined) return -1;
    for (let i = 0; i < names.length; i++) if (names[i] === name) return i;
    return -1;
  }

  #form(index: number): number {
    const form = this.#abbreviation?.forms[index] ?? 0;
    return form === DW_FORM.indirect ? this.#leb128(this.#starts[index] ?? 0) : form;
  }

  /** Where the value begins in the window. */
  #start(index: number): number {
    let at = this.#starts[index] ?? 0;
    if (this.#abbreviation?.forms[index] === DW_FORM.indirect) {
      while ((this.#bytes[at++] ?? 0) >= 0x80);
    }
    return at;
  }

  #fixed(at: number, length: number): number {
    return unsignedAt(this.#bytes, at, length);
  }

  #leb128(at: number): number {
    const bytes = this.#bytes;
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > Number.MAX_SAFE_INTEGER) return Infinity;
    }
  }

  /** A walk reads to a multiple of it: an inflated section is kept in such pieces, and what crosses them is copied. */
  #windowLength(): number {
    return this.#walk ? WALK_BYTES - this.#position % WALK_BYTES : LOOK_BYTES;
  }

  /** Moves the window to the next entry; gives that entry's place in it. */
  #fill(length: number): number {
    // Many references may lead to one entry that is long, or has much below it.
    if (!this.#walk && this.#bytes.length > 0) this.#context.spend(length);
    this.#base = this.#position;
    this.#bytes = this.#info.read(this.#base, Math.min(length, this.unit.end - this.#base));
    return 0;
  }

  /** Steps over the entry at `at` of the window; -1 when the window ends before it does. */
  #parse(at: number): number {
    const bytes = this.#bytes;
    const limit = bytes.length;
    let code = bytes[at++] ?? 0;
    if (code >= 0x80) {
      code &= 0x7f;
      for (let scale = 128;; scale *= 128) {
        if (at >= limit) return -1;
        const byte = bytes[at++] ?? 0;
        code += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
      }
    }
    if (code === 0) {
      this.#abbreviation = undefined;
      return at;
    }
    const abbreviation = this.unit.abbreviations.get(code);
    if (abbreviation === undefined) {
      throw damaged(".debug_info", this.#position, `abbreviation ${code} is not there`);
    }
    this.#abbreviation = abbreviation;
    const skips = abbreviation.skips;
    if (skips.length > this.#starts.length) this.#starts = new Int32Array(MAX_ATTRIBUTES);
    const starts = this.#starts;
    for (let i = 0; i < skips.length; i++) {
      starts[i] = at;
      const skip = skips[i] ?? 0;
      if (skip >= 0) {
        at += skip;
        if (at > limit) return -1;
        continue;
      }
      if (at >= limit) return -1;
      if (skip === SKIP.leb128) {
        while ((bytes[at++] ?? 0) >= 0x80) if (at >= limit) return -1;
      } else if (skip === SKIP.cstring) {
        while ((bytes[at++] ?? 0) !== 0) if (at >= limit) return -1;
      } else {
        at = this.#skipBlock(skip, at);
        if (at < 0 || at > limit) return -1;
      }
    }
    return at;
  }

  #skipBlock(skip: number, at: number): number {
    const size = skip === SKIP.block1 ? 1 : skip === SKIP.block2 ? 2 : skip === SKIP.block4 ? 4 : 0;
    if (size > 0) return at + size > this.#bytes.length ? -1 : at + size + this.#fixed(at, size);
    const value = this.#leb128(at);
    while ((this.#bytes[at++] ?? 0) >= 0x80);
    if (at > this.#bytes.length) return -1;
    return skip === SKIP.block ? at + value : this.#skipIndirect(value, at);
  }

  /** The value of `DW_FORM_indirect`, whose form was just read. */
  #skipIndirect(form: number, at: number): number {
    const skip = form === DW_FORM.indirect || form === DW_FORM.implicit_const
      ? undefined
      : skipOf(form, this.unit);
    if (skip === undefined) {
      throw damaged(".debug_info", this.#position, `form 0x${form.toString(16)} is not known`);
    }
    if (skip >= 0) return at + skip;
    const limit = this.#bytes.length;
    if (skip === SKIP.leb128 || skip === SKIP.cstring) {
      const last = skip === SKIP.leb128 ? 0x80 : 1;
      while (at < limit) if ((this.#bytes[at++] ?? 0) < last) return at;
      return -1;
    }
    return this.#skipBlock(skip, at);
  }
}
