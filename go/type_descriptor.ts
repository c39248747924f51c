import { COMMON, COMMON_BYTES, DESCRIPTOR_ALIGN, FUNC_BYTES, KIND_MASK } from "./descriptor_layout.ts";
import { EncodedNames, type NameLength } from "./encoded_name.ts";
import { GO_KINDS, type GoKind } from "./go_type.ts";
import type { TypeMemory } from "./type_memory.ts";

const TFLAG = { uncommon: 1, extraStar: 2, named: 4 } as const;

/** `UncommonType`, and one `Method` of it. */
const UNCOMMON_BYTES = 16;
const METHOD_BYTES = 16;
const FIELD_BYTES = 24;
const IMETHOD_BYTES = 8;

/** Bytes of the descriptor before its `UncommonType`, where they are more than the common ones. */
const OWN_BYTES: Readonly<Partial<Record<GoKind, number>>> = {
  array: 72,
  chan: 64,
  func: FUNC_BYTES,
  interface: 80,
  pointer: 56,
  slice: 56,
  struct: 80,
};
/** Of a map: from Go 1.27, from 1.24 (swiss maps), from 1.14, before. */
const MAP_BYTES = [136, 112, 88, 80] as const;

/** Fields of a struct, methods of an interface: far more than in real programs. */
const MAX_PARTS = 1 << 16;

/** Bytes of parts that are read in all, besides a multiple of the metadata: types may share them. */
const PART_BYTES = 2 << 20;
/** Methods that are looked at in all: for each method of a large executable those of its type, some million. */
const MAX_METHODS = 1 << 24;

/** What differs between Go versions whose tables look alike otherwise. */
export interface DescriptorForm {
  readonly nameLength: NameLength;
  /** Where a field's offset is: to Go 1.18 above a bit that says whether it is embedded; the name says that since. */
  readonly fieldOffset: "shifted" | "plain";
}

/** A field of a struct, as it is encoded. */
export interface RawField {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly embedded: boolean;
}

/** A method of a type, as it is encoded. */
export interface RawMethod {
  readonly name: string;
  /** Offset of its func type; 0 where the linker removed the method, since nothing calls it. */
  readonly type: number;
  /** Offsets in the text of what an interface's call and a direct call run; negative or 0 where it was removed. */
  readonly interfaceText: number;
  readonly text: number;
}

/** Reads type descriptors. A type is the offset of its descriptor. */
export class Descriptors {
  readonly memory: TypeMemory;
  readonly form: DescriptorForm;
  readonly #names: EncodedNames;
  #partBytesLeft: number;
  #methodsLeft = MAX_METHODS;

  constructor(memory: TypeMemory, form: DescriptorForm) {
    this.memory = memory;
    this.form = form;
    this.#names = new EncodedNames(memory, form.nameLength);
    this.#partBytesLeft = PART_BYTES + 2 * memory.size;
  }

  /** @throws {FormatError} when no descriptor can begin there: they are aligned, and lie inside. */
  check(type: number): void {
    if (type > 0 && type % DESCRIPTOR_ALIGN === 0 && type + COMMON_BYTES <= this.memory.size) return;
    throw this.memory.error(type, "a type lies outside, or not aligned");
  }

  /** Bytes of a value. */
  sizeOf(type: number): number {
    const size = this.memory.word(type + COMMON.size);
    if (size === Infinity) throw this.memory.error(type, "a type is larger than possible");
    return size;
  }

  kindOf(type: number): GoKind {
    const kind = GO_KINDS[(this.memory.u8(type + COMMON.kind) & KIND_MASK) - 1];
    if (kind === undefined) throw this.memory.error(type, "a type has no known kind");
    return kind;
  }

  isNamed(type: number): boolean {
    return (this.memory.u8(type + COMMON.tflag) & TFLAG.named) !== 0;
  }

  /** Bytes that a field of this type is aligned to. */
  fieldAlignOf(type: number): number {
    return this.memory.u8(type + COMMON.fieldAlign);
  }

