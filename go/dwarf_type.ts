import { damaged } from "../base/mod.ts";
import { DW_AT, DW_TAG, type Dwarf, type EntryCursor } from "../dwarf/mod.ts";
import {
  GO_KINDS,
  type GoField,
  type GoKind,
  type GoParameter,
  type GoSignature,
  type GoType,
  type MapParts,
} from "./go_type.ts";
import { parameterCountOf, plainTypeName } from "./dwarf_name.ts";

/** Go writes two typedefs for an interface, the compiler one more for a generic's parameter. */
const MAX_TYPEDEFS = 32;
/** Of one struct; the Go compiler refuses none, people write some hundreds. */
const MAX_FIELDS = 1 << 14;
/** Of one func. */
const MAX_PARAMETERS = 1 << 12;

/** Sizes that follow from the kind, on a 64-bit machine: what a typedef leads to is how the runtime keeps it. */
const WORDS: Readonly<Partial<Record<GoKind, number>>> = {
  chan: 1,
  func: 1,
  interface: 2,
  map: 1,
  pointer: 1,
  slice: 3,
  string: 2,
  "unsafe.Pointer": 1,
};

/** How many parameters and results a func type has; the other attributes of an entry cannot say. */
export type CountFunc = (runtimeType: number) => { readonly parameters: number } | undefined;

/** The types of an executable by their place in `.debug_info`, each made once, when it is asked for. */
export class DwarfTypeReader {
  readonly #dwarf: Dwarf;
  readonly #count: CountFunc;
  readonly #types = new Map<number, GoType>();

  /** @param count reads the runtime's own description of a func type at an offset of its type section */
  constructor(dwarf: Dwarf, count: CountFunc) {
    this.#dwarf = dwarf;
    this.#count = count;
  }

  /**
   * The type whose entry is at that place.
   *
   * @throws {FormatError} when there is no entry of a Go type, or its typedefs lead in a circle.
   */
  at(offset: number): GoType {
    let type = this.#types.get(offset);
    if (type === undefined) {
      type = this.#read(offset);
      this.#types.set(offset, type);
    }
    return type;
  }

  /** The entry of what a name stands for: the first one that states its kind, or that is no typedef. */
  body(offset: number): EntryCursor {
    let cursor = this.#dwarf.entry(offset);
    for (let i = 0; cursor.tag === DW_TAG.typedef && !cursor.has(DW_AT.go_kind); i++) {
      if (i === MAX_TYPEDEFS) throw damaged(".debug_info", offset, "typedefs lead in a circle");
      cursor = this.#dwarf.entry(referenceOf(cursor, DW_AT.type));
    }
    return cursor;
  }

