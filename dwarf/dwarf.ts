import { damaged, FormatError, type Source } from "../base/mod.ts";
import { type AbbreviationBudget, AbbreviationTable } from "./abbreviation.ts";
import { DW_AT, DW_LANG_GO } from "./constants.ts";
import { EntryCursor, type ValueContext } from "./entry_cursor.ts";
import type { Encoding } from "./form.ts";
import { type SectionLoader, stringAt, unsignedAt } from "./section.ts";
import { readUnit, type Unit } from "./unit.ts";

/** The unit's own entry: what it says of all that the unit has. */
export interface UnitEntry {
  /** Go's is the package's path, with the linker's escapes; empty where there is none. */
  readonly name: string;
  /** Whether Go's compiler or linker wrote it: other languages' units are not looked into. */
  readonly isGo: boolean;
  /** What location and range lists count from; undefined where it has none. */
  readonly lowPc: number | undefined;
  readonly bases: UnitBases;
}

/** Where the unit's part of each section of DWARF 5 begins. */
export interface UnitBases {
  readonly strOffsets: number;
  readonly addr: number;
  readonly rnglists: number;
  readonly loclists: number;
}

/** A unit is at least 12 bytes; no executable has so many. */
const MAX_UNITS = 1 << 18;
/** What may be looked at more than once, besides a multiple of the section. */
const LOOK_BYTES = 32 << 20;
/** Of all units that are looked into; Go's share 46. */
const MAX_ABBREVIATIONS = 1 << 18;

/**
 * The debugging information of one executable, DWARF 2 to 5. Nothing is read before it is asked for, and units are
 * read from the front only as far as needed.
 *
 * @example
 * ```ts
 * const dwarf = Dwarf.open((name) => elf.sectionDataByName(name));
 * for (const unit of dwarf?.units() ?? []) console.log(dwarf.unitEntry(unit).name);
 * ```
 */
export class Dwarf {
  readonly #load: SectionLoader;
  readonly #info: Source;
  readonly #sections = new Map<string, Source | undefined>();
  readonly #tables = new Map<string, AbbreviationTable>();
  readonly #abbreviations: AbbreviationBudget = { left: MAX_ABBREVIATIONS };
  readonly #units: Unit[] = [];
  readonly #entries = new Map<Unit, UnitEntry>();
  readonly #context: ValueContext;
  #left: number;

  /** Undefined when there is no `.debug_info`. */
  static open(load: SectionLoader): Dwarf | undefined {
    const info = load(".debug_info");
    return info === undefined || info.size === 0 ? undefined : new Dwarf(load, info);
  }