  /** The type of pointers to it; undefined when the descriptor does not say. */
  pointerTo(type: number): number | undefined {
    const pointer = this.memory.i32(type + COMMON.ptrToThis);
    return pointer > 0 ? pointer : undefined;
  }

  /** The type's own string, with packages' names instead of their paths: `*http.Request`. */
  stringOf(type: number): string {
    return decoder.decode(this.stringBytes(type));
  }

  /** {@linkcode stringOf} as bytes. */
  stringBytes(type: number): Uint8Array {
    return this.#names.bytesAt(this.#string(type)).subarray(this.#extraStar(type));
  }

  /** The last bytes of {@linkcode stringBytes}, at most so many. */
  stringTail(type: number, length: number): Uint8Array {
    const name = this.#string(type);
    const whole = Math.max(0, this.#names.lengthAt(name) - this.#extraStar(type));
    return this.#names.tailAt(name, Math.min(length, whole));
  }

  /** Whether the type's own string ends with these bytes, without making it. */
  stringEndsWith(type: number, suffix: Uint8Array): boolean {
    return this.#names.endsWith(this.#string(type), suffix);
  }

  /** The name that is its string. */
  #string(type: number): number {
    return this.memory.i32(type + COMMON.str);
  }

  /** Bytes before its string in the name: a star, where it shares the name with the type of pointers to it. */
  #extraStar(type: number): number {
    return (this.memory.u8(type + COMMON.tflag) & TFLAG.extraStar) !== 0 ? 1 : 0;
  }

  /** What a pointer, array, slice, channel or map has as its element; undefined for others. */
  elementOf(type: number): number | undefined {
    switch (this.kindOf(type)) {
      case "array":
      case "chan":
      case "pointer":
      case "slice":
        return this.#typeAt(type + COMMON_BYTES);
      case "map":
        return this.#typeAt(type + COMMON_BYTES + 8);
      default:
        return undefined;
    }
  }

  keyOf(type: number): number | undefined {
    return this.kindOf(type) === "map" ? this.#typeAt(type + COMMON_BYTES) : undefined;
  }

  /** The struct in which a map keeps eight of its entries: a bucket, or from Go 1.24 a group. */
  mapGroupOf(type: number): number | undefined {
    return this.kindOf(type) === "map" ? this.#typeAt(type + COMMON_BYTES + 16) : undefined;
  }

  /** Elements of an array. */
  lengthOf(type: number): number {
    if (this.kindOf(type) !== "array") return 0;
    const length = this.memory.word(type + COMMON_BYTES + 16);
    if (length === Infinity) throw this.memory.error(type, "an array is larger than possible");
    return length;
  }

  /** 1 receives, 2 sends, 3 does both. */
  directionOf(type: number): number {
    return this.memory.u8(type + COMMON_BYTES + 8);
  }

  /** The types of a func's parameters and results. */
  signatureOf(type: number): { parameters: number[]; results: number[]; variadic: boolean } {
    const inCount = this.memory.u16(type + COMMON_BYTES);
    const outs = this.memory.u16(type + COMMON_BYTES + 2);
    const first = type + FUNC_BYTES + (this.hasUncommon(type) ? UNCOMMON_BYTES : 0);
    this.#spendParts(type, (inCount + (outs & 0x7fff)) * 8);
    const types = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => this.#typeAt(first + (from + i) * 8));
    return {
      parameters: types(0, inCount),
      results: types(inCount, outs & 0x7fff),
      variadic: (outs & 0x8000) !== 0,
    };
  }

  /** A struct's fields, in order. */
  fieldsOf(type: number): RawField[] {
    const { start, count } = this.#slice(type + COMMON_BYTES + 8, FIELD_BYTES);
    this.#spendParts(type, count * FIELD_BYTES);
    const fields: RawField[] = [];
    for (let i = 0; i < count; i++) {
      const at = start + i * FIELD_BYTES;
      const name = this.memory.pointer(at);
      const raw = this.memory.word(at + 16);
      if (name === undefined || raw === Infinity) throw this.memory.error(at, "a field has no name or place");
      const shifted = this.form.fieldOffset === "shifted";
      fields.push({
        name: this.#names.textAt(name),
        type: this.#typeAt(at + 8),
        offset: shifted ? Math.floor(raw / 2) : raw,
        embedded: shifted ? raw % 2 === 1 : this.#names.isEmbedded(name),
      });
    }
    return fields;
  }

  /** The methods that an interface asks for. */
  interfaceMethodsOf(type: number): { name: string; exported: boolean; type: number }[] {
    const { start, count } = this.#slice(type + COMMON_BYTES + 8, IMETHOD_BYTES);
    this.#spendParts(type, count * IMETHOD_BYTES);
    return Array.from({ length: count }, (_, i) => {
      const name = this.memory.i32(start + i * IMETHOD_BYTES);
      return {
        name: this.#names.textAt(name),
        exported: this.#names.isExported(name),
        type: this.memory.i32(start + i * IMETHOD_BYTES + 4),
      };
    });
  }

  /** Calls `visit` with every type that this one refers to; 0 and less are none. Makes nothing: a walk takes all types. */
  forEachReference(type: number, visit: (reference: number) => void): void {
    const { memory } = this;
    visit(memory.i32(type + COMMON.ptrToThis));
    switch (this.kindOf(type)) {
      case "array":
      case "chan":
      case "pointer":
      case "slice":
        visit(this.#typeAt(type + COMMON_BYTES));
        break;
      case "map":
        visit(this.#typeAt(type + COMMON_BYTES));
        visit(this.#typeAt(type + COMMON_BYTES + 8));
        break;
      case "struct": {
        const { start, count } = this.#slice(type + COMMON_BYTES + 8, FIELD_BYTES);
        for (let i = 0; i < count; i++) visit(this.#typeAt(start + i * FIELD_BYTES + 8));
        break;
      }
      case "func": {
        const outs = memory.u16(type + COMMON_BYTES + 2) & 0x7fff;
        const count = memory.u16(type + COMMON_BYTES) + outs;
        const first = type + FUNC_BYTES + (this.hasUncommon(type) ? UNCOMMON_BYTES : 0);
        for (let i = 0; i < count; i++) visit(this.#typeAt(first + i * 8));
        break;
      }
      case "interface": {
        const { start, count } = this.#slice(type + COMMON_BYTES + 8, IMETHOD_BYTES);
        for (let i = 0; i < count; i++) visit(memory.i32(start + i * IMETHOD_BYTES + 4));
        break;
      }
    }
    if (!this.hasUncommon(type)) return;
    const { start, count } = this.methodTable(type);
    for (let i = 0; i < count; i++) visit(memory.i32(start + i * METHOD_BYTES + 4));
  }

  /** The package that the unexported names of an unnamed struct or interface belong to; may be empty. */
  ownPackageOf(type: number): string {
    const name = this.memory.pointer(type + COMMON_BYTES);
    return name === undefined ? "" : this.#names.textAt(name);
  }

  /** Path of the package that a named type is declared in; empty for the language's own. */
  packageOf(type: number): string {
    const uncommon = this.uncommonOf(type);
    const name = uncommon === undefined ? 0 : this.memory.i32(uncommon);
    return name === 0 ? "" : this.#names.textAt(name);
  }

  /** A type's methods of that name, those that were removed included; names are compared as bytes. */
  methodsNamed(type: number, name: Uint8Array): RawMethod[] {
    const { start, count } = this.methodTable(type);
    this.#methodsLeft -= count;
    if (this.#methodsLeft < 0) throw this.memory.error(type, "types have too many methods");
    const found: RawMethod[] = [];
    for (let at = start; at < start + count * METHOD_BYTES; at += METHOD_BYTES) {
      if (this.#names.is(this.memory.i32(at), name)) found.push(this.methodAt(at));
    }
    return found;
  }

  /** Where the table of a type's methods is: entries of 16 bytes, a name and a func type's offset first. */
  methodTable(type: number): { start: number; count: number } {
    const uncommon = this.uncommonOf(type);
    if (uncommon === undefined) return { start: 0, count: 0 };
    const count = this.memory.u16(uncommon + 4);
    const start = uncommon + this.memory.u32(uncommon + 8);
    if (count > 0 && start + count * METHOD_BYTES > this.memory.size) {
      throw this.memory.error(type, `a type claims to have ${count} methods`);
    }
    return { start, count };
  }

  methodAt(at: number): RawMethod {
    const { memory } = this;
    return {
      name: this.#names.textAt(memory.i32(at)),
      type: Math.max(0, memory.i32(at + 4)),
      interfaceText: memory.i32(at + 8),
      text: memory.i32(at + 12),
    };
  }

  /** Where the type's `UncommonType` is, if it has one. */
  uncommonOf(type: number): number | undefined {
    if (!this.hasUncommon(type)) return undefined;
    const kind = this.kindOf(type);
    if (kind !== "map") return type + (OWN_BYTES[kind] ?? COMMON_BYTES);
    for (const bytes of MAP_BYTES) if (this.#isMapUncommon(type + bytes)) return type + bytes;
    throw this.memory.error(type, "a map type's methods cannot be found");
  }

  /** Bytes of the descriptor with all that follows it directly: `DescriptorSize` in Go's src/internal/abi/type.go. */
  descriptorBytes(type: number): number {
    const kind = this.kindOf(type);
    const uncommon = this.uncommonOf(type);
    const own = uncommon !== undefined
      ? uncommon - type + UNCOMMON_BYTES
      // Only Go 1.27 and later are walked.
      : kind === "map"
      ? MAP_BYTES[0]
      : OWN_BYTES[kind] ?? COMMON_BYTES;
    const parts = this.memory;
    const added = kind === "struct"
      ? parts.word(type + COMMON_BYTES + 16) * FIELD_BYTES
      : kind === "interface"
      ? parts.word(type + COMMON_BYTES + 16) * IMETHOD_BYTES
      : kind === "func"
      ? (parts.u16(type + COMMON_BYTES) + (parts.u16(type + COMMON_BYTES + 2) & 0x7fff)) * 8
      : 0;
    return own + added + this.methodTable(type).count * METHOD_BYTES;
  }

  /** The type that a pointer there points to; never nil. */
  #typeAt(offset: number): number {
    const type = this.memory.pointer(offset);
    if (type === undefined) throw this.memory.error(offset, "a type lacks a part");
    return type;
  }

  /** Counts what is made of a type's parts, which types of a damaged file may share. */
  #spendParts(type: number, bytes: number): void {
    this.#partBytesLeft -= bytes;
    if (this.#partBytesLeft < 0) throw this.memory.error(type, "types share their parts");
  }

  /** A slice whose elements lie in this memory. */
  #slice(offset: number, elementBytes: number): { start: number; count: number } {
    const count = this.memory.word(offset + 8);
    const start = this.memory.pointer(offset);
    if (count === 0 || start === undefined) return { start: 0, count: 0 };
    if (count > MAX_PARTS || start + count * elementBytes > this.memory.size) {
      throw this.memory.error(offset, `a type claims to have ${count} parts`);
    }
    return { start, count };
  }

  /** Whether it is named or has methods. */
  hasUncommon(type: number): boolean {
    return (this.memory.u8(type + COMMON.tflag) & TFLAG.uncommon) !== 0;
  }

  /** The methods follow directly, so their distance is known; the last word is unused. */
  #isMapUncommon(at: number): boolean {
    const { memory } = this;
    if (at + UNCOMMON_BYTES > memory.size) return false;
    const packagePath = memory.i32(at);
    return memory.u32(at + 8) === UNCOMMON_BYTES && memory.u32(at + 12) === 0 && packagePath >= 0 &&
      packagePath < memory.size && memory.u16(at + 4) >= memory.u16(at + 6);
  }
}

const decoder = new TextDecoder();
