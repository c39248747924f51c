import { DW_AT, DW_TAG, type Dwarf, type EntryCursor, readRanges, type Unit } from "../dwarf/mod.ts";
import { nextChild } from "./dwarf_type.ts";
import { type FunctionName, parseFunctionName } from "./function_name.ts";
import { plainTypeName } from "./dwarf_name.ts";

/** A function as `-l` lists it. */
export interface ListedFunction {
  /** As its symbol has it. */
  readonly name: string;
  /** Its entry. */
  readonly address: number;
  /**
   * Its first parameters, behind a receiver, are `http.ResponseWriter` and `*http.Request`. Of what a Go before 1.22
   * compiled, a function that leaves one of them without a name is not known as a handler.
   */
  readonly isHandler: boolean;
}

/** A parameter or result of a function. */
export interface FormalParameter {
  /** As it is written; `~r0` and the like for a result without a name. */
  readonly name: string;
  readonly isResult: boolean;
  /** The place of its type's entry. */
  readonly type: number;
  /** The place of the entry that says where it is; undefined when there is none for it. */
  readonly located: number | undefined;
}

/** All ranges of all units that are kept: hostile units may share one long list. */
const MAX_RANGES = 1 << 20;
/** Functions whose places are kept: more than any executable has. */
const MAX_KEPT = 1 << 20;
/** Of one function. */
const MAX_PARAMETERS = 1 << 12;
/** Of the first parameters only so many can matter: a receiver, the writer, the request. */
const PARAMETERS_OF_HANDLER = 3;

const OTHER = 0;
const RESPONSE_WRITER = 1;
const REQUEST_POINTER = 2;

