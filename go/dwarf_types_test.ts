import assert from "node:assert/strict";
import { BytesSource, FormatError } from "../base/mod.ts";
import { DW_AT, DW_FORM, DW_TAG } from "../dwarf/mod.ts";
import {
  type Attribute,
  buildDwarf,
  cstring,
  type EntrySpec,
  ref,
  sleb,
  u64,
  uleb,
} from "../dwarf/dwarf_builder.ts";
import { buildElf } from "../elf/elf_builder.ts";
import { ElfFile } from "../elf/mod.ts";
import { DwarfTypes } from "./dwarf_types.ts";

const KIND = { int: 2, func: 19, interface: 20, map: 21, pointer: 22, struct: 25 } as const;
const text = (value: string): Attribute => [DW_AT.name, DW_FORM.string, cstring(value)];
const kind = (value: number): Attribute => [DW_AT.go_kind, DW_FORM.data1, [value]];
const size = (value: number): Attribute => [DW_AT.byte_size, DW_FORM.udata, uleb(value)];
const refers = (label: string, name: number = DW_AT.type): Attribute => [name, DW_FORM.ref_addr, ref(label)];

/** An executable whose units are these, by name, in that order, all of one compiler. */
function open(
  units: Readonly<Record<string, readonly EntrySpec[]>>,
  producer = "Go cmd/compile go1.26.8; regabi",
): DwarfTypes {
  const { sections } = buildDwarf(
    Object.entries(units).map(([name, children]) => ({
      entry: {
        tag: DW_TAG.compile_unit,
        attributes: [
          text(name),
          [DW_AT.language, DW_FORM.data1, [0x16]],
          [DW_AT.producer, DW_FORM.string, cstring(producer)],
        ],
        children,
      },
    })),
  );
  const file = buildElf({ sections: Object.entries(sections).map(([name, data]) => ({ name, data })) });
  const types = DwarfTypes.open(new ElfFile(new BytesSource(file)));
  assert.ok(types !== undefined);
  return types;
}

const INT: EntrySpec = {
  tag: DW_TAG.base_type,
  attributes: [text("int"), size(8), kind(KIND.int)],
  label: "int",
};
const field = (name: string, type: string, offset = 0): EntrySpec => ({
  tag: DW_TAG.member,
  attributes: [text(name), [DW_AT.data_member_location, DW_FORM.udata, uleb(offset)], refers(type)],
});
const parameter = (
  name: string,
  type: string,
  isResult = false,
  more: readonly Attribute[] = [],
): EntrySpec => ({
  tag: DW_TAG.formal_parameter,
  attributes: [
    text(name),
    [DW_AT.variable_parameter, DW_FORM.flag, [Number(isResult)]],
    refers(type),
    ...more,
  ],
});
const subprogram = (name: string, address: number, children: readonly EntrySpec[]): EntrySpec => ({
  tag: DW_TAG.subprogram,
  attributes: [text(name), [DW_AT.low_pc, DW_FORM.addr, u64(address)]],
  children,
});
const HTTP: readonly EntrySpec[] = [
  { tag: DW_TAG.structure_type, attributes: [text("runtime.iface"), size(16)], children: [], label: "iface" },
  {
    tag: DW_TAG.typedef,
    attributes: [text("net/http.ResponseWriter"), refers("iface"), kind(KIND.interface)],
    label: "w1",
  },
  { tag: DW_TAG.typedef, attributes: [text("net/http.ResponseWriter"), refers("w1")], label: "w" },
  {
    tag: DW_TAG.structure_type,
    attributes: [text("net/http.Request"), size(8), kind(KIND.struct)],
    children: [],
    label: "request",
  },
  {
    tag: DW_TAG.pointer_type,
    attributes: [text("*net/http.Request"), refers("request"), kind(KIND.pointer)],
    label: "req",
  },
  {
    tag: DW_TAG.structure_type,
    attributes: [text("main.T"), size(8), kind(KIND.struct)],
    children: [],
    label: "T",
  },
  { tag: DW_TAG.pointer_type, attributes: [text("*main.T"), refers("T"), kind(KIND.pointer)], label: "*T" },
];

