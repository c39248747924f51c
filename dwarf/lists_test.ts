import assert from "node:assert/strict";
import { FormatError } from "../base/mod.ts";
import { DW_AT, DW_FORM, DW_LLE, DW_OP, DW_RLE, DW_TAG } from "./constants.ts";
import { type Attribute, buildDwarf, openBuilt, sleb, u16, u32, u64, uleb } from "./dwarf_builder.ts";
import { locationAt, readExpression } from "./location.ts";
import { readRanges } from "./ranges.ts";

const bytes = (...parts: readonly (readonly number[])[]) => Uint8Array.from(parts.flat());
const LARGEST = Array<number>(8).fill(255);
const ADDRESSES = bytes(u64(0x1000), u64(0x1100), u64(0x2000));

/** A unit that begins at 0x1000 and has one attribute more. */
function open(version: number, attribute: Attribute, sections: Record<string, Uint8Array>) {
  const dwarf = openBuilt(
    buildDwarf([{
      version,
      entry: {
        tag: DW_TAG.compile_unit,
        attributes: [
          attribute,
          [DW_AT.low_pc, DW_FORM.addr, u64(0x1000)],
          [DW_AT.rnglists_base, DW_FORM.sec_offset, u32(4)],
          [DW_AT.loclists_base, DW_FORM.sec_offset, u32(4)],
        ],
        children: [],
      },
    }]),
    { ...sections, ".debug_addr": ADDRESSES },
  );
  const [unit] = [...dwarf.units()];
  assert.ok(unit !== undefined);
  return { dwarf, cursor: dwarf.entryAt(unit, unit.firstEntry) };
}

Deno.test("readRanges() reads DWARF 4's lists, with the unit's base and one of their own", () => {
  const list = bytes(u64(0x10), u64(0x20), LARGEST, u64(0x8000), u64(1), u64(2), u64(0), u64(0));
  const { dwarf, cursor } = open(4, [DW_AT.ranges, DW_FORM.sec_offset, u32(0)], { ".debug_ranges": list });
  assert.deepEqual(readRanges(dwarf, cursor), [
    { begin: 0x1010, end: 0x1020 },
    { begin: 0x8001, end: 0x8002 },
  ]);
});

Deno.test("readRanges() reads every entry of DWARF 5's lists, by offset and by index", () => {
  const list = [
    ...[DW_RLE.offset_pair, ...uleb(0x10), ...uleb(0x20)],
    ...[DW_RLE.base_address, ...u64(0x8000), DW_RLE.offset_pair, ...uleb(1), ...uleb(200)],
    ...[DW_RLE.base_addressx, 2, DW_RLE.offset_pair, 0, 4],
    ...[DW_RLE.startx_endx, 0, 1, DW_RLE.startx_length, 1, 16],
    ...[DW_RLE.start_end, ...u64(5), ...u64(6), DW_RLE.start_length, ...u64(7), ...uleb(130)],
    DW_RLE.end_of_list,
  ];
  const expected = [
    [0x1010, 0x1020],
    [0x8001, 0x80c8],
    [0x2000, 0x2004],
    [0x1000, 0x1100],
    [0x1100, 0x1110],
    [5, 6],
    [7, 137],
  ];
  const section = { ".debug_rnglists": bytes(u32(0), u32(0), u32(8), list) };
  for (
    const attribute of [[DW_AT.ranges, DW_FORM.sec_offset, u32(12)], [DW_AT.ranges, DW_FORM.rnglistx, [
      1,
    ]]] as const
  ) {
    const { dwarf, cursor } = open(5, attribute, section);
    assert.deepEqual(readRanges(dwarf, cursor).map(({ begin, end }) => [begin, end]), expected);
  }
});

Deno.test("readRanges() reads offsets from a base that lie before it", () => {
  // -0x800 as 64 bits, in both writings.
  const [wrapped, back] = [[0x80, 0xf0, 255, 255, 255, 255, 255, 255, 255, 1], [
    0,
    0xf8,
    ...LARGEST.slice(2),
  ]];
  const four = open(4, [DW_AT.ranges, DW_FORM.sec_offset, u32(0)], {
    ".debug_ranges": bytes(back, u64(0x10), u64(0), u64(0)),
  });
  const five = open(5, [DW_AT.ranges, DW_FORM.sec_offset, u32(0)], {
    ".debug_rnglists": bytes([DW_RLE.offset_pair, ...wrapped, ...uleb(0x10), DW_RLE.end_of_list]),
  });
  for (const { dwarf, cursor } of [four, five]) {
    assert.deepEqual(readRanges(dwarf, cursor), [{ begin: 0x800, end: 0x1010 }]);
  }
  const endless = open(5, [DW_AT.ranges, DW_FORM.sec_offset, u32(0)], {
    ".debug_rnglists": bytes([DW_RLE.offset_pair, ...Array<number>(40).fill(255)]),
  });
  assert.throws(() => readRanges(endless.dwarf, endless.cursor), /a variable-length number is too large/);
});

Deno.test("a list of ranges without end, or with an unknown entry, is reported", () => {
  const attribute = [DW_AT.ranges, DW_FORM.sec_offset, u32(0)] as const;
  for (const length of [0, 8, 16, 40, 5000]) {
    const section = new Uint8Array(length).fill(1);
    const four = open(4, attribute, { ".debug_ranges": section });
    assert.throws(() => readRanges(four.dwarf, four.cursor), FormatError, String(length));
    const five = open(5, attribute, { ".debug_rnglists": section });
    assert.throws(() => readRanges(five.dwarf, five.cursor), FormatError, String(length));
  }
  const unknown = open(5, attribute, { ".debug_rnglists": Uint8Array.of(9) });
  assert.throws(() => readRanges(unknown.dwarf, unknown.cursor), /range list entry 9 is not known/);
});

