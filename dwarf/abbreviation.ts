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
/** More bytes than the longest abbreviation with so many attributes has. */
const MAX_ABBREVIATION_BYTES = 8192;
/** Codes up to here are looked up in an array. */
const DENSE_CODES = 1024;

/** How many abbreviations may still be read: hostile units may each begin at another place of one long table. */
export interface AbbreviationBudget {
  left: number;
}

/** The abbreviations of one unit, by code, read as far as they are asked for: a unit's own entry has the first. */
export class AbbreviationTable {
  readonly #section: Source;
  readonly #encoding: Encoding;
  readonly #budget: AbbreviationBudget;
  readonly #dense: (Abbreviation | undefined)[] = [];
  readonly #others = new Map<number, Abbreviation>();
  #cursor: Cursor | undefined;
  /** Of `.debug_abbrev`: where the cursor's bytes begin. */
  #base: number;
  #ended = false;

  /** The table at `offset` of `.debug_abbrev`, for units of one encoding. */
  constructor(section: Source, offset: number, encoding: Encoding, budget: AbbreviationBudget) {
    this.#section = section;
    this.#base = offset;
    this.#encoding = encoding;
    this.#budget = budget;
  }

  /**
   * What entries of this code have; undefined when the table does not have it.
   *
   * @throws {FormatError} when the table is cut off, or a form is unknown: nothing behind it could be read.
   */
  get(code: number): Abbreviation | undefined {
    const known = code < DENSE_CODES ? this.#dense[code] : this.#others.get(code);
    if (known !== undefined) return known;
    while (!this.#ended) {
      const next = this.#readNext();
      if (next?.code === code) return next;
    }
    return undefined;
  }

  #readNext(): Abbreviation | undefined {
    const cursor = this.#window();
    const code = cursor.uleb128();
    if (code === 0) {
      this.#ended = true;
      return undefined;
    }
    if (this.#budget.left-- <= 0) throw cursor.error("there are too many abbreviations");
    const abbreviation = parseOne(cursor, code, this.#encoding);
    if (code < DENSE_CODES) this.#dense[code] ??= abbreviation;
    else this.#others.set(code, abbreviation);
    return abbreviation;
  }

  /** A cursor with at least one abbreviation before it, where the section has so much. */
  #window(): Cursor {
    const base = this.#base + (this.#cursor?.position ?? 0);
    const rest = Math.max(0, this.#section.size - base);
    if (this.#cursor !== undefined && this.#cursor.remaining >= Math.min(rest, MAX_ABBREVIATION_BYTES)) {
      return this.#cursor;
    }
    const bytes = this.#section.read(base, Math.min(rest, 2 * MAX_ABBREVIATION_BYTES));
    this.#base = base;
    return this.#cursor = new Cursor(bytes, { name: ".debug_abbrev", base });
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
    constants.push(form === DW_FORM.implicit_const ? cursor.sleb128() : 0);
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
