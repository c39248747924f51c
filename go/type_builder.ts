/**
 * Writes type metadata for tests, as the compiler and the linker do: what it states can be made wrong on purpose. No part
 * of the program uses it.
 *
 * @module
 */
import { BytesSource } from "../base/mod.ts";
import { BASE_ADDRESS, buildElf } from "../elf/elf_builder.ts";
import { ElfFile, SHF } from "../elf/mod.ts";
import { GO_KINDS, type GoKind } from "./go_type.ts";
import type { ModuleData } from "./module_data.ts";
import type { PclntabLocation } from "./pclntab_location.ts";
import type { PclntabFormat } from "./pclntab_header.ts";
import type { DescriptorForm } from "./type_descriptor.ts";

/** A type to write; what a kind does not have is left out. */
export interface TypeSpec {
  readonly kind: GoKind;
  /** Its string, with the packages' names: `http.Request`. */
  readonly text: string;
  readonly size?: number;
  /** Makes it a named type, of the package of this path. */
  readonly packagePath?: string;
  /** Writes the string with a star in front, which a flag takes away. */
  readonly extraStar?: boolean;
  readonly element?: number;
  readonly key?: number;
  readonly length?: number;
  readonly direction?: number;
  readonly fields?: readonly FieldSpec[];
  readonly parameters?: readonly number[];
  readonly results?: readonly number[];
  readonly variadic?: boolean;
  /** Of an interface: names and func types. */
  readonly asked?: readonly { readonly name: string; readonly type: number }[];
  readonly methods?: readonly MethodSpec[];
  readonly pointerTo?: number;
  /** Bytes of a map's descriptor; 112, as from Go 1.24, if not said. */
  readonly mapBytes?: number;
}

/** A field of a struct to write. */
export interface FieldSpec {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly embedded?: boolean;
  readonly tag?: string;
}

/** A method to write. */
export interface MethodSpec {
  readonly name: string;
  readonly type: number;
  readonly text: number;
  readonly interfaceText?: number;
}

/** Where the metadata lies: the first section's place. */
const START = BASE_ADDRESS + 176;
const TEXT = 0x10_0000;
const CAPACITY = 1 << 20;

const OWN_BYTES: Readonly<Partial<Record<GoKind, number>>> = {
  array: 24,
  chan: 16,
  func: 8,
  interface: 32,
  pointer: 8,
  slice: 8,
  struct: 32,
};

/** Types and names, written one after another; each is referred to by its offset. */
export class TypeBuilder {
  readonly bytes = new Uint8Array(CAPACITY);
  readonly view = new DataView(this.bytes.buffer);
  readonly #form: DescriptorForm;
  readonly #unnamed: { text: string; offset: number }[] = [];
  /** No type and no name has the offset 0. */
  #end = 8;

  constructor(form: DescriptorForm = { nameLength: "varint", fieldOffset: "plain" }) {
    this.#form = form;
  }

