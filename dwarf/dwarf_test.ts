import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FormatError } from "../base/mod.ts";
import { DW_AT, DW_FORM, DW_TAG, DW_UT } from "./constants.ts";
import {
  type Attribute,
  buildDwarf,
  cstring,
  type EntrySpec,
  openBuilt,
  ref,
  sleb,
  u16,
  u32,
  u64,
  uleb,
  type UnitSpec,
} from "./dwarf_builder.ts";
import type { Dwarf } from "./dwarf.ts";
import { readRanges } from "./ranges.ts";

const bytes = (...parts: readonly (readonly number[])[]) => Uint8Array.from(parts.flat());

/** A unit of Go's with these children and attributes more. */
function unit(
  children: readonly EntrySpec[],
  attributes: readonly Attribute[] = [],
  more: Partial<UnitSpec> = {},
): UnitSpec {
  const own: Attribute[] = [
    [DW_AT.name, DW_FORM.string, cstring("main")],
    [DW_AT.language, DW_FORM.data1, [0x16]],
  ];
  return { entry: { tag: DW_TAG.compile_unit, attributes: [...own, ...attributes], children }, ...more };
}

/** The first entry below the unit's own. */
function firstEntry(dwarf: Dwarf, index = 0) {
  const cursor = dwarf.entries([...dwarf.units()][index]!);
  assert.ok(cursor.next() && cursor.next());
  return cursor;
}

/** All entries, indented by their depth. */
function outline(dwarf: Dwarf): string[] {
  const lines: string[] = [];
  for (const unit of dwarf.units()) {
    for (const cursor = dwarf.entries(unit); cursor.next();) {
      lines.push(`${" ".repeat(cursor.depth)}${cursor.tag} ${cursor.text(DW_AT.name) ?? ""}`);
    }
  }
  return lines;
}

const NUMBERS: readonly (readonly [
  form: keyof typeof DW_FORM,
  value: readonly number[],
  expected: number,
  constant?: number,
])[] = [
  ["data1", [200], 200],
  ["data2", u16(60_000), 60_000],
  ["data4", u32(0xfedcba98), 0xfedcba98],
  ["data8", u64(2 ** 40 + 3), 2 ** 40 + 3],
  ["udata", uleb(300_000), 300_000],
  ["sdata", sleb(-300_000), -300_000],
  ["sdata", sleb(64), 64],
  ["sec_offset", u32(77), 77],
  ["flag", [1], 1],
  ["flag_present", [], 1],
  ["implicit_const", [], -1234, -1234],
  ["loclistx", uleb(5), 5],
  ["rnglistx", uleb(129), 129],
  ["addr", u64(0x401000), 0x401000],
];

for (const [form, value, expected, constant] of NUMBERS) {
  Deno.test(`number() reads DW_FORM_${form}`, () => {
    const attribute: Attribute = constant === undefined
      ? [DW_AT.count, DW_FORM[form], value]
      : [DW_AT.count, DW_FORM[form], value, constant];
    const built = buildDwarf([unit([{
      tag: DW_TAG.base_type,
      attributes: [attribute, [DW_AT.name, DW_FORM.string, cstring("behind")]],
    }])]);
    const entry = firstEntry(openBuilt(built));
    assert.equal(entry.number(DW_AT.count), expected);
    assert.equal(entry.text(DW_AT.name), "behind");
    assert.equal(entry.number(DW_AT.byte_size), undefined);
  });
}

Deno.test("text() reads every form of a string", () => {
  const strings = bytes(cstring("zero"), cstring("one"), cstring("two"));
  const offsets = bytes(u32(0xdead), u16(5), u16(0), u32(0), u32(5), u32(9));
  const forms:
    readonly (readonly [form: keyof typeof DW_FORM, value: readonly number[], expected: string])[] = [
      ["string", cstring("Grüße"), "Grüße"],
      ["strp", u32(5), "one"],
      ["line_strp", u32(2), "ro"],
      ["strx", uleb(0), "zero"],
      ["strx1", [1], "one"],
      ["strx2", u16(2), "two"],
      ["strx3", [2, 0, 0], "two"],
      ["strx4", u32(1), "one"],
      ["GNU_str_index", uleb(2), "two"],
    ];
  for (const [form, value, expected] of forms) {
    const built = buildDwarf([
      unit([{ tag: DW_TAG.base_type, attributes: [[DW_AT.name, DW_FORM[form], value]] }], [
        [DW_AT.str_offsets_base, DW_FORM.sec_offset, u32(8)],
      ], { version: 5 }),
    ]);
    const dwarf = openBuilt(built, {
      ".debug_str": strings,
      ".debug_line_str": strings,
      ".debug_str_offsets": offsets,
    });
    assert.equal(firstEntry(dwarf).text(DW_AT.name), expected, form);
    if (form !== "string") assert.throws(() => firstEntry(openBuilt(built)).text(DW_AT.name), FormatError);
  }
});

