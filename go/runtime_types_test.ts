import assert from "node:assert/strict";
import { FormatError } from "../base/mod.ts";
import { RelativeRelocations } from "../elf/mod.ts";
import { RuntimeTypes } from "./runtime_types.ts";
import { TypeBuilder } from "./type_builder.ts";
import type { PclntabFormat } from "./pclntab_header.ts";

function open(builder: TypeBuilder, format?: PclntabFormat): RuntimeTypes {
  const { elf, module, pclntab } = builder.build(format);
  return new RuntimeTypes(elf, new RelativeRelocations(elf), { module, pclntab });
}

function isFormatError(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof FormatError && pattern.test(error.message) && error.hint !== "";
}

/** A struct `net/url.URL` of two fields, and the pointer to it, as every Go version encodes them. */
function url(builder: TypeBuilder): { struct: number; pointer: number } {
  const text = builder.type({ kind: "string", text: "string", size: 16 });
  const flag = builder.type({ kind: "bool", text: "bool", size: 1 });
  const struct = builder.type({
    kind: "struct",
    text: "url.URL",
    packagePath: "net/url",
    extraStar: true,
    size: 24,
    fields: [
      { name: "Path", type: text, offset: 0, tag: 'json:"path"' },
      { name: "flag", type: flag, offset: 16, embedded: true },
    ],
  });
  return { struct, pointer: builder.type({ kind: "pointer", text: "*url.URL", element: struct }) };
}

const FORMS = [
  ["1.2", { nameLength: "two bytes", fieldOffset: "shifted" }],
  ["1.16", { nameLength: "two bytes", fieldOffset: "shifted" }],
  ["1.16", { nameLength: "varint", fieldOffset: "shifted" }],
  ["1.18", { nameLength: "varint", fieldOffset: "shifted" }],
  ["1.18", { nameLength: "varint", fieldOffset: "plain" }],
  ["1.20", { nameLength: "varint", fieldOffset: "plain" }],
] as const;

for (const [format, form] of FORMS) {
  Deno.test(`RuntimeTypes reads a struct: pclntab ${format}, ${form.nameLength}, ${form.fieldOffset}`, () => {
    const builder = new TypeBuilder(form);
    url(builder);
    const type = open(builder, format).find("net/url.URL");
    assert.equal(type?.name, "net/url.URL");
    assert.equal(type.kind, "struct");
    assert.equal(type.size, 24);
    assert.equal(type.packagePath, "net/url");
    assert.deepEqual(
      type.fields.map(({ name, offset, embedded, type }) => [name, offset, embedded, type.name]),
      [["Path", 0, false, "string"], ["flag", 16, true, "bool"]],
    );
  });
}

Deno.test("RuntimeTypes tells types of one string apart by the package's path", () => {
  const builder = new TypeBuilder();
  const one = builder.type({ kind: "int", text: "yaml.Node", packagePath: "gopkg.in/yaml.v2" });
  const two = builder.type({ kind: "uint", text: "yaml.Node", packagePath: "gopkg.in/yaml.v3" });
  builder.type({ kind: "pointer", text: "*yaml.Node", element: one });
  builder.type({ kind: "pointer", text: "*yaml.Node", element: two });
  const types = open(builder);
  assert.equal(types.find("gopkg.in/yaml.v2.Node")?.kind, "int");
  assert.equal(types.find("gopkg.in/yaml.v3.Node")?.kind, "uint");
  assert.equal(types.find("*gopkg.in/yaml.v3.Node")?.element?.kind, "uint");
  assert.equal(types.find("yaml.Node"), undefined);
  assert.equal(types.find("gopkg.in/yaml.v4.Node"), undefined);
});

