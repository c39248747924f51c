/**
 * Reads the types of a BPF object back from its BTF, as far as gohttpsnoop.h needs: structs with scalar, enum, array
 * and struct members, and enums. Format: the kernel's Documentation/bpf/btf.rst.
 *
 * @module
 */
import { Cursor } from "../base/mod.ts";

/** A type of the object. Sizes and offsets in bytes. */
export type BtfType =
  | { readonly kind: "integer"; readonly size: number }
  | {
    readonly kind: "enum";
    readonly name: string;
    readonly size: number;
    readonly values: Map<string, number>;
  }
  | { readonly kind: "array"; readonly element: number; readonly length: number }
  | {
    readonly kind: "struct";
    readonly name: string;
    readonly size: number;
    readonly members: readonly BtfMember[];
  }
  | { readonly kind: "alias"; readonly target: number }
  | { readonly kind: "other"; readonly number: number };

/** One member of a struct. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
}

const Kind = {
  Int: 1,
  Pointer: 2,
  Array: 3,
  Struct: 4,
  Union: 5,
  Enum: 6,
  Typedef: 8,
  Volatile: 9,
  Const: 10,
  Func: 12,
  FuncProto: 13,
  Var: 14,
  DataSec: 15,
} as const;

/** The bytes of a section of a 64-bit little-endian object file. */
export function objectSection(object: Uint8Array, name: string): Uint8Array {
  const header = new Cursor(object, { name: "ELF header" });
  const sections = header.seek(0x28).u64();
  const [entrySize, count, names] = [header.seek(0x3a).u16(), header.u16(), header.u16()];
  const at = (index: number) => {
    const cursor = new Cursor(object, { name: "section header" }).seek(sections + index * entrySize);
    const nameOffset = cursor.u32();
    cursor.skip(20);
    return { nameOffset, offset: cursor.u64(), size: cursor.u64() };
  };
  const strings = at(names).offset;
  for (let i = 0; i < count; i++) {
    const section = at(i);
    const text = new Cursor(object, { name: ".shstrtab" }).seek(strings + section.nameOffset).cstring();
    if (text === name) return object.subarray(section.offset, section.offset + section.size);
  }
  throw new Error(`The object has no section ${name}`);
}

/** The types by their numbers; number 0 is void. */
export function readBtf(section: Uint8Array): BtfType[] {
  const header = new Cursor(section, { name: ".BTF" });
  if (header.u16() !== 0xeb9f) throw header.error("no BTF magic");
  header.skip(2);
  const [headerLength, typeOffset, typeLength, stringOffset] = [
    header.u32(),
    header.u32(),
    header.u32(),
    header.u32(),
  ];
  const nameAt = (offset: number) =>
    new Cursor(section, { name: ".BTF strings" }).seek(headerLength + stringOffset + offset).cstring();
  const start = headerLength + typeOffset;
  const cursor = new Cursor(section.subarray(start, start + typeLength), { name: ".BTF types" });
  const types: BtfType[] = [{ kind: "other", number: 0 }];
  while (cursor.remaining > 0) {
    const name = nameAt(cursor.u32());
    const info = cursor.u32();
    const sizeOrType = cursor.u32();
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    switch (kind) {
      case Kind.Int:
        cursor.skip(4);
        types.push({ kind: "integer", size: sizeOrType });
        break;
      case Kind.Array: {
        const element = cursor.u32();
        cursor.skip(4);
        types.push({ kind: "array", element, length: cursor.u32() });
        break;
      }
      case Kind.Struct:
      case Kind.Union: {
        const members = Array.from({ length: count }, () => ({
          name: nameAt(cursor.u32()),
          type: cursor.u32(),
          offset: cursor.u32() / 8,
        }));
        types.push({ kind: "struct", name, size: sizeOrType, members });
        break;
      }
      case Kind.Enum: {
        const values = new Map<string, number>();
        for (let i = 0; i < count; i++) values.set(nameAt(cursor.u32()), cursor.u32());
        types.push({ kind: "enum", name, size: sizeOrType, values });
        break;
      }
      case Kind.Typedef:
      case Kind.Volatile:
      case Kind.Const:
        types.push({ kind: "alias", target: sizeOrType });
        break;
      default:
        if (kind === Kind.FuncProto) cursor.skip(8 * count);
        else if (kind === Kind.Var) cursor.skip(4);
        else if (kind === Kind.DataSec) cursor.skip(12 * count);
        types.push({ kind: "other", number: kind });
    }
  }
  return types;
}

/** `type` without const, volatile and typedef. */
export function resolveType(types: readonly BtfType[], type: number): BtfType {
  const found = types[type];
  if (found === undefined) throw new Error(`BTF has no type ${type}`);
  return found.kind === "alias" ? resolveType(types, found.target) : found;
}

/** The size of a type in bytes. */
export function sizeOf(types: readonly BtfType[], type: BtfType): number {
  switch (type.kind) {
    case "integer":
    case "enum":
    case "struct":
      return type.size;
    case "array":
      return type.length * sizeOf(types, resolveType(types, type.element));
    case "alias":
      return sizeOf(types, resolveType(types, type.target));
    case "other":
      return type.number === Kind.Pointer ? 8 : 0;
  }
}