  private constructor(load: SectionLoader, info: Source) {
    this.#load = load;
    this.#info = info;
    this.#left = LOOK_BYTES + 4 * info.size;
    this.#context = {
      sectionString: (section, offset) => this.#stringAt(section, offset),
      indexedString: (unit, index) => this.#indexedString(unit, index),
      indexedAddress: (unit, index) => this.indexedAddress(unit, index),
      spend: (bytes) => this.spend(bytes),
    };
  }

  /**
   * Counts bytes of what may be referred to any number of times: strings, entries with all below them, lists. Those of a
   * compiler are looked at a few times each.
   *
   * @throws {FormatError} when they are many times the section's.
   */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw damaged(".debug_info", 0, "its entries refer to the same bytes too often");
  }

  /**
   * A section that something refers to.
   *
   * @throws {FormatError} when there is none.
   */
  section(name: string): Source {
    if (!this.#sections.has(name)) this.#sections.set(name, this.#load(name));
    const section = this.#sections.get(name);
    if (section !== undefined) return section;
    throw new FormatError(`Cannot read the debugging information: ${name} is missing`, {
      hint: "It may have been removed by a tool; build the executable again.",
    });
  }

  /**
   * All units in the section's order, each read when it is asked for.
   *
   * @throws {FormatError} at a damaged header.
   */
  *units(): Generator<Unit> {
    for (let i = 0;; i++) {
      const unit = this.#units[i] ?? this.#readNext();
      if (unit === undefined) return;
      yield unit;
    }
  }

  /** What the unit's own entry says. */
  unitEntry(unit: Unit): UnitEntry {
    const known = this.#entries.get(unit);
    if (known !== undefined) return known;
    const cursor = this.entryAt(unit, unit.firstEntry);
    const isGo = cursor.number(DW_AT.language) === DW_LANG_GO;
    // The name and the address may be indexes, which count from the bases.
    const bases: UnitBases = {
      strOffsets: cursor.number(DW_AT.str_offsets_base) ?? 2 * unit.offsetSize,
      addr: cursor.number(DW_AT.addr_base) ?? 0,
      rnglists: cursor.number(DW_AT.rnglists_base) ?? 0,
      loclists: cursor.number(DW_AT.loclists_base) ?? 0,
    };
    this.#entries.set(unit, { name: "", isGo, lowPc: undefined, bases });
    const entry: UnitEntry = {
      name: cursor.text(DW_AT.name) ?? "",
      isGo,
      lowPc: cursor.address(DW_AT.low_pc),
      bases,
    };
    this.#entries.set(unit, entry);
    return entry;
  }

  /** A walk over all entries of the unit, its own first. */
  entries(unit: Unit): EntryCursor {
    return new EntryCursor(this.#info, this.#context, unit, unit.firstEntry, true);
  }

  /**
   * The entry at a place of `.debug_info`, and a walk over what it contains.
   *
   * @throws {FormatError} when no entry can be there.
   */
  entryAt(unit: Unit, offset: number): EntryCursor {
    if (!(offset >= unit.firstEntry && offset < unit.end)) {
      throw damaged(".debug_info", offset, "no entry of the unit can be there");
    }
    const cursor = new EntryCursor(this.#info, this.#context, unit, offset, false);
    if (!cursor.next() || cursor.offset !== offset) throw damaged(".debug_info", offset, "no entry is there");
    return cursor;
  }

  /**
   * As {@linkcode entryAt}, in whatever unit that is: references lead across units.
   *
   * @throws {FormatError} when no entry can be there.
   */
  entry(offset: number): EntryCursor {
    return this.entryAt(this.unitAt(offset), offset);
  }

  /**
   * The unit that a place of `.debug_info` lies in.
   *
   * @throws {FormatError} when there is none.
   */
  unitAt(offset: number): Unit {
    if (!(offset >= 0 && offset < this.#info.size)) {
      throw damaged(".debug_info", offset, "a reference leads outside the section");
    }
    while ((this.#units.at(-1)?.end ?? 0) <= offset) if (this.#readNext() === undefined) break;
    let low = 0;
    let high = this.#units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#units[middle]?.end ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = this.#units[low];
    if (unit === undefined) throw damaged(".debug_info", offset, "it lies in no unit");
    return unit;
  }

  /** An address of the unit's part of `.debug_addr`. */
  indexedAddress(unit: Unit, index: number): number {
    const at = this.unitEntry(unit).bases.addr + index * unit.addressSize;
    return unsignedAt(this.section(".debug_addr").read(at, unit.addressSize), 0, unit.addressSize);
  }

  #indexedString(unit: Unit, index: number): string {
    const at = this.unitEntry(unit).bases.strOffsets + index * unit.offsetSize;
    const bytes = this.section(".debug_str_offsets").read(at, unit.offsetSize);
    return this.#stringAt(".debug_str", unsignedAt(bytes, 0, unit.offsetSize));
  }

  #stringAt(name: string, offset: number): string {
    const text = stringAt(this.section(name), name, offset);
    this.spend(text.length);
    return text;
  }

  #readNext(): Unit | undefined {
    const offset = this.#units.at(-1)?.end ?? 0;
    if (offset >= this.#info.size) return undefined;
    if (this.#units.length === MAX_UNITS) throw damaged(".debug_info", offset, "there are too many units");
    const unit = readUnit(this.#info, offset, (at, encoding) => this.#tableOf(at, encoding));
    this.#units.push(unit);
    return unit;
  }

  /** Go's units share one table. */
  #tableOf(offset: number, encoding: Encoding): AbbreviationTable {
    const { version, addressSize, offsetSize } = encoding;
    const key = `${offset} ${version} ${addressSize} ${offsetSize}`;
    let table = this.#tables.get(key);
    if (table === undefined) {
      table = new AbbreviationTable(this.section(".debug_abbrev"), offset, encoding, this.#abbreviations);
      this.#tables.set(key, table);
    }
    return table;
  }
}