Deno.test("RuntimeTypes finds a type that only another type's field has", () => {
  const builder = new TypeBuilder();
  const inner = builder.type({ kind: "int", text: "main.inner", packagePath: "main" });
  const outer = builder.type({
    kind: "struct",
    text: "main.Outer",
    packagePath: "main",
    fields: [{ name: "in", type: inner, offset: 0 }],
  });
  builder.type({ kind: "pointer", text: "*main.Outer", element: outer });
  assert.equal(open(builder).find("main.inner")?.kind, "int");
});

Deno.test("RuntimeTypes finds the same after many searches", () => {
  const builder = new TypeBuilder();
  const names = ["main.inner", "main.Pair[int,[]net/url.URL]", "yaml.Node"];
  const paths = ["main", "main", "example.com/go-yaml"];
  const fields = names.map((text, i) => {
    const type = builder.type({ kind: "int", text, packagePath: paths[i]!, size: 8 });
    return { name: "in", type, offset: 8 * i };
  });
  const [inner] = fields;
  builder.type({ kind: "pointer", text: "*main.inner", element: inner!.type });
  const outer = builder.type({ kind: "struct", text: "main.Outer", packagePath: "main", size: 24, fields });
  builder.type({ kind: "pointer", text: "*main.Outer", element: outer });
  const wanted = ["main.Pair[int,[]net/url.URL]", "example.com/go-yaml.Node", "*main.inner", "main.inner"];
  const [few, many] = [open(builder), open(builder)];
  for (let i = 0; i < 100; i++) assert.equal(many.find(`main.missing${i}`), undefined);
  for (const name of wanted) {
    assert.equal(few.find(name)?.name, name);
    assert.equal(many.find(name)?.name, name);
  }
  // As strings these two end alike, and nothing is called so.
  assert.equal(many.find("example.com/other.Node"), undefined);
});

Deno.test("RuntimeTypes spells unnamed types as Go does, with whole package paths", () => {
  const builder = new TypeBuilder();
  const { struct, pointer } = url(builder);
  const text = builder.type({ kind: "string", text: "string", size: 16 });
  const texts = builder.type({ kind: "slice", text: "[]string", element: text, size: 24 });
  const receive = builder.type({ kind: "chan", text: "<-chan string", element: text, direction: 1 });
  builder.type({ kind: "array", text: "[3]url.URL", element: struct, length: 3 });
  builder.type({ kind: "map", text: "map[string]*url.URL", key: text, element: pointer });
  builder.type({ kind: "chan", text: "chan<- string", element: text, direction: 2 });
  builder.type({ kind: "chan", text: "chan (<-chan string)", element: receive });
  const call = builder.type({
    kind: "func",
    text: "func(*url.URL, ...string) (string, url.URL)",
    parameters: [pointer, texts],
    results: [text, struct],
    variadic: true,
  });
  builder.type({ kind: "interface", text: "interface {}", size: 16 });
  const plain = builder.type({ kind: "func", text: "func() string", results: [text] });
  builder.type({
    kind: "interface",
    text: "interface { Call(*url.URL, ...string) (string, url.URL); String() string }",
    asked: [{ name: "Call", type: call }, { name: "String", type: plain }],
  });
  builder.type({
    kind: "struct",
    text: "struct { url.URL; Name string }",
    fields: [
      { name: "URL", type: struct, offset: 0, embedded: true },
      { name: "Name", type: text, offset: 24 },
    ],
  });
  const types = open(builder);
  const wanted = [
    "[3]net/url.URL",
    "map[string]*net/url.URL",
    "<-chan string",
    "chan<- string",
    "chan (<-chan string)",
    "func(*net/url.URL, ...string) (string, net/url.URL)",
    "interface {}",
    "interface { Call(*net/url.URL, ...string) (string, net/url.URL); String() string }",
    "struct { net/url.URL; Name string }",
  ];
  for (const name of wanted) assert.equal(types.find(name)?.name, name);
  assert.equal(types.find("[3]net/url.URL")?.length, 3);
  assert.equal(types.find("map[string]*net/url.URL")?.key?.name, "string");
  const signature = types.find("func(*net/url.URL, ...string) (string, net/url.URL)")?.signature;
  assert.equal(signature?.variadic, true);
  assert.deepEqual(signature?.parameters.map(({ type }) => type.name), ["*net/url.URL", "[]string"]);
  assert.deepEqual(signature?.results.map(({ type }) => type.name), ["string", "net/url.URL"]);
});

