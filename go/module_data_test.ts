import assert from "node:assert/strict";
import { BytesSource } from "../base/mod.ts";
import { BASE_ADDRESS, buildElf } from "../elf/elf_builder.ts";
import { ElfFile, RelativeRelocations, SHF } from "../elf/mod.ts";
import { findModuleData } from "./module_data.ts";
import { locatePclntab } from "./pclntab_location.ts";

/** Where buildElf() puts sections of a whole page. */
const PAGE = 0x1000;
const RODATA = BASE_ADDRESS + 176;
const PCLNTAB = RODATA + PAGE;
const TEXT = 0x70_0000;
/** The only function's distance from the text's start. */
const FIRST = 0x40;

/** A table of one function, whose record is at `record`. Source: Go's src/debug/gosym/pclntab.go. */
function pclntab(magic: number, record: number): Uint8Array {
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setUint8(6, 1);
  view.setUint8(7, 8);
  view.setUint32(8, 1, true);
  const whole = magic >= 0xfffffffa;
  // Where the function is: behind the header, as a whole address, or as a distance.
  const functions = magic === 0xfffffffb ? 16 : magic === 0xfffffffa ? 64 : 72;
  if (magic !== 0xfffffffb) view.setUint32(functions - 8, functions, true);
  view.setUint32(functions, whole ? TEXT + FIRST : FIRST, true);
  view.setUint32(functions + (whole ? 8 : 4), record, true);
  return bytes;
}

/** Words of the module data by number. */
type Words = Readonly<Record<number, number>>;

/** Parts of it from one word on, one after another. */
const from = (first: number, ...parts: readonly (readonly number[])[]): Words =>
  Object.fromEntries(parts.flat().map((value, i) => [first + i, value]));

const slice = (address: number, count: number) => [address, count, count];

const ADDRESSES = [TEXT + FIRST, TEXT + 0x900, TEXT, TEXT + 0x1000];
const TYPES = [RODATA, RODATA + 0x800];
const RODATA_AND_GOFUNC = [RODATA + 8, RODATA + 16];
const EPCLNTAB = [PCLNTAB + 0x800];
const TEXTSECTMAP = slice(RODATA, 1);
const TYPELINKS = slice(RODATA + 0x900, 2);
const ITABLINKS = slice(RODATA + 0xa00, 3);
/** `types`, `typedesclen`, `etypes`, `itaboffset`, `itabsize`. */
const TYPES_AND_LENGTHS = [RODATA, 0x400, RODATA + 0x800, 0x600, 0x200];

/** What each Go has, the first of its layout: `moduledata` in src/runtime/symtab.go. */
const LAYOUTS: Readonly<Record<string, { readonly magic: number; readonly words: Words }>> = {
  "1.12": {
    magic: 0xfffffffb,
    words: { ...from(10, ADDRESSES), ...from(25, TYPES, TEXTSECTMAP, TYPELINKS, ITABLINKS) },
  },
  "1.16": {
    magic: 0xfffffffa,
    words: { ...from(20, ADDRESSES), ...from(35, TYPES, TEXTSECTMAP, TYPELINKS, ITABLINKS) },
  },
  "1.18": {
    magic: 0xfffffff0,
    words: {
      ...from(20, ADDRESSES),
      ...from(35, TYPES, RODATA_AND_GOFUNC, TEXTSECTMAP, TYPELINKS, ITABLINKS),
    },
  },
  "1.20": {
    magic: 0xfffffff1,
    words: {
      ...from(20, ADDRESSES),
      ...from(37, TYPES, RODATA_AND_GOFUNC, TEXTSECTMAP, TYPELINKS, ITABLINKS),
    },
  },
  "1.26": {
    magic: 0xfffffff1,
    words: {
      ...from(20, ADDRESSES),
      ...from(37, TYPES, RODATA_AND_GOFUNC, EPCLNTAB, TEXTSECTMAP, TYPELINKS, ITABLINKS),
    },
  },
  "1.27": {
    magic: 0xfffffff1,
    words: {
      ...from(20, ADDRESSES),
      ...from(37, TYPES_AND_LENGTHS, RODATA_AND_GOFUNC, EPCLNTAB, TEXTSECTMAP),
    },
  },
};