Deno.test("address() reads every form of an address", () => {
  const forms: readonly (readonly [form: keyof typeof DW_FORM, value: readonly number[]])[] = [
    ["addr", u64(0x402000)],
    ["addrx", uleb(1)],
    ["addrx1", [1]],
    ["addrx2", u16(1)],
    ["addrx3", [1, 0, 0]],
    ["addrx4", u32(1)],
    ["GNU_addr_index", uleb(1)],
  ];
  for (const [form, value] of forms) {
    const built = buildDwarf([
      unit([{ tag: DW_TAG.subprogram, attributes: [[DW_AT.low_pc, DW_FORM[form], value]] }], [
        [DW_AT.addr_base, DW_FORM.sec_offset, u32(8)],
      ], { version: 5 }),
    ]);
    const addresses = bytes(u64(1), u64(0x401000), u64(0x402000));
    assert.equal(
      firstEntry(openBuilt(built, { ".debug_addr": addresses })).address(DW_AT.low_pc),
      0x402000,
      form,
    );
  }
});

Deno.test("reference() reads every form of a reference within the section", () => {
  const forms: readonly (readonly [form: keyof typeof DW_FORM, value: readonly number[], inUnit: boolean])[] =
    [
      ["ref_addr", u32(40), false],
      ["ref1", [40], true],
      ["ref2", u16(40), true],
      ["ref4", u32(40), true],
      ["ref8", u64(40), true],
      ["ref_udata", uleb(40), true],
    ];
  for (const [form, value, inUnit] of forms) {
    const entry = { tag: DW_TAG.member, attributes: [[DW_AT.type, DW_FORM[form], value]] } as const;
    const dwarf = openBuilt(buildDwarf([unit([]), unit([entry])]));
    const second = [...dwarf.units()][1]!;
    assert.equal(firstEntry(dwarf, 1).reference(DW_AT.type), inUnit ? second.offset + 40 : 40, form);
  }
});

Deno.test("block() reads every form of a block, and forms that are of no use are stepped over", () => {
  const forms: readonly (readonly [
    form: keyof typeof DW_FORM,
    value: readonly number[],
    expected: readonly number[] | undefined,
  ])[] = [
    ["block1", [2, 7, 8], [7, 8]],
    ["block2", [2, 0, 7, 8], [7, 8]],
    ["block4", [2, 0, 0, 0, 7, 8], [7, 8]],
    ["block", [2, 7, 8], [7, 8]],
    ["exprloc", [0], []],
    ["data16", Array.from({ length: 16 }, (_, i) => i), Array.from({ length: 16 }, (_, i) => i)],
    ["ref_sig8", u64(1), undefined],
    ["ref_sup4", u32(1), undefined],
    ["ref_sup8", u64(1), undefined],
    ["strp_sup", u32(1), undefined],
    ["GNU_ref_alt", u32(1), undefined],
    ["GNU_strp_alt", u32(1), undefined],
    ["indirect", [DW_FORM.block1, 1, 9], [9]],
    ["indirect", [DW_FORM.string, 65, 0], undefined],
    ["indirect", [...uleb(DW_FORM.GNU_ref_alt), 1, 2, 3, 4], undefined],
  ];
  for (const [form, value, expected] of forms) {
    const built = buildDwarf([unit([{
      tag: DW_TAG.variable,
      attributes: [[DW_AT.location, DW_FORM[form], value], [DW_AT.name, DW_FORM.string, cstring("behind")]],
    }])]);
    const entry = firstEntry(openBuilt(built));
    assert.deepEqual(entry.block(DW_AT.location), expected && Uint8Array.from(expected), form);
    assert.equal(entry.text(DW_AT.name), "behind", form);
  }
});