Deno.test("an executable without .debug_info has no types in DWARF", () => {
  assert.equal(DwarfTypes.open(new ElfFile(new BytesSource(buildElf()))), undefined);
});

Deno.test("find() gives a typedef its own name and the kind of what it stands for", () => {
  const types = open({ main: [], runtime: [INT, ...HTTP] });
  const writer = types.find("net/http.ResponseWriter");
  assert.deepEqual([writer?.name, writer?.kind, writer?.size], ["net/http.ResponseWriter", "interface", 16]);
  assert.equal(types.find("*net/http.Request")?.element?.name, "net/http.Request");
  assert.equal(types.find("net/http.Reques"), undefined);
  assert.equal(types.find("int")?.kind, "int");
});

Deno.test("find() knows a type by its path without escapes", () => {
  const escaped = { ...INT, attributes: [text("gopkg.in/yaml%2ev3.Kind"), size(4), kind(KIND.int)] };
  assert.equal(
    open({ runtime: [INT, escaped] }).find("gopkg.in/yaml.v3.Kind")?.name,
    "gopkg.in/yaml.v3.Kind",
  );
});

Deno.test("a struct that contains itself is read as far as it is asked for", () => {
  const types = open({
    runtime: [{
      tag: DW_TAG.structure_type,
      attributes: [text("main.loop"), size(8), kind(KIND.struct)],
      children: [field("self", "loop")],
      label: "loop",
    }],
  });
  let type = types.find("main.loop");
  for (let i = 0; i < 100; i++) type = type?.fields[0]?.type;
  assert.equal(type?.name, "main.loop");
});

Deno.test("typedefs that lead in a circle are reported", () => {
  const types = open({
    runtime: [
      { tag: DW_TAG.typedef, attributes: [text("main.self"), refers("self")], label: "self" },
      { tag: DW_TAG.typedef, attributes: [text("main.a"), refers("b")], label: "a" },
      { tag: DW_TAG.typedef, attributes: [text("main.b"), refers("a")], label: "b" },
    ],
  });
  assert.throws(() => types.find("main.self"), /typedefs lead in a circle/);
  assert.throws(() => types.find("main.b"), FormatError);
});

Deno.test("impossible sizes, offsets, lengths and numbers of fields are reported", () => {
  const huge = u64(2 ** 60);
  const struct = (name: string, attribute: Attribute, children: readonly EntrySpec[]): EntrySpec => ({
    tag: DW_TAG.structure_type,
    attributes: [text(name), attribute, kind(KIND.struct)],
    children,
  });
  const farField: EntrySpec = {
    tag: DW_TAG.member,
    attributes: [text("far"), [DW_AT.data_member_location, DW_FORM.data8, huge], refers("int")],
  };
  const types = open({
    runtime: [
      INT,
      struct("main.huge", [DW_AT.byte_size, DW_FORM.data8, huge], []),
      struct("main.negative", [DW_AT.byte_size, DW_FORM.sdata, sleb(-8)], []),
      struct("main.far", size(8), [farField]),
      struct("main.untyped", size(8), [{ tag: DW_TAG.member, attributes: farField.attributes!.slice(0, 1) }]),
      struct("main.many", size(8), Array.from({ length: 16_385 }, () => field("x", "int"))),
      {
        tag: DW_TAG.array_type,
        attributes: [text("[9]int"), size(8), refers("int"), kind(17)],
        children: [{ tag: DW_TAG.subrange_type, attributes: [[DW_AT.count, DW_FORM.data8, huge]] }],
      },
      { tag: DW_TAG.base_type, attributes: [text("main.kindless"), size(8), kind(31)] },
    ],
  });
  assert.throws(() => types.find("main.huge"), /no possible size/);
  assert.throws(() => types.find("main.negative"), /no possible size/);
  assert.throws(() => types.find("main.kindless"), /no Go type is there/);
  assert.throws(() => types.find("main.far")?.fields, /no possible offset/);
  assert.throws(() => types.find("main.untyped")?.fields, /no possible offset|is missing/);
  assert.throws(() => types.find("main.many")?.fields, /too many fields/);
  assert.throws(() => types.find("[9]int")?.length, /no possible length/);
});