  #read(offset: number): GoType {
    const first = this.#dwarf.entry(offset);
    const body = this.body(offset);
    // In the body of a generic instance, a parameter's type is a typedef `.param0` to the instance's own.
    const named = first.has(DW_AT.go_dict_index) ? body : first;
    const kind = kindOf(body);
    const words = WORDS[kind];
    const size = words === undefined ? body.number(DW_AT.byte_size) : 8 * words;
    if (!isCount(size)) {
      throw damaged(".debug_info", body.offset, "a type has no possible size");
    }
    return new DwarfType(this, plainTypeName(named.text(DW_AT.name) ?? ""), kind, size, body.offset);
  }

  /** The type that an attribute of the entry refers to. */
  referenced(cursor: EntryCursor, attribute: number): GoType {
    return this.at(referenceOf(cursor, attribute));
  }

  fields(offset: number): GoField[] {
    const fields: GoField[] = [];
    for (const cursor = this.#dwarf.entry(offset); nextChild(cursor);) {
      if (cursor.tag !== DW_TAG.member) continue;
      if (fields.length === MAX_FIELDS) throw damaged(".debug_info", offset, "a struct has too many fields");
      const at = cursor.number(DW_AT.data_member_location);
      if (!isCount(at)) {
        throw damaged(".debug_info", cursor.offset, "a field has no possible offset");
      }
      fields.push(
        new DwarfField(
          this,
          cursor.text(DW_AT.name) ?? "",
          at,
          referenceOf(cursor, DW_AT.type),
          isTrue(cursor),
        ),
      );
    }
    return fields;
  }

  length(offset: number): number {
    for (const cursor = this.#dwarf.entry(offset); nextChild(cursor);) {
      if (cursor.tag !== DW_TAG.subrange_type) continue;
      const count = cursor.number(DW_AT.count) ?? (cursor.number(DW_AT.upper_bound) ?? -1) + 1;
      if (!Number.isSafeInteger(count)) {
        throw damaged(".debug_info", offset, "an array has no possible length");
      }
      return count;
    }
    return 0;
  }

  /**
   * Until Go 1.21 results are not marked: they follow the parameters, as pointers. Where the name does not tell how
   * many are parameters, the runtime's description does.
   */
  signature(offset: number, name: string): GoSignature | undefined {
    const types: number[] = [];
    let [marked, results, variadic] = [false, 0, false];
    const cursor = this.#dwarf.entry(offset);
    const runtimeType = cursor.number(DW_AT.go_runtime_type) ?? 0;
    const ownName = cursor.text(DW_AT.name) ?? name;
    while (nextChild(cursor)) {
      if (cursor.tag === DW_TAG.unspecified_parameters) variadic = true;
      if (cursor.tag !== DW_TAG.formal_parameter) continue;
      if (types.length === MAX_PARAMETERS) {
        throw damaged(".debug_info", offset, "a func has too many parameters");
      }
      types.push(referenceOf(cursor, DW_AT.type));
      if (cursor.number(DW_AT.variable_parameter) === 1) {
        marked = true;
        results++;
      }
    }
    const parameters = marked
      ? types.length - results
      : parameterCountOf(ownName) ?? this.#count(runtimeType)?.parameters ??
        (types.length === 0 ? 0 : undefined);
    if (parameters === undefined || parameters > types.length) return undefined;
    return {
      parameters: types.slice(0, parameters).map((type) => new DwarfParameter(this, "", type, false)),
      results: types.slice(parameters).map((type) => new DwarfParameter(this, "", type, !marked)),
      variadic,
    };
  }

  /** From the structs that the linker makes up for each map: `hash<K,V>`, or from Go 1.24 `map<K,V>`. */
  mapParts(offset: number): MapParts | undefined {
    const header = this.referenced(this.entry(offset), DW_AT.type).element;
    const buckets = fieldOf(header, "buckets") ??
      fieldOf(fieldOf(fieldOf(header, "dirPtr")?.element?.element, "groups"), "data");
    const group = buckets?.element;
    return header && group && { header, group };
  }

  /** What a pointer's entry points to. */
  pointedTo(offset: number): GoType {
    return this.referenced(this.body(offset), DW_AT.type);
  }

  /** Whether an interface's body is that of one without methods: `runtime.eface`, in some versions by a typedef more. */
  isEmptyInterface(offset: number): boolean {
    let cursor = this.#dwarf.entry(offset);
    for (let i = 0; cursor.tag === DW_TAG.typedef; i++) {
      if (i === MAX_TYPEDEFS) throw damaged(".debug_info", offset, "typedefs lead in a circle");
      cursor = this.#dwarf.entry(referenceOf(cursor, DW_AT.type));
    }
    return cursor.text(DW_AT.name) === "runtime.eface";
  }

  /** The entry of a type's body. */
  entry(offset: number): EntryCursor {
    return this.#dwarf.entry(offset);
  }
}

class DwarfType implements GoType {
  readonly name: string;
  readonly kind: GoKind;
  readonly size: number;
  readonly #reader: DwarfTypeReader;
  readonly #body: number;
  #fields: readonly GoField[] | undefined;
  #signature: GoSignature | undefined;

  constructor(reader: DwarfTypeReader, name: string, kind: GoKind, size: number, body: number) {
    this.#reader = reader;
    this.#body = body;
    this.name = name;
    this.kind = kind;
    this.size = size;
  }

  get element(): GoType | undefined {
    const { kind } = this;
    if (kind === "array" || kind === "pointer") return this.#reader.pointedTo(this.#body);
    if (kind !== "chan" && kind !== "map" && kind !== "slice") return undefined;
    return this.#reader.referenced(this.#reader.entry(this.#body), DW_AT.go_elem);
  }