Deno.test("an indirect form may be a number, a string, an address and a reference too", () => {
  const indirect = (form: number, value: readonly number[]) => [...uleb(form), ...value];
  const entry = firstEntry(openBuilt(buildDwarf([unit([{
    tag: DW_TAG.variable,
    attributes: [
      [DW_AT.count, DW_FORM.indirect, indirect(DW_FORM.udata, uleb(500))],
      [DW_AT.name, DW_FORM.indirect, indirect(DW_FORM.string, cstring("name"))],
      [DW_AT.low_pc, DW_FORM.indirect, indirect(DW_FORM.addr, u64(16))],
      [DW_AT.type, DW_FORM.indirect, indirect(DW_FORM.ref_addr, u32(33))],
    ],
  }])])));
  assert.deepEqual(
    [
      entry.number(DW_AT.count),
      entry.text(DW_AT.name),
      entry.address(DW_AT.low_pc),
      entry.reference(DW_AT.type),
    ],
    [500, "name", 16, 33],
  );
});

Deno.test("an unknown form is reported, in the table and as an indirect one", () => {
  const inTable = buildDwarf([unit([{ tag: DW_TAG.member, attributes: [[DW_AT.name, 0x7e, []]] }])]);
  assert.throws(() => outline(openBuilt(inTable)), /\.debug_abbrev at 0x[0-9a-f]+: form 0x7e is not known/);
  for (const form of [0x7e, DW_FORM.indirect, DW_FORM.implicit_const]) {
    const value = [form, 0, 0, 0, 0];
    const built = buildDwarf([
      unit([{ tag: DW_TAG.member, attributes: [[DW_AT.name, DW_FORM.indirect, value]] }]),
    ]);
    assert.throws(() => outline(openBuilt(built)), /form 0x[0-9a-f]+ is not known/);
  }
});

const TREE: EntrySpec[] = [
  {
    tag: DW_TAG.structure_type,
    attributes: [[DW_AT.name, DW_FORM.string, cstring("s")]],
    children: [
      { tag: DW_TAG.member, attributes: [[DW_AT.name, DW_FORM.string, cstring("a")]], label: "a" },
      { tag: DW_TAG.member, children: [] },
    ],
  },
  { tag: DW_TAG.base_type, attributes: [[DW_AT.name, DW_FORM.string, cstring("int")]], label: "int" },
];
const TREE_OUTLINE = ["17 main", " 19 s", "  13 a", "  13 ", " 36 int"];

Deno.test("a walk gives every entry with its depth, in DWARF 2 to 5 and in 64-bit DWARF", () => {
  for (const version of [2, 3, 4, 5]) {
    for (const wide of [false, true]) {
      const built = buildDwarf([unit(TREE, [], { version, wide }), unit(TREE, [], { version, wide })]);
      const dwarf = openBuilt(built);
      assert.deepEqual(outline(dwarf), [...TREE_OUTLINE, ...TREE_OUTLINE]);
      assert.equal(dwarf.entry(built.labels.get("int")!).text(DW_AT.name), "int");
      assert.equal(dwarf.unitAt(built.labels.get("int")!).offset, [...dwarf.units()][1]!.offset);
    }
  }
});

Deno.test("headers of type and skeleton units are read", () => {
  const extra = {
    [DW_UT.type]: 12,
    [DW_UT.split_type]: 12,
    [DW_UT.skeleton]: 8,
    [DW_UT.split_compile]: 8,
    [DW_UT.partial]: 0,
  };
  for (const [type, length] of Object.entries(extra)) {
    const spec = unit(TREE, [], { version: 5, type: Number(type), extra: Array(length).fill(1) });
    assert.deepEqual(outline(openBuilt(buildDwarf([spec]))), TREE_OUTLINE, type);
  }
});

Deno.test("an entry that is longer than what is read at once is read whole", () => {
  const name = "x".repeat(700_000);
  const long: EntrySpec = {
    tag: DW_TAG.base_type,
    attributes: [[DW_AT.name, DW_FORM.string, cstring(name)]],
    label: "long",
  };
  const built = buildDwarf([unit([...TREE, long, ...TREE])]);
  const dwarf = openBuilt(built);
  assert.equal(dwarf.entry(built.labels.get("long")!).text(DW_AT.name), name);
  assert.equal(outline(dwarf).length, 1 + 4 + 1 + 4);
});