Deno.test("a reference to a place without an entry is reported", () => {
  const nowhere: Attribute = [DW_AT.type, DW_FORM.ref_addr, [255, 255, 255, 127]];
  const types = open({
    runtime: [{ tag: DW_TAG.pointer_type, attributes: [text("*x"), nowhere, kind(KIND.pointer)] }],
  });
  assert.throws(() => types.find("*x")?.element, FormatError);
});

Deno.test("results of a func that are not marked are told from its name", () => {
  const func = (name: string, children: readonly EntrySpec[]): EntrySpec => ({
    tag: DW_TAG.subroutine_type,
    attributes: [text(name), size(8), kind(KIND.func)],
    children,
  });
  const unnamed = (type: string, attributes: readonly Attribute[] = []): EntrySpec => ({
    tag: DW_TAG.formal_parameter,
    attributes: [...attributes, refers(type)],
  });
  const types = open({
    runtime: [
      INT,
      ...HTTP,
      func("func(*main.T) main.T", [unnamed("*T"), unnamed("*T")]),
      func("func(...int)", [unnamed("int"), { tag: DW_TAG.unspecified_parameters }]),
      func("main.Marked", [unnamed("*T"), unnamed("int", [[DW_AT.variable_parameter, DW_FORM.flag, [1]]])]),
      func("main.Unknown", [unnamed("*T"), unnamed("*T")]),
      func("main.None", []),
    ],
  });
  const written = (name: string) => {
    const signature = types.find(name)?.signature;
    return signature &&
      [signature.parameters, signature.results].map((list) => list.map(({ type }) => type.name));
  };
  assert.deepEqual(written("func(*main.T) main.T"), [["*main.T"], ["main.T"]]);
  assert.deepEqual(written("main.Marked"), [["*main.T"], ["int"]]);
  assert.equal(written("main.Unknown"), undefined);
  assert.deepEqual(written("main.None"), [[], []]);
  assert.equal(types.find("func(...int)")?.signature?.variadic, true);
});

const HANDLER = [parameter("w", "w"), parameter("req", "req")];
const FUNCTIONS: readonly EntrySpec[] = [
  subprogram("main.handle", 0x1000, HANDLER),
  subprogram("main.(*T).Serve", 0x1100, [parameter("t", "*T"), ...HANDLER]),
  subprogram("main.(*T).Serve.func1", 0x1200, HANDLER),
  subprogram("main.Map[go.shape.int]", 0x1300, [
    parameter(".dict", "int"),
    ...HANDLER,
    parameter("~r0", "int", true),
  ]),
  subprogram("main.other", 0x1400, [parameter("t", "int"), ...HANDLER]),
  subprogram("main.onlyWriter", 0x1500, [parameter("w", "w")]),
  {
    tag: DW_TAG.subprogram,
    attributes: [text("main.twice"), [DW_AT.inline, DW_FORM.data1, [1]]],
    children: [{ ...parameter("w", "w"), label: "twice.w" }, {
      ...parameter("req", "req"),
      label: "twice.req",
    }],
    label: "twice",
  },
  {
    tag: DW_TAG.subprogram,
    attributes: [refers("twice", DW_AT.abstract_origin), [DW_AT.low_pc, DW_FORM.addr, u64(0x1600)]],
    children: [
      { tag: DW_TAG.formal_parameter, attributes: [refers("twice.w", DW_AT.abstract_origin)] },
      { tag: DW_TAG.formal_parameter, attributes: [refers("twice.req", DW_AT.abstract_origin)] },
      parameter("~r0", "int", true),
    ],
  },
  subprogram("main.caller", 0x1700, [{
    tag: DW_TAG.inlined_subroutine,
    attributes: [refers("twice", DW_AT.abstract_origin)],
    children: [],
  }]),
];