  get key(): GoType | undefined {
    if (this.kind !== "map") return undefined;
    return this.#reader.referenced(this.#reader.entry(this.#body), DW_AT.go_key);
  }

  get length(): number {
    return this.kind === "array" ? this.#reader.length(this.#body) : 0;
  }

  get fields(): readonly GoField[] {
    return this.#fields ??= this.kind === "struct" ? this.#reader.fields(this.#body) : [];
  }

  get isEmptyInterface(): boolean {
    return this.kind === "interface" && this.#reader.isEmptyInterface(this.#body);
  }

  get signature(): GoSignature | undefined {
    if (this.kind !== "func") return undefined;
    return this.#signature ??= this.#reader.signature(this.#body, this.name);
  }

  get mapParts(): MapParts | undefined {
    return this.kind === "map" ? this.#reader.mapParts(this.#body) : undefined;
  }
}

/** The type of the field of that name; undefined when there is none. */
function fieldOf(type: GoType | undefined, name: string): GoType | undefined {
  return type?.fields.find((field) => field.name === name)?.type;
}

class DwarfField implements GoField {
  readonly name: string;
  readonly offset: number;
  readonly embedded: boolean;
  readonly #reader: DwarfTypeReader;
  readonly #type: number;

  constructor(reader: DwarfTypeReader, name: string, offset: number, type: number, embedded: boolean) {
    this.#reader = reader;
    this.#type = type;
    this.name = name;
    this.offset = offset;
    this.embedded = embedded;
  }

  get type(): GoType {
    return this.#reader.at(this.#type);
  }
}

/** A parameter whose type is read when it is asked for. */
export class DwarfParameter implements GoParameter {
  readonly name: string;
  readonly #reader: DwarfTypeReader;
  readonly #type: number;
  readonly #pointed: boolean;

  /** @param pointed the entry at `type` is a pointer to the parameter's type */
  constructor(reader: DwarfTypeReader, name: string, type: number, pointed: boolean) {
    this.#reader = reader;
    this.#type = type;
    this.#pointed = pointed;
    this.name = name;
  }

  get type(): GoType {
    return this.#pointed ? this.#reader.pointedTo(this.#type) : this.#reader.at(this.#type);
  }
}

/** Moves to the next direct child of the entry at which the walk began. */
export function nextChild(cursor: EntryCursor): boolean {
  while (cursor.next() && cursor.depth > 0) if (cursor.depth === 1) return true;
  return false;
}

/**
 * The place that an attribute refers to.
 *
 * @throws {FormatError} when the entry has no such reference.
 */
function referenceOf(cursor: EntryCursor, attribute: number): number {
  const reference = cursor.reference(attribute);
  if (reference !== undefined) return reference;
  throw damaged(".debug_info", cursor.offset, `attribute 0x${attribute.toString(16)} is missing`);
}

/** Whether a number of bytes or elements is possible. */
function isCount(value: number | undefined): value is number {
  return Number.isSafeInteger(value) && (value ?? -1) >= 0;
}

function isTrue(cursor: EntryCursor): boolean {
  return cursor.number(DW_AT.go_embedded_field) === 1;
}

/** Of what the linker makes up for the inside of maps and channels it states the kind 0. */
function kindOf(body: EntryCursor): GoKind {
  const number = body.number(DW_AT.go_kind) ?? 0;
  const kind = GO_KINDS[(number & 31) - 1] ?? KIND_OF_TAG[body.tag];
  if (kind === undefined) throw damaged(".debug_info", body.offset, "no Go type is there");
  // The one type that Go writes without a kind.
  return kind === "pointer" && !body.has(DW_AT.type) ? "unsafe.Pointer" : kind;
}

const KIND_OF_TAG: Readonly<Record<number, GoKind>> = {
  [DW_TAG.array_type]: "array",
  [DW_TAG.pointer_type]: "pointer",
  [DW_TAG.structure_type]: "struct",
  [DW_TAG.subroutine_type]: "func",
};