Deno.test("very many abbreviations are reported, wherever units say that theirs begin", () => {
  // One long table of entries without attributes; each of the units begins a little further into it.
  const abbreviation = [1, DW_TAG.member, 0, 0, 0];
  const table = bytes(...Array.from({ length: 100_000 }, () => abbreviation), [0]);
  const info = bytes(...Array.from({ length: 1000 }, (_, i) => [...u32(8), ...u16(4), ...u32(5 * i), 8, 2]));
  const dwarf = openBuilt({ sections: { ".debug_info": info, ".debug_abbrev": table }, labels: new Map() });
  assert.throws(() => {
    for (const unit of dwarf.units()) assert.throws(() => dwarf.entryAt(unit, unit.firstEntry), FormatError);
    const [last] = [...dwarf.units()].slice(-1);
    dwarf.entryAt(last!, last!.firstEntry);
  }, /there are too many abbreviations/);
});

Deno.test("an abbreviation with a large code is found, and one with too many attributes is reported", () => {
  const table = bytes([...uleb(5000), DW_TAG.member, 0, 0, 0], [...uleb(2 ** 40), DW_TAG.variable, 0, 0, 0], [
    0,
  ]);
  const info = (code: number) => bytes(u32(7 + uleb(code).length), u16(4), u32(0), [8], uleb(code));
  const open = (code: number, abbreviations: Uint8Array) =>
    openBuilt({ sections: { ".debug_info": info(code), ".debug_abbrev": abbreviations }, labels: new Map() });
  assert.deepEqual(outline(open(5000, table)), [`${DW_TAG.member} `]);
  assert.deepEqual(outline(open(2 ** 40, table)), [`${DW_TAG.variable} `]);
  const long = bytes(
    [1, DW_TAG.member, 0],
    ...Array.from({ length: 300 }, () => [DW_AT.name, DW_FORM.flag_present]),
    [0, 0, 0],
  );
  assert.throws(() => outline(open(1, long)), /too many attributes/);
});

Deno.test("a header that is damaged is reported", () => {
  const cases: readonly (readonly [spec: Partial<UnitSpec>, message: RegExp])[] = [
    [{ version: 6 }, /unit version 6 is not supported/],
    [{ claimedLength: 10_000 }, /a unit claims 10000 bytes/],
    [{ claimedLength: 0xfffffff3 }, /is no length of a unit/],
    [{ claimedLength: 5 }, /shorter than its header/],
    [{ claimedLength: 2 ** 31, wide: true }, /a unit claims/],
  ];
  for (const [spec, message] of cases) {
    assert.throws(() => outline(openBuilt(buildDwarf([unit(TREE, [], spec)]))), (error) => {
      assert.ok(error instanceof FormatError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("a place that has no entry is reported", () => {
  const built = buildDwarf([unit(TREE)]);
  const dwarf = openBuilt(built);
  const end = built.sections[".debug_info"]!.length;
  for (const offset of [-1, 0, 3, end - 1, end, 2 ** 40, NaN]) {
    assert.throws(() => dwarf.entry(offset), FormatError, String(offset));
  }
});

Deno.test("a missing section is reported, and no .debug_info is no DWARF", () => {
  const { ".debug_info": info } = buildDwarf([unit(TREE)]).sections;
  const labels = new Map<string, number>();
  assert.throws(
    () => outline(openBuilt({ sections: { ".debug_info": info! }, labels })),
    /\.debug_abbrev is missing/,
  );
});

Deno.test("sections that are cut off anywhere or have flipped bits give entries or a FormatError", () => {
  const built = buildDwarf([
    unit([...TREE, { tag: DW_TAG.member, attributes: [[DW_AT.type, DW_FORM.ref_addr, ref("a")]] }], [
      [DW_AT.ranges, DW_FORM.sec_offset, u32(0)],
    ], { version: 5 }),
    unit(TREE),
  ]);
  const lists = bytes([5], u64(0x1000), [4], uleb(0), uleb(300), [6], u64(5), u64(6), [7], u64(8), uleb(9), [
    0,
  ]);
  const all = { ...built.sections, ".debug_rnglists": lists };
  const names = Object.keys(all) as (keyof typeof all)[];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.nat(7), fc.boolean(), (name, place, bit, cut) => {
      const damagedBytes = all[name]!.slice();
      const at = place % damagedBytes.length;
      damagedBytes[at]! ^= 1 << bit;
      const section = cut ? damagedBytes.subarray(0, at) : damagedBytes;
      try {
        const dwarf = openBuilt(built, { ...all, [name]: section });
        outline(dwarf);
        for (const unit of dwarf.units()) readRanges(dwarf, dwarf.entryAt(unit, unit.firstEntry));
      } catch (error) {
        if (error instanceof Error && error.message === "there is no .debug_info") return;
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
