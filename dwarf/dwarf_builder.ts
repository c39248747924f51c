/**
 * Writes small DWARF for tests: what it states can be made wrong on purpose. No part of the program uses it.
 *
 * @module
 */
import { BytesSource } from "../base/mod.ts";
import { Dwarf } from "./dwarf.ts";

/** One attribute: name, form, and its bytes as {@linkcode uleb}, {@linkcode u32} and the others write them. */
export type Attribute = readonly [name: number, form: number, value: readonly number[], constant?: number];

/** One entry to write. */
export interface EntrySpec {
  readonly tag: number;
  readonly attributes?: readonly Attribute[];
  /** Given, even if empty, the entry says that it has children. */
  readonly children?: readonly EntrySpec[];
  /** Under this name, `labels` of the result has the entry's place. */
  readonly label?: string;
}

/** One unit to write; everything but its entry has a default. */
export interface UnitSpec {
  readonly version?: number;
  /** 64-bit DWARF. */
  readonly wide?: boolean;
  readonly entry: EntrySpec;
  /** What the header claims instead of the length. */
  readonly claimedLength?: number;
  /** Of version 5: the unit's type, and what the header has more for it. */
  readonly type?: number;
  readonly extra?: readonly number[];
}

/** The sections that were written, by name. */
export interface BuiltDwarf {
  readonly sections: Record<string, Uint8Array>;
  readonly labels: ReadonlyMap<string, number>;
}

/** The sections `.debug_info` and `.debug_abbrev` of units, whose attributes may refer to labels by {@linkcode ref}. */
export function buildDwarf(units: readonly UnitSpec[]): BuiltDwarf {
  const labels = new Map<string, number>();
  // Twice: the first time finds out where the labels are.
  for (let pass = 0;; pass++) {
    const info: number[] = [];
    const abbreviations: number[] = [];
    const codes = new Map<string, number>();
    const resolve = (value: readonly number[]) => {
      const label = references.get(value);
      return label === undefined ? value : u32(labels.get(label) ?? 0);
    };
    const write = (
      { tag, attributes = [], children, label }: EntrySpec,
      into: number[],
      base: number,
    ): void => {
      if (label !== undefined) labels.set(label, base + into.length);
      const shape = [...uleb(tag), children === undefined ? 0 : 1];
      for (const [name, form, , constant] of attributes) {
        shape.push(...uleb(name), ...uleb(form), ...(constant === undefined ? [] : sleb(constant)));
      }
      let code = codes.get(shape.join());
      if (code === undefined) {
        codes.set(shape.join(), code = codes.size + 1);
        abbreviations.push(...uleb(code), ...shape, 0, 0);
      }
      into.push(...uleb(code));
      for (const [, , value] of attributes) for (const byte of resolve(value)) into.push(byte);
      for (const child of children ?? []) write(child, into, base);
      if (children !== undefined) into.push(0);
    };
    for (const { version = 4, wide = false, entry, claimedLength, type = 1, extra = [] } of units) {
      const offset = wide ? (value: number) => [...u32(value), ...u32(0)] : u32;
      const header = version >= 5
        ? [...u16(version), type, 8, ...offset(0), ...extra]
        : [...u16(version), ...offset(0), 8];
      const body: number[] = [];
      const lengthBytes = wide ? 12 : 4;
      write(entry, body, info.length + lengthBytes + header.length);
      const length = claimedLength ?? header.length + body.length;
      info.push(...(wide ? u32(0xffffffff) : []), ...offset(length), ...header);
      for (const byte of body) info.push(byte);
    }
    abbreviations.push(0);
    if (pass === 0) continue;
    const sections = {
      ".debug_info": Uint8Array.from(info),
      ".debug_abbrev": Uint8Array.from(abbreviations),
    };
    return { sections, labels };
  }
}

/** A reader over built sections, and others that are handed to it. */
export function openBuilt(
  built: BuiltDwarf,
  others: Readonly<Record<string, Uint8Array>> = {},
): Dwarf {
  const dwarf = Dwarf.open((name) => {
    const bytes = others[name] ?? built.sections[name];
    return bytes === undefined ? undefined : new BytesSource(bytes);
  });
  if (dwarf === undefined) throw new Error("there is no .debug_info");
  return dwarf;
}

const references = new WeakMap<readonly number[], string>();

/** Four bytes with the place of the entry of that label, for `DW_FORM_ref_addr`. */
export function ref(label: string): readonly number[] {
  const value = u32(0);
  references.set(value, label);
  return value;
}

/** Two bytes. */
export function u16(value: number): number[] {
  return [value & 255, value >>> 8 & 255];
}

/** Four bytes. */
export function u32(value: number): number[] {
  return [...u16(value), ...u16(value >>> 16)];
}

/** Eight bytes. */
export function u64(value: number): number[] {
  return [...u32(value), ...u32(Math.floor(value / 2 ** 32))];
}

/** Unsigned LEB128. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push(value % 128 + 128);
  return [...bytes, value];
}

/** Signed LEB128, of at most 31 bits. */
export function sleb(value: number): number[] {
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push(value & 127 | 128);
  return [...bytes, value & 127];
}

/** Text with a NUL behind. */
export function cstring(text: string): number[] {
  return [...new TextEncoder().encode(text), 0];
}