for (const mapBytes of [80, 88, 112, 136]) {
  Deno.test(`RuntimeTypes finds a named map's methods behind a descriptor of ${mapBytes} bytes`, () => {
    const builder = new TypeBuilder();
    const text = builder.type({ kind: "string", text: "string", size: 16 });
    const get = builder.type({
      kind: "func",
      text: "func(string) string",
      parameters: [text],
      results: [text],
    });
    const header = builder.type({
      kind: "map",
      text: "http.Header",
      packagePath: "net/http",
      key: text,
      element: text,
      mapBytes,
      methods: [
        { name: "Get", type: get, text: 0x100 },
        { name: "Set", type: get, text: 0x200 },
        { name: "gone", type: -1, text: -1 },
      ],
    });
    builder.type({ kind: "pointer", text: "*http.Header", element: header });
    const types = open(builder);
    const signature = types.signatureOf("net/http.Header.Get", 0x10_0100);
    assert.equal(signature?.receiver?.type.name, "net/http.Header");
    assert.deepEqual(signature?.parameters.map(({ type }) => type.name), ["string"]);
    assert.equal(types.signatureOf("net/http.Header.Get", 0x10_0200), undefined);
    assert.equal(types.signatureOf("net/http.Header.gone", 0x10_0100), undefined);
    assert.equal(types.signatureOf("net/http.Header", 0x10_0100), undefined);
  });
}

/** `main.S` with a ServeHTTP of a value receiver, `main.P` with one of a pointer receiver. */
function handlers(builder: TypeBuilder): void {
  const request = builder.type({
    kind: "struct",
    text: "http.Request",
    packagePath: "net/http",
    size: 0,
  });
  const pointer = builder.type({ kind: "pointer", text: "*http.Request", element: request });
  const writer = builder.type({ kind: "interface", text: "http.ResponseWriter", packagePath: "net/http" });
  const fake = builder.type({
    kind: "interface",
    text: "http.ResponseWriter",
    packagePath: "example.com/http",
  });
  const handle = builder.type({
    kind: "func",
    text: "func(http.ResponseWriter, *http.Request)",
    parameters: [writer, pointer],
  });
  const other = builder.type({
    kind: "func",
    text: "func(http.ResponseWriter, *http.Request)",
    parameters: [fake, pointer],
  });
  const methods = (text: number, interfaceText: number) => [
    { name: "ServeFake", type: other, text },
    { name: "ServeHTTP", type: handle, text, interfaceText },
    { name: "removed", type: handle, text: -1 },
  ];
  const value = builder.type({
    kind: "int",
    text: "main.S",
    packagePath: "main",
    methods: methods(0x100, 0x200),
  });
  builder.type({ kind: "pointer", text: "*main.S", element: value, methods: methods(0x200, 0x200) });
  const plain = builder.type({ kind: "int", text: "main.P", packagePath: "main" });
  builder.type({ kind: "pointer", text: "*main.P", element: plain, methods: methods(0x300, 0x300) });
}

Deno.test("RuntimeTypes lists the methods that take what a handler takes", () => {
  const builder = new TypeBuilder();
  handlers(builder);
  const found = [...open(builder).handlers()].map(({ name, address }) => `${name} ${address.toString(16)}`);
  assert.deepEqual(found.toSorted(), [
    "main.(*P).ServeHTTP 100300",
    "main.(*S).ServeHTTP 100200",
    "main.S.ServeHTTP 100100",
  ]);
});