  /** Writes a name and returns its offset. */
  name(
    text: string,
    options: { readonly exported?: boolean; readonly embedded?: boolean; readonly tag?: string } = {},
  ): number {
    const at = this.#end;
    const flags = (options.exported ? 1 : 0) | (options.tag === undefined ? 0 : 2) |
      (options.embedded ? 8 : 0);
    this.view.setUint8(this.#take(1), flags);
    for (const part of options.tag === undefined ? [text] : [text, options.tag]) {
      const encoded = new TextEncoder().encode(part);
      if (this.#form.nameLength === "two bytes") this.view.setUint16(this.#take(2), encoded.length);
      else {
        for (let rest = encoded.length;; rest = Math.floor(rest / 128)) {
          this.view.setUint8(this.#take(1), rest >= 128 ? rest % 128 + 128 : rest);
          if (rest < 128) break;
        }
      }
      this.bytes.set(encoded, this.#take(encoded.length));
    }
    return at;
  }

  /** Writes a descriptor, with its uncommon part where it is named or has methods, and returns its offset. */
  type(spec: TypeSpec): number {
    const named = spec.packagePath !== undefined;
    const uncommon = named || spec.methods !== undefined;
    const name = this.name(spec.extraStar ? `*${spec.text}` : spec.text);
    const packageName = spec.packagePath === undefined ? 0 : this.name(spec.packagePath);
    const fields = this.#fields(spec.fields ?? []);
    const asked = this.#asked(spec.asked ?? []);
    const methodNames = (spec.methods ?? []).map((method) => this.name(method.name));

    this.#end = Math.ceil(this.#end / 8) * 8;
    const own = spec.kind === "map" ? (spec.mapBytes ?? 112) - 48 : OWN_BYTES[spec.kind] ?? 0;
    const signature = [...spec.parameters ?? [], ...spec.results ?? []];
    const at = this.#take(48 + own + (uncommon ? 16 : 0) + signature.length * 8);
    const { view } = this;
    view.setUint32(at, spec.size ?? 8, true);
    view.setUint8(at + 20, (uncommon ? 1 : 0) | (spec.extraStar ? 2 : 0) | (named ? 4 : 0));
    view.setUint8(at + 21, 8);
    view.setUint8(at + 22, 8);
    // A flag of Go to 1.25 stands above the kind.
    view.setUint8(at + 23, (GO_KINDS.indexOf(spec.kind) + 1) | 32);
    view.setInt32(at + 40, name, true);
    view.setInt32(at + 44, spec.pointerTo ?? 0, true);
    if (spec.kind === "map") {
      this.point(at + 48, spec.key ?? 0);
      this.point(at + 56, spec.element ?? 0);
    } else if (spec.element !== undefined) this.point(at + 48, spec.element);
    if (spec.kind === "array") view.setUint32(at + 64, spec.length ?? 0, true);
    if (spec.kind === "chan") view.setUint8(at + 56, spec.direction ?? 3);
    if (spec.kind === "func") {
      view.setUint16(at + 48, spec.parameters?.length ?? 0, true);
      view.setUint16(at + 50, (spec.results?.length ?? 0) | (spec.variadic ? 0x8000 : 0), true);
      const first = at + 56 + (uncommon ? 16 : 0);
      signature.forEach((type, i) => this.point(first + i * 8, type));
    }
    if (spec.kind === "struct" || spec.kind === "interface") {
      const count = (spec.fields ?? spec.asked ?? []).length;
      if (packageName !== 0) this.point(at + 48, packageName);
      if (count > 0) this.point(at + 56, spec.kind === "struct" ? fields : asked);
      view.setUint32(at + 64, count, true);
      view.setUint32(at + 72, count, true);
    }
    if (uncommon) this.#methods(at + 48 + own, packageName, spec.methods ?? [], methodNames);
    if (!named && !["int", "string", "bool"].includes(spec.text)) {
      this.#unnamed.push({ text: spec.text, offset: at });
    }
    return at;
  }

  /** Writes a pointer to an offset. */
  point(at: number, offset: number): void {
    this.view.setBigUint64(at, BigInt(START + offset), true);
  }

  /** The metadata in a file, and what RuntimeTypes needs to find it there. */
  build(
    format: PclntabFormat = "1.20",
  ): { elf: ElfFile; module: ModuleData; pclntab: PclntabLocation; start: number } {
    const size = Math.ceil(this.#end / 8) * 8;
    const sorted = this.#unnamed.toSorted((a, b) => a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
    const typelinks = new Uint8Array(sorted.length * 4);
    sorted.forEach(({ offset }, i) => new DataView(typelinks.buffer).setInt32(i * 4, offset, true));
    const data = new Uint8Array(size + typelinks.length);
    data.set(this.bytes.subarray(0, size));
    data.set(typelinks, size);
    const bytes = buildElf({ sections: [{ name: ".rodata", data, flags: SHF.ALLOC }] });
    const elf = new ElfFile(new BytesSource(bytes));
    const module: ModuleData = {
      address: START,
      text: TEXT,
      etext: TEXT + 0x10_0000,
      parts: {
        types: { start: START, end: START + size },
        typelinks: { address: START + size, count: sorted.length },
        itablinks: undefined,
        descriptors: undefined,
        itabs: undefined,
        rodata: undefined,
        gofunc: undefined,
      },
    };
    const pclntab: PclntabLocation = {
      address: START,
      table: elf.source,
      header: {
        format,
        functionCount: 1,
        textStart: TEXT,
        textStartOffset: undefined,
        names: { offset: 0, size: 0 },
        functionsOffset: 0,
        entrySize: 8,
        nameField: 4,
        pcValuesOffset: 0,
        files: undefined,
      },
    };
    return { elf, module, pclntab, start: START };
  }

  #fields(fields: readonly FieldSpec[]): number {
    const shifted = this.#form.fieldOffset === "shifted";
    const names = fields.map(({ name, embedded, tag }) =>
      this.name(name, {
        ...(tag === undefined ? {} : { tag }),
        embedded: !shifted && embedded === true,
      })
    );
    this.#end = Math.ceil(this.#end / 8) * 8;
    const at = this.#take(fields.length * 24);
    fields.forEach(({ type, offset, embedded }, i) => {
      this.point(at + i * 24, names[i]!);
      this.point(at + i * 24 + 8, type);
      const value = shifted ? offset * 2 + (embedded ? 1 : 0) : offset;
      this.view.setUint32(at + i * 24 + 16, value, true);
    });
    return at;
  }

  #asked(asked: readonly { readonly name: string; readonly type: number }[]): number {
    const names = asked.map(({ name }) => this.name(name, { exported: /^[A-Z]/.test(name) }));
    this.#end = Math.ceil(this.#end / 8) * 8;
    const at = this.#take(asked.length * 8);
    asked.forEach(({ type }, i) => {
      this.view.setInt32(at + i * 8, names[i]!, true);
      this.view.setInt32(at + i * 8 + 4, type, true);
    });
    return at;
  }

  #methods(at: number, packageName: number, methods: readonly MethodSpec[], names: readonly number[]): void {
    const table = this.#take(methods.length * 16);
    const { view } = this;
    view.setInt32(at, packageName, true);
    view.setUint16(at + 4, methods.length, true);
    view.setUint16(at + 6, methods.length, true);
    view.setUint32(at + 8, table - at, true);
    methods.forEach(({ type, text, interfaceText }, i) => {
      view.setInt32(table + i * 16, names[i]!, true);
      view.setInt32(table + i * 16 + 4, type, true);
      view.setInt32(table + i * 16 + 8, interfaceText ?? text, true);
      view.setInt32(table + i * 16 + 12, text, true);
    });
  }

  #take(length: number): number {
    const at = this.#end;
    this.#end += length;
    return at;
  }
}
