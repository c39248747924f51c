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

/** A table of one function. Source: Go's src/debug/gosym/pclntab.go. */
function pclntab(magic: number): Uint8Array {
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
  return bytes;
}

/** Words of the module data by number; a slice is three. */
type Words = Readonly<Record<number, number>>;

const slice = (index: number, address: number, count: number): Words => ({
  [index]: address,
  [index + 1]: count,
  [index + 2]: count,
});

const ENDS = (minpc: number): Words => ({
  0: PCLNTAB,
  [minpc]: TEXT + FIRST,
  [minpc + 1]: TEXT + 0x900,
  [minpc + 2]: TEXT,
  [minpc + 3]: TEXT + 0x1000,
});

/** What each Go has, the first of its layout: `moduledata` in src/runtime/symtab.go. */
const LAYOUTS: Readonly<Record<string, { readonly magic: number; readonly words: Words }>> = {
  "1.12": {
    magic: 0xfffffffb,
    words: {
      ...ENDS(10),
      25: RODATA,
      26: RODATA + 0x800,
      ...slice(27, RODATA, 1),
      ...slice(30, RODATA + 0x900, 2),
      ...slice(33, RODATA + 0xa00, 3),
    },
  },
  "1.16": {
    magic: 0xfffffffa,
    words: {
      ...ENDS(20),
      35: RODATA,
      36: RODATA + 0x800,
      ...slice(37, RODATA, 1),
      ...slice(40, RODATA + 0x900, 2),
      ...slice(43, RODATA + 0xa00, 3),
    },
  },
  "1.18": {
    magic: 0xfffffff0,
    words: {
      ...ENDS(20),
      35: RODATA,
      36: RODATA + 0x800,
      37: RODATA + 8,
      38: RODATA + 16,
      ...slice(39, RODATA, 1),
      ...slice(42, RODATA + 0x900, 2),
      ...slice(45, RODATA + 0xa00, 3),
    },
  },
  "1.20": {
    magic: 0xfffffff1,
    words: {
      ...ENDS(20),
      37: RODATA,
      38: RODATA + 0x800,
      39: RODATA + 8,
      40: RODATA + 16,
      ...slice(41, RODATA, 1),
      ...slice(44, RODATA + 0x900, 2),
      ...slice(47, RODATA + 0xa00, 3),
    },
  },
  "1.26": {
    magic: 0xfffffff1,
    words: {
      ...ENDS(20),
      37: RODATA,
      38: RODATA + 0x800,
      39: RODATA + 8,
      40: RODATA + 16,
      41: PCLNTAB + 0x800,
      ...slice(42, RODATA, 1),
      ...slice(45, RODATA + 0x900, 2),
      ...slice(48, RODATA + 0xa00, 3),
    },
  },
  "1.27": {
    magic: 0xfffffff1,
    words: {
      ...ENDS(20),
      37: RODATA,
      38: 0x400,
      39: RODATA + 0x800,
      40: 0x600,
      41: 0x200,
      42: RODATA + 8,
      43: RODATA + 16,
      44: PCLNTAB + 0x800,
      ...slice(45, RODATA, 1),
    },
  },
};

function find(version: string, changed: Words = {}, section = ".data") {
  const { magic, words } = LAYOUTS[version]!;
  const data = new Uint8Array(PAGE);
  const view = new DataView(data.buffer);
  for (const [index, value] of Object.entries({ ...words, ...changed })) {
    // Behind a word that points to pclntab, and is no module data.
    view.setBigUint64(0x100 + Number(index) * 8, BigInt(value), true);
  }
  view.setBigUint64(8, BigInt(PCLNTAB), true);
  const elf = new ElfFile(
    new BytesSource(buildElf({
      sections: [
        { name: ".rodata", data: new Uint8Array(PAGE), flags: SHF.ALLOC },
        { name: ".gopclntab", data: pclntab(magic), flags: SHF.ALLOC },
        { name: section, data, flags: SHF.ALLOC | SHF.WRITE },
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

Deno.test("findModuleData() finds nothing where the first function is elsewhere", () => {
  assert.equal(find("1.20", { 20: TEXT + FIRST + 16 }), undefined);
  assert.equal(find("1.20", { 22: TEXT + 16 }), undefined);
  assert.equal(find("1.20", { 21: TEXT }), undefined);
  assert.equal(find("1.20", { 23: TEXT + 0x800 }), undefined);
});

Deno.test("findModuleData() has no parts where a slice has another length than capacity", () => {
  assert.equal(find("1.20", { 46: 3 })?.parts, undefined);
});