/** Where the first function's record is in a table of `count` functions, behind their entries of 8 bytes. */
const recordOffset = (count: number) => count * 8 + 4;

function find(version: string, changed: Words = {}, record = recordOffset(1)) {
  const { magic, words } = LAYOUTS[version]!;
  const data = new Uint8Array(PAGE);
  const view = new DataView(data.buffer);
  for (const [index, value] of Object.entries({ 0: PCLNTAB, ...words, ...changed })) {
    // Behind a word that points to pclntab, and is no module data.
    view.setBigUint64(0x100 + Number(index) * 8, BigInt(value), true);
  }
  view.setBigUint64(8, BigInt(PCLNTAB), true);
  const elf = new ElfFile(
    new BytesSource(buildElf({
      sections: [
        { name: ".rodata", data: new Uint8Array(PAGE), flags: SHF.ALLOC },
        { name: ".gopclntab", data: pclntab(magic, record), flags: SHF.ALLOC },
        { name: ".data", data, flags: SHF.ALLOC | SHF.WRITE },
      ],
    })),
  );
  return findModuleData(elf, locatePclntab(elf), new RelativeRelocations(elf));
}

for (const version of Object.keys(LAYOUTS)) {
  Deno.test(`findModuleData() reads the parts of Go ${version}`, () => {
    const module = find(version);
    assert.equal(module?.address, PCLNTAB + PAGE + 0x100);
    assert.deepEqual([module.text, module.etext], [TEXT, TEXT + 0x1000]);
    const parts = module.parts!;
    assert.deepEqual(parts.types, { start: RODATA, end: RODATA + 0x800 });
    const offsets = version === "1.12" || version === "1.16"
      ? [undefined, undefined]
      : [RODATA + 8, RODATA + 16];
    assert.deepEqual([parts.rodata, parts.gofunc], offsets);
    if (version === "1.27") {
      assert.deepEqual(parts.descriptors, { start: RODATA + 8, end: RODATA + 0x400 });
      assert.deepEqual(parts.itabs, { start: RODATA + 0x600, end: RODATA + 0x800 });
      assert.deepEqual([parts.typelinks, parts.itablinks], [undefined, undefined]);
    } else {
      assert.deepEqual(parts.typelinks, { address: RODATA + 0x900, count: 2 });
      assert.deepEqual(parts.itablinks, { address: RODATA + 0xa00, count: 3 });
      assert.deepEqual([parts.descriptors, parts.itabs], [undefined, undefined]);
    }
  });

  Deno.test(`findModuleData() knows the text of Go ${version} when the rest has another form`, () => {
    const types = version === "1.12" ? 25 : version === "1.16" || version === "1.18" ? 35 : 37;
    const module = find(version, { [types]: 0x10 });
    assert.equal(module?.text, TEXT);
    assert.equal(module.parts, undefined);
  });
}

Deno.test("findModuleData() takes the first function's distance alone in a table of 262,144 functions", () => {
  // The record's offset, which stands behind it, makes 8 bytes of both no possible address.
  assert.equal(recordOffset(262_144), 0x20_0004);
  for (const version of ["1.18", "1.20", "1.27"]) {
    assert.equal(find(version, {}, 0x20_0000)?.text, TEXT, version);
  }
});

Deno.test("findModuleData() finds nothing where the first function is elsewhere", () => {
  assert.equal(find("1.20", { 20: TEXT + FIRST + 16 }), undefined);
  assert.equal(find("1.20", { 22: TEXT + 16 }), undefined);
  assert.equal(find("1.20", { 21: TEXT }), undefined);
  assert.equal(find("1.20", { 23: TEXT + 0x800 }), undefined);
});

Deno.test("findModuleData() has no parts where a slice has another length than capacity", () => {
  assert.equal(find("1.20", { 46: 3 })?.parts, undefined);
});