Deno.test("functions() lists what has code, and tells handlers by their first parameters", () => {
  const types = open({ main: FUNCTIONS, runtime: [INT, ...HTTP] });
  assert.deepEqual([...types.functions()].map(({ name, address, isHandler }) => [name, address, isHandler]), [
    ["main.handle", 0x1000, true],
    ["main.(*T).Serve", 0x1100, true],
    ["main.(*T).Serve.func1", 0x1200, true],
    ["main.Map[go.shape.int]", 0x1300, true],
    ["main.other", 0x1400, false],
    ["main.onlyWriter", 0x1500, false],
    ["main.twice", 0x1600, true],
    ["main.caller", 0x1700, false],
  ]);
});

Deno.test("signatureOf() tells the receiver, leaves the dictionary out, and follows what copies share", () => {
  const types = open({ main: FUNCTIONS, runtime: [INT, ...HTTP] });
  const written = (symbol: string, address: number) => {
    const signature = types.signatureOf(symbol, address);
    if (signature === undefined) return undefined;
    const { receiver, parameters, results } = signature;
    const all = [...(receiver ? [receiver] : []), ...parameters, ...results];
    return `${receiver ? "method " : ""}${all.map(({ name, type }) => `${name}:${type.name}`).join(" ")}`;
  };
  const handler = "w:net/http.ResponseWriter req:*net/http.Request";
  assert.equal(written("main.handle", 0x1000), handler);
  assert.equal(written("main.(*T).Serve", 0x1100), `method t:*main.T ${handler}`);
  assert.equal(written("main.(*T).Serve.func1", 0x1200), handler);
  assert.equal(written("main.Map[go.shape.int]", 0x1300), `${handler} :int`);
  assert.equal(written("main.twice", 0x1600), `${handler} :int`);
  assert.equal(written("main.onlyWriter", 0x1500), "w:net/http.ResponseWriter");
  assert.equal(written("main.caller", 0x1700), "");
  assert.equal(written("main.nowhere", 0x1800), undefined);
  assert.equal(written("main.handle.abi0", 0x1000), undefined);
});

Deno.test("signatureOf() claims nothing where an older compiler may have left out parameters", () => {
  const types = open({ main: FUNCTIONS, runtime: [INT, ...HTTP] }, "Go cmd/compile go1.20.14; regabi");
  assert.equal(types.signatureOf("main.onlyWriter", 0x1500), undefined);
  assert.equal(types.signatureOf("main.caller", 0x1700), undefined);
  assert.equal(types.signatureOf("main.handle", 0x1000)?.parameters.length, 2);
  assert.equal(types.signatureOf("main.other", 0x1400)?.parameters.length, 3);
});

Deno.test("parameterLocations() gives registers by Go's order and places above the stack pointer", () => {
  const at = (
    expression: readonly number[],
  ): Attribute => [DW_AT.location, DW_FORM.exprloc, [expression.length, ...expression]];
  const types = open({
    main: [subprogram("main.f", 0x1000, [
      parameter("a", "int", false, [at([0x50, 0x93, 8, 0x50, 0x93, 8, 0x53, 0x93, 8, 0x93, 8])]),
      parameter("b", "int", false, [at([0x91, 16])]),
      parameter("c", "int", false, [at([0x60 + 2])]),
      parameter("d", "int", false, [at([0x9c])]),
      parameter("e", "int"),
      parameter("~r0", "int", true),
    ])],
    runtime: [INT],
  });
  assert.deepEqual(types.parameterLocations("main.f", 0x1000), [
    {
      name: "a",
      parts: [
        { kind: "register", index: 0, name: "AX" },
        { kind: "register", index: 1, name: "BX" },
        undefined,
      ],
    },
    { name: "b", parts: [{ kind: "stack", offset: 24 }] },
    { name: "c", parts: [{ kind: "float-register", index: 1, name: "X1" }] },
    { name: "d", parts: [{ kind: "stack", offset: 8 }] },
    { name: "e", parts: undefined },
  ]);
  assert.equal(types.parameterLocations("main.g", 0x2000), undefined);
});
