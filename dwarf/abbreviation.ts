import { Cursor, type Source } from "../base/mod.ts";
import { DW_FORM } from "./constants.ts";
import { type Encoding, skipOf } from "./form.ts";

/** What all entries with one code have: the tag, and the attributes in their order. */
export interface Abbreviation {
  readonly code: number;
  readonly tag: number;
  readonly hasChildren: boolean;
  /** The attributes' names, in order. */
  readonly names: Int32Array;
  /** Their forms. */
  readonly forms: Int32Array;
  /** Their lengths in bytes, or how to step over them: `skipOf`. */
  readonly skips: Int32Array;
  /** The values of `DW_FORM_implicit_const`, which stand here and not at the entry; 0 for others. */
  readonly constants: Float64Array;
}

/** Compilers write a dozen; Go's have at most nine. */
const MAX_ATTRIBUTES = 256;
/** C compilers write some hundreds for one unit. */
const MAX_ABBREVIATIONS = 65_536;
/** Codes up to here are looked up in an array. */
const DENSE_CODES = 1024;
const CHUNK_BYTES = 4096;

/** The abbreviations of one unit, by code. */
export class AbbreviationTable {
  readonly #dense: (Abbreviation | undefined)[] = [];
  readonly #others = new Map<number, Abbreviation>();

  /**
   * Reads the table at `offset` of `.debug_abbrev` for units of one encoding.
   *
   * @throws {FormatError} when it is cut off, or a form is unknown: nothing behind it could be read.
   */
  constructor(section: Source, offset: number, encoding: Encoding) {
    for (const abbreviation of readAbbreviations(section, offset, encoding)) {
      if (abbreviation.code < DENSE_CODES) this.#dense[abbreviation.code] = abbreviation;
      else this.#others.set(abbreviation.code, abbreviation);
    }
  }

  /** What entries of this code have; undefined when the table does not have it. */
  get(code: number): Abbreviation | undefined {
    return code < DENSE_CODES ? this.#dense[code] : this.#others.get(code);
  }
}

/** The table's length is written nowhere, so it is read again with more bytes until its end is in them. */
function readAbbreviations(section: Source, offset: number, encoding: Encoding): Abbreviation[] {
  for (let length = CHUNK_BYTES;; length *= 4) {
    const rest = section.size - offset;
    const bytes = section.read(offset, Math.max(0, Math.min(rest, length)));
    const cursor = new Cursor(bytes, { name: ".debug_abbrev", base: offset });
    if (length >= rest) return parse(cursor, encoding);
    if (reachesEnd(bytes)) return parse(cursor, encoding);
  }
}

/** Whether the table's last byte is among these: a code of 0 where a code stands. */
function reachesEnd(bytes: Uint8Array): boolean {
  let at = 0;
  const leb128 = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return NaN;
  };
  while (at < bytes.length) {
    if (leb128() === 0) return true;
    leb128();
    at++;
    for (let name = -1, form = -1; at < bytes.length && (name !== 0 || form !== 0);) {
      name = leb128();
      form = leb128();
      if (form === DW_FORM.implicit_const) leb128();
    }
  }
  return false;
}

function parse(cursor: Cursor, encoding: Encoding): Abbreviation[] {
  const abbreviations: Abbreviation[] = [];
  for (;;) {
    const code = cursor.uleb128();
    if (code === 0) return abbreviations;
    if (abbreviations.length === MAX_ABBREVIATIONS) throw cursor.error("the table is too long");
    abbreviations.push(parseOne(cursor, code, encoding));
  }
}

function parseOne(cursor: Cursor, code: number, encoding: Encoding): Abbreviation {
  const tag = cursor.uleb128();
  const hasChildren = cursor.u8() !== 0;
  const names: number[] = [];
  const forms: number[] = [];
  const skips: number[] = [];
  const constants: number[] = [];
  for (;;) {
    const at = cursor.position;
    const name = cursor.uleb128();
    const form = cursor.uleb128();
    if (name === 0 && form === 0) break;
    const skip = skipOf(form, encoding);
    if (skip === undefined || names.length === MAX_ATTRIBUTES) {
      cursor.seek(at);
      throw cursor.error(
        skip === undefined ? `form 0x${form.toString(16)} is not known` : "too many attributes",
      );
    }
    names.push(name);
    forms.push(form);
    skips.push(skip);
    constants.push(form === DW_FORM.implicit_const ? sleb128(cursor) : 0);
  }
  return {
    code,
    tag,
    hasChildren,
    names: Int32Array.from(names),
    forms: Int32Array.from(forms),
    skips: Int32Array.from(skips),
    constants: Float64Array.from(constants),
  };
}

/** Signed LEB128, to 53 bits. */
function sleb128(cursor: Cursor): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return (byte & 0x40) === 0 ? value : value - scale;
  }
  throw cursor.error("a variable-length number is too long");
}