Deno.test("RuntimeTypes knows a method's signature by its receiver, and a method value's", () => {
  const builder = new TypeBuilder();
  handlers(builder);
  const types = open(builder);
  const taken = (symbol: string, address: number) => {
    const signature = types.signatureOf(symbol, address);
    return signature && [signature.receiver?.type.name, ...signature.parameters.map(({ type }) => type.name)];
  };
  const request = ["net/http.ResponseWriter", "*net/http.Request"];
  assert.deepEqual(taken("main.(*P).ServeHTTP", 0x10_0300), ["*main.P", ...request]);
  assert.deepEqual(taken("main.S.ServeHTTP", 0x10_0100), ["main.S", ...request]);
  assert.deepEqual(taken("main.(*S).ServeHTTP", 0x10_0200), ["*main.S", ...request]);
  assert.deepEqual(taken("main.(*P).ServeHTTP-fm", 0x10_0999), [undefined, ...request]);
  assert.equal(taken("main.(*P).ServeHTTP.func1", 0x10_0300), undefined);
  assert.equal(taken("main.(*Q).ServeHTTP", 0x10_0300), undefined);
  assert.equal(taken("main.ping", 0x10_0300), undefined);
});

Deno.test("RuntimeTypes tells the instances of a generic type apart by the address", () => {
  const builder = new TypeBuilder();
  const text = builder.type({ kind: "string", text: "string", size: 16 });
  for (const [argument, address] of [["int", 0x100], ["string", 0x200]] as const) {
    const get = builder.type({ kind: "func", text: "func() string", results: [text] });
    const methods = [{ name: "Get", type: get, text: address }];
    const box = builder.type({ kind: "int", text: `main.Box[${argument}]`, packagePath: "main" });
    builder.type({ kind: "pointer", text: `*main.Box[${argument}]`, element: box, methods });
  }
  const types = open(builder);
  const receiver = (symbol: string, address: number) =>
    types.signatureOf(symbol, address)?.receiver?.type.name;
  assert.equal(receiver("main.(*Box[...]).Get", 0x10_0100), "*main.Box[int]");
  assert.equal(receiver("main.(*Box[...]).Get", 0x10_0200), "*main.Box[string]");
  assert.equal(receiver("main.(*Box[string]).Get", 0x10_0200), "*main.Box[string]");
  assert.equal(receiver("main.(*Box[...]).Get", 0x10_0300), undefined);
  assert.equal(receiver("main.(*Box[string]).Get", 0x10_0100), undefined);
});

Deno.test("RuntimeTypes refuses unnamed types that contain themselves", () => {
  const builder = new TypeBuilder();
  const pointer = builder.type({ kind: "pointer", text: "*main.T", element: 8 });
  builder.point(pointer + 48, pointer);
  assert.throws(() => open(builder).find("main.T"), isFormatError(/contains itself/));
});

Deno.test("RuntimeTypes refuses names that double with each type", () => {
  const builder = new TypeBuilder();
  let type = builder.type({ kind: "int", text: "int" });
  for (let i = 0; i < 40; i++) {
    const fields = [{ name: "a", type, offset: 0 }, { name: "b", type, offset: 0 }];
    type = builder.type({ kind: "struct", text: "struct { x }", fields });
  }
  builder.type({ kind: "pointer", text: "*main.T", element: type });
  assert.throws(() => open(builder).find("main.T"), isFormatError(/too long/));
});

Deno.test("RuntimeTypes lets named types refer to themselves", () => {
  const builder = new TypeBuilder();
  const text = builder.type({ kind: "string", text: "string", size: 16 });
  const node = builder.type({
    kind: "struct",
    text: "main.Node",
    packagePath: "main",
    fields: [{ name: "next", type: text, offset: 0 }],
  });
  const pointer = builder.type({ kind: "pointer", text: "*main.Node", element: node });
  builder.point(node - 24 + 8, pointer);
  const type = open(builder).find("main.Node");
  assert.equal(type?.fields[0]?.type.element, type);
});