Deno.test("locationAt() finds the place for an address in DWARF 4's lists", () => {
  const one = [DW_OP.reg0, DW_OP.piece, 8, DW_OP.reg0 + 3, DW_OP.piece, 8];
  const two = [DW_OP.fbreg, ...sleb(-24)];
  const list = bytes(
    [...u64(0), ...u64(0x10), ...u16(one.length), ...one],
    [...LARGEST, ...u64(0x8000), ...u64(0), ...u64(4), ...u16(two.length), ...two],
    [...u64(0), ...u64(0)],
  );
  const { dwarf, cursor } = open(4, [DW_AT.location, DW_FORM.sec_offset, u32(0)], { ".debug_loc": list });
  assert.deepEqual(locationAt(dwarf, cursor, 0x1000), [
    { place: { kind: "register", number: 0 }, size: 8 },
    { place: { kind: "register", number: 3 }, size: 8 },
  ]);
  assert.deepEqual(locationAt(dwarf, cursor, 0x8003), [{
    place: { kind: "frame", offset: -24 },
    size: undefined,
  }]);
  assert.equal(locationAt(dwarf, cursor, 0x1010), undefined);
});

Deno.test("locationAt() reads offsets from a base that lie before it", () => {
  const wrapped = [0x80, 0xf0, 255, 255, 255, 255, 255, 255, 255, 1];
  const list = bytes([DW_LLE.offset_pair, ...wrapped, 4, 1, DW_OP.reg0 + 2, DW_LLE.end_of_list]);
  const { dwarf, cursor } = open(5, [DW_AT.location, DW_FORM.sec_offset, u32(0)], {
    ".debug_loclists": list,
  });
  const expected = [{ place: { kind: "register", number: 2 }, size: undefined }];
  assert.deepEqual(locationAt(dwarf, cursor, 0x900), expected);
  assert.equal(locationAt(dwarf, cursor, 0x7ff), undefined);
});

Deno.test("locationAt() reads every entry of DWARF 5's lists, by offset and by index", () => {
  const at = (register: number) => [1, DW_OP.reg0 + register];
  const list = [
    ...[DW_LLE.offset_pair, 0, 1, ...at(1)],
    ...[DW_LLE.base_address, ...u64(0x3000), DW_LLE.offset_pair, 0, 1, ...at(2)],
    ...[DW_LLE.base_addressx, 2, DW_LLE.offset_pair, 0, 1, ...at(3)],
    ...[DW_LLE.startx_endx, 1, 2, ...at(4)],
    ...[DW_LLE.startx_length, 2, 2, ...at(5)],
    ...[DW_LLE.start_end, ...u64(0x5000), ...u64(0x5001), ...at(6)],
    ...[DW_LLE.start_length, ...u64(0x6000), 1, ...at(7)],
    ...[DW_LLE.default_location, ...at(8)],
    DW_LLE.end_of_list,
  ];
  const section = { ".debug_loclists": bytes(u32(0), u32(0), u32(8), list) };
  for (
    const attribute of [[DW_AT.location, DW_FORM.sec_offset, u32(12)], [DW_AT.location, DW_FORM.loclistx, [
      1,
    ]]] as const
  ) {
    const { dwarf, cursor } = open(5, attribute, section);
    const registers = [0x1000, 0x3000, 0x2000, 0x1100, 0x2001, 0x5000, 0x6000, 0x7000].map((pc) => {
      const place = locationAt(dwarf, cursor, pc)?.[0]?.place;
      return place?.kind === "register" ? place.number : undefined;
    });
    assert.deepEqual(registers, [1, 2, 3, 4, 5, 6, 7, 8]);
  }
});

Deno.test("a location list without end, or with an unknown entry, is reported", () => {
  const attribute = [DW_AT.location, DW_FORM.sec_offset, u32(0)] as const;
  for (const length of [0, 8, 17, 18, 40, 5000]) {
    const section = new Uint8Array(length).fill(1);
    const four = open(4, attribute, { ".debug_loc": section });
    assert.throws(() => locationAt(four.dwarf, four.cursor, 0), FormatError, String(length));
    const five = open(5, attribute, { ".debug_loclists": section });
    assert.throws(() => locationAt(five.dwarf, five.cursor, 0), FormatError, String(length));
  }
  const unknown = open(5, attribute, { ".debug_loclists": Uint8Array.of(9, 1, 1, 1) });
  assert.throws(() => locationAt(unknown.dwarf, unknown.cursor, 0), /location list entry 9 is not known/);
});

Deno.test("readExpression() understands what Go writes, and says so where it does not", () => {
  const places = (...expression: number[]) => readExpression(Uint8Array.from(expression));
  assert.equal(places(), undefined);
  assert.deepEqual(places(DW_OP.regx, 33), [{ place: { kind: "register", number: 33 }, size: undefined }]);
  assert.deepEqual(places(DW_OP.call_frame_cfa, DW_OP.piece, 8, DW_OP.piece, 8), [
    { place: { kind: "frame", offset: 0 }, size: 8 },
    { place: { kind: "unknown" }, size: 8 },
  ]);
  assert.deepEqual(places(DW_OP.fbreg, ...sleb(16)), [{
    place: { kind: "frame", offset: 16 },
    size: undefined,
  }]);
  assert.deepEqual(places(0x03, ...u64(1)), [{ place: { kind: "unknown" }, size: undefined }]);
  assert.throws(() => places(DW_OP.fbreg, 0x80), FormatError);
  assert.throws(() => places(...Array(600).fill([DW_OP.piece, 1]).flat()), /too many pieces/);
});