/** The functions that DWARF describes, found by walks over its units. */
export class DwarfFunctions {
  readonly #dwarf: Dwarf;
  /** Which of the two types of a handler's parameters a type entry is. */
  readonly #classes = new Map<number, number>();
  readonly #walks = new Map<Unit, UnitWalk>();
  #kept = 0;
  #ranges: UnitRanges | undefined;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
  }

  /**
   * The place of the entry of the function that begins at `address`: looked for first in the units of the package that
   * the symbol names, then in those that have the address, since a generic function's instances are compiled where they
   * are used. Undefined when there is none (assembly, C).
   *
   * @throws {FormatError} when an entry on the way is damaged.
   */
  find(symbol: string, address: number): number | undefined {
    const { packagePath } = parseFunctionName(symbol);
    for (const unit of this.#dwarf.units()) {
      const { name, isGo } = this.#dwarf.unitEntry(unit);
      if (!isGo || name !== packagePath && plainTypeName(name) !== packagePath) continue;
      const found = this.#findIn(unit, address);
      if (found !== undefined) return found;
    }
    const { units, begins, ends } = this.#ranges ??= this.#readRanges();
    for (let i = 0; i < units.length; i++) {
      if (address < begins[i]! || address >= ends[i]!) continue;
      const found = this.#findIn(units[i]!, address);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Of all units, in their order. */
  #readRanges(): UnitRanges {
    const all: UnitRanges = { units: [], begins: [], ends: [] };
    for (const unit of this.#dwarf.units()) {
      if (!this.#dwarf.unitEntry(unit).isGo) continue;
      for (const { begin, end } of readRanges(this.#dwarf, this.#dwarf.entryAt(unit, unit.firstEntry))) {
        all.units.push(unit);
        all.begins.push(begin);
        all.ends.push(end);
      }
      if (all.units.length > MAX_RANGES) break;
    }
    return all;
  }

  /**
   * Whether the entry at `offset` was written by a compiler that describes parameters without a name, or with the name
   * `_`: Go's does since 1.22, before it leaves them out.
   */
  describesBlanks(offset: number): boolean {
    return this.#compilerMinor(offset) >= 22;
  }

  /** Whether the compiler of the entry at `offset` describes results in registers: Go 1.17 leaves most of them out. */
  describesResults(offset: number): boolean {
    return this.#compilerMinor(offset) !== 17;
  }

  /** 22 of what Go 1.22 compiled; 0 where the unit does not say it. */
  #compilerMinor(offset: number): number {
    const unit = this.#dwarf.unitAt(offset);
    const producer = this.#dwarf.entryAt(unit, unit.firstEntry).text(DW_AT.producer) ?? "";
    return Number(/\bgo1\.(\d+)/.exec(producer)?.[1] ?? 0);
  }

  /** Goes on where the last search in the unit ended: of a pattern's functions many are in one. */
  #findIn(unit: Unit, address: number): number | undefined {
    let walk = this.#walks.get(unit);
    if (walk === undefined) {
      walk = { passed: new Map(), cursor: this.#dwarf.entries(unit) };
      this.#walks.set(unit, walk);
    }
    const { passed, cursor } = walk;
    const known = passed.get(address);
    if (known !== undefined || cursor === undefined) return known;
    while (cursor.next()) {
      if (cursor.tag !== DW_TAG.subprogram || cursor.depth !== 1) continue;
      const lowPc = cursor.address(DW_AT.low_pc);
      if (lowPc === undefined) continue;
      if (!passed.has(lowPc) && this.#kept++ < MAX_KEPT) passed.set(lowPc, cursor.offset);
      if (lowPc === address) return cursor.offset;
    }
    walk.cursor = undefined;
    return undefined;
  }

  /**
   * The parameters and results of the function whose entry is at `offset`, in the order in which they are declared,
   * without the dictionary of a generic function (`.dict`).
   *
   * @throws {FormatError} when an entry is damaged.
   */
  parametersOf(offset: number): FormalParameter[] {
    const entry = this.#dwarf.entry(offset);
    const origin = entry.reference(DW_AT.abstract_origin);
    const parameters: (FormalParameter & { readonly original?: number })[] = [];
    while (nextChild(entry) && parameters.length < MAX_PARAMETERS) {
      if (entry.tag !== DW_TAG.formal_parameter) continue;
      const original = entry.reference(DW_AT.abstract_origin);
      const parameter = parameterOf(original === undefined ? entry : this.#dwarf.entry(original));
      if (parameter === undefined) continue;
      parameters.push({ ...parameter, located: entry.offset, ...(original !== undefined && { original }) });
    }
    if (origin === undefined) return parameters.filter(isFirstOfName);
    // A function that is also inlined: what all copies share stands apart, and a copy might lack one of them.
    let at = 0;
    for (const shared = this.#dwarf.entry(origin); nextChild(shared) && parameters.length < MAX_PARAMETERS;) {
      const parameter = shared.tag === DW_TAG.formal_parameter ? parameterOf(shared) : undefined;
      if (parameter === undefined) continue;
      const known = parameters.findIndex(({ original }) => original === shared.offset);
      if (known >= 0) at = known + 1;
      else parameters.splice(at++, 0, { ...parameter, located: undefined });
    }
    return parameters.filter(isFirstOfName);
  }

  /**
   * All of Go's functions that have code, in the order of the units. A name is read when it is asked for.
   *
   * @throws {FormatError} when an entry is damaged.
   */
  *list(): Generator<ListedFunction> {
    const types = new Float64Array(PARAMETERS_OF_HANDLER);
    for (const unit of this.#dwarf.units()) {
      if (!this.#dwarf.unitEntry(unit).isGo) continue;
      let [named, address, count] = [0, 0, -1];
      // A function is complete when the next entry beside it comes; count is -1 where there is none.
      for (const cursor = this.#dwarf.entries(unit); cursor.next();) {
        if (cursor.depth === 1) {
          if (count >= 0) yield this.#listed(named, address, types, count);
          count = -1;
          const lowPc = cursor.tag === DW_TAG.subprogram ? cursor.address(DW_AT.low_pc) : undefined;
          if (lowPc === undefined) continue;
          [address, count] = [lowPc, 0];
          named = cursor.reference(DW_AT.abstract_origin) ?? cursor.offset;
        } else if (cursor.depth === 2 && count >= 0 && count < PARAMETERS_OF_HANDLER) {
          if (cursor.tag !== DW_TAG.formal_parameter) continue;
          const original = cursor.reference(DW_AT.abstract_origin);
          count = addParameter(original === undefined ? cursor : this.#dwarf.entry(original), types, count);
        }
      }
      if (count >= 0) yield this.#listed(named, address, types, count);
    }
  }

  /** @param named the place of the entry that has the name */
  #listed(named: number, address: number, types: Float64Array, count: number): ListedFunction {
    const name = () => symbolOf(this.#dwarf.entry(named));
    const isHandler = this.#areOfHandler(types, count, name);
    return {
      get name() {
        return name();
      },
      address,
      isHandler,
    };
  }

  /**
   * Whether the function whose entry is at `offset` is a handler: see {@linkcode ListedFunction.isHandler}.
   *
   * @throws {FormatError} when an entry is damaged.
   */
  isHandler(offset: number, symbol: string): boolean {
    const types = this.parametersOf(offset).filter(({ isResult }) => !isResult).map(({ type }) => type);
    return this.#areOfHandler(types, types.length, () => symbol);
  }

  /** @param types of the first parameters */
  #areOfHandler(types: ArrayLike<number>, count: number, name: () => string): boolean {
    const areAt = (index: number) =>
      index + 1 < count && this.#classOf(types[index] ?? 0) === RESPONSE_WRITER &&
      this.#classOf(types[index + 1] ?? 0) === REQUEST_POINTER;
    return areAt(0) || areAt(1) && hasReceiver(parseFunctionName(name()));
  }

  #classOf(type: number): number {
    let known = this.#classes.get(type);
    if (known === undefined) {
      const name = this.#dwarf.entry(type).text(DW_AT.name);
      known = name === "net/http.ResponseWriter"
        ? RESPONSE_WRITER
        : name === "*net/http.Request"
        ? REQUEST_POINTER
        : OTHER;
      this.#classes.set(type, known);
    }
    return known;
  }
}

/** A search in a unit. */
interface UnitWalk {
  /** Where the functions are that it passed, by address. */
  readonly passed: Map<number, number>;
  /** Undefined at the unit's end. */
  cursor: EntryCursor | undefined;
}

/** Which unit has the code from an address to another, in columns. */
interface UnitRanges {
  readonly units: Unit[];
  readonly begins: number[];
  readonly ends: number[];
}

/** What an entry says of a parameter itself; undefined for a dictionary. */
function parameterOf(entry: EntryCursor): Omit<FormalParameter, "located"> | undefined {
  const type = entry.reference(DW_AT.type);
  const name = entry.text(DW_AT.name) ?? "";
  if (type === undefined || name === ".dict") return undefined;
  return { name, isResult: entry.number(DW_AT.variable_parameter) === 1, type };
}

/** Go 1.21 and 1.22 write a result twice that a deferred closure changes; only those without a name share theirs. */
function isFirstOfName({ name }: FormalParameter, index: number, all: readonly FormalParameter[]): boolean {
  return name === "" || name === "_" || all.findIndex((other) => other.name === name) === index;
}

/** Whether the first parameter of a function of this name is a receiver: not of the closures in a method. */
export function hasReceiver(name: FunctionName): boolean {
  return name.receiver !== undefined && name.suffix === "";
}

/** A function's name as the symbol table has it: to Go 1.21 the compiler tells local types apart by a dot of its own. */
function symbolOf(cursor: EntryCursor): string {
  return cursor.text(DW_AT.name)?.replaceAll("\u00b7", ".") ?? "";
}

/** Keeps the type of a parameter that is neither a result nor a dictionary; gives the new count. */
function addParameter(cursor: EntryCursor, types: Float64Array, count: number): number {
  const type = cursor.reference(DW_AT.type);
  if (type === undefined || cursor.number(DW_AT.variable_parameter) === 1) return count;
  if (cursor.inlineText(DW_AT.name)?.[0] === DOT) return count;
  types[count] = type;
  return count + 1;
}

const DOT = 0x2e;