Deno.test("RuntimeTypes refuses types that overlap", () => {
  const builder = new TypeBuilder();
  const count = 3000;
  // Its bytes: at each eighth of them something that passes as a string type.
  const start = builder.name("x".repeat(count * 8 + 48)) + 16 & ~7;
  for (let at = start; at < start + count * 8 + 40; at += 8) {
    builder.view.setBigUint64(at, 0x98n << 56n, true);
  }
  const fields = Array.from({ length: count }, (_, i) => ({ name: "f", type: start + i * 8, offset: 0 }));
  const type = builder.type({ kind: "struct", text: "struct { f }", fields });
  builder.type({ kind: "pointer", text: "*main.T", element: type });
  assert.throws(() => open(builder).find("other.T"), isFormatError(/overlap/));
});

/** Damages a sound `net/url.URL`, and reads all of it. */
function readDamaged(damage: (builder: TypeBuilder, struct: number, pointer: number) => void): () => void {
  return () => {
    const builder = new TypeBuilder();
    const { struct, pointer } = url(builder);
    damage(builder, struct, pointer);
    const types = open(builder);
    const type = types.find("net/url.URL");
    assert.ok(type !== undefined);
    for (const field of type.fields) assert.notEqual(field.type.name, "");
  };
}

const DAMAGES: readonly [string, (builder: TypeBuilder, struct: number, pointer: number) => void, RegExp][] =
  [
    ["an unknown kind", (b, struct) => b.view.setUint8(struct + 23, 27), /no known kind/],
    ["a kind of 0", (b, struct) => b.view.setUint8(struct + 23, 0), /no known kind/],
    ["a size of 2^60", (b, struct) => b.view.setUint32(struct + 4, 1 << 28, true), /larger than possible/],
    ["a name outside", (b, struct) => b.view.setInt32(struct + 40, 1 << 20, true), /outside/],
    ["a name before the start", (b, struct) => b.view.setInt32(struct + 40, -8, true), /outside/],
    ["2^31 fields", (b, struct) => b.view.setUint32(struct + 64, 2 ** 31, true), /2147483648 parts/],
    ["fields elsewhere", (b, struct) => b.view.setUint32(struct + 60, 1, true), /does not point to types/],
    ["a field without a type", (b, struct) => b.view.setBigUint64(struct - 16, 0n, true), /./],
    ["an element elsewhere", (b, _, pointer) => b.point(pointer + 48, 1 << 24), /does not point to types/],
    ["no element", (b, _, pointer) => b.view.setBigUint64(pointer + 48, 0n, true), /lacks a part/],
    ["an element that is not aligned", (b, struct, pointer) => b.point(pointer + 48, struct + 1), /aligned/],
  ];

for (const [what, damage, pattern] of DAMAGES) {
  Deno.test(`RuntimeTypes reports ${what}`, () => {
    assert.throws(readDamaged(damage), isFormatError(pattern));
  });
}

Deno.test("RuntimeTypes reports typelinks that point outside", () => {
  const builder = new TypeBuilder();
  url(builder);
  const { elf, module, pclntab, start } = builder.build();
  const parts = { ...module.parts!, types: { start, end: start + 64 } };
  const relocations = new RelativeRelocations(elf);
  assert.throws(
    () => new RuntimeTypes(elf, relocations, { pclntab, module: { ...module, parts } }),
    isFormatError(/typelink/),
  );
});

Deno.test("RuntimeTypes says when the module data is of a form that it does not know", () => {
  const builder = new TypeBuilder();
  const { elf, module, pclntab } = builder.build();
  const relocations = new RelativeRelocations(elf);
  assert.throws(
    () => new RuntimeTypes(elf, relocations, { pclntab, module: { ...module, parts: undefined } }),
    isFormatError(/unknown form/),
  );
});
