import assert from "node:assert/strict";
import * as fc from "fast-check";
import { BytesSource, FormatError } from "../base/mod.ts";
import { buildElf, symbolSections, type SymbolSpec } from "./elf_builder.ts";
import { ElfFile } from "./elf_file.ts";
import { StringTable } from "./string_table.ts";
import { readSymbols, SymbolTable } from "./symbol_table.ts";

function table(symbols: readonly SymbolSpec[]): SymbolTable {
  const found = readSymbols(new ElfFile(new BytesSource(buildElf({ sections: symbolSections(symbols) }))));
  assert.ok(found !== undefined);
  return found;
}

const SYMBOLS: readonly SymbolSpec[] = [
  { name: "main.main", address: 0x1000, size: 0x40 },
  { name: "main.mainly", address: 0x1040, size: 0x20 },
  { name: "runtime.tlsg", address: -8n, size: 8, type: 6 },
  { name: "main.counter", address: 0x8000, size: 8, type: 1 },
  { name: "malloc", address: 0, section: 0 },
  { name: "helper", address: 0x2000 },
  { name: "helper", address: 0x1800, size: 4 },
];

Deno.test("find() gives every defined symbol of exactly that name", () => {
  const symbols = table(SYMBOLS);
  assert.deepEqual(symbols.find("main.main"), [
    { name: "main.main", address: 0x1000, size: 0x40, type: "function" },
  ]);
  assert.deepEqual(symbols.find("helper").map(({ address }) => address), [0x2000, 0x1800]);
  assert.deepEqual(symbols.find("main.counter")[0]?.type, "object");
  for (const name of ["main.mai", "ain.main", "malloc", "", "main.main\0main.mainly"]) {
    assert.deepEqual(symbols.find(name), [], name);
  }
});

Deno.test("find() gives a thread-local symbol's offset as a negative number", () => {
  assert.deepEqual(table(SYMBOLS).find("runtime.tlsg")[0]?.address, -8);
});

Deno.test("find() finds a name that is the end of another", () => {
  const entries = new Uint8Array(48);
  const view = new DataView(entries.buffer);
  view.setUint32(24, 4, true);
  view.setUint16(30, 1, true);
  view.setBigUint64(32, 0x1234n, true);
  const symbols = new SymbolTable(
    new BytesSource(entries),
    new BytesSource(new TextEncoder().encode("\0lib_open\0")),
  );
  assert.deepEqual(symbols.find("_open").map(({ address }) => address), [0x1234]);
  assert.deepEqual(symbols.find("lib_open"), []);
});

Deno.test("functions() gives the functions in the table's order", () => {
  assert.deepEqual(
    [...table(SYMBOLS).functions()].map(({ name }) => name),
    ["main.main", "main.mainly", "helper", "helper"],
  );
});

Deno.test("at() gives the function that an address lies in", () => {
  const symbols = table(SYMBOLS);
  assert.equal(symbols.at(0x1000)?.name, "main.main");
  assert.equal(symbols.at(0x103f)?.name, "main.main");
  assert.equal(symbols.at(0x1040)?.name, "main.mainly");
  assert.equal(symbols.at(0x1060), undefined);
  assert.equal(symbols.at(0xfff), undefined);
  assert.equal(symbols.at(0x1803)?.name, "helper");
  assert.equal(symbols.at(0x1804), undefined);
  assert.equal(symbols.at(0x2000)?.name, "helper");
  assert.equal(symbols.at(0x2001), undefined);
});

Deno.test("at() lets a function without a size reach to the next", () => {
  const symbols = table([{ name: "a", address: 0x10 }, { name: "b", address: 0x20, size: 1 }]);
  assert.equal(symbols.at(0x1f)?.name, "a");
});

Deno.test("readSymbols() gives undefined for a stripped executable", () => {
  assert.equal(readSymbols(new ElfFile(new BytesSource(buildElf()))), undefined);
});

Deno.test("readSymbols() reports a symbol table without its string table", () => {
  const sections = symbolSections(SYMBOLS).map((section) => ({ ...section, link: ".symtab" }));
  const elf = new ElfFile(new BytesSource(buildElf({ sections })));
  assert.throws(() => readSymbols(elf), FormatError);
});

Deno.test("readSymbols() reports a truncated string table when a name is read", () => {
  const sections = symbolSections(SYMBOLS).map((section) =>
    section.name === ".strtab"
      ? { ...section, data: section.data?.subarray(0, 30) ?? new Uint8Array() }
      : section
  );
  const symbols = readSymbols(new ElfFile(new BytesSource(buildElf({ sections }))));
  assert.throws(() => [...symbols?.functions() ?? []], FormatError);
});

Deno.test("readSymbols() reports a table that is no whole number of symbols", () => {
  const sections = symbolSections(SYMBOLS).map((section) =>
    section.name === ".symtab" ? { ...section, claimedSize: 25 } : section
  );
  const symbols = readSymbols(new ElfFile(new BytesSource(buildElf({ sections }))));
  assert.throws(() => symbols?.find("helper"), FormatError);
  assert.throws(() => symbols?.size, FormatError);
});

Deno.test("StringTable finds exactly the offsets at which a string ends the way it is asked for", () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(words, fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 4 }), (all, wanted) => {
      const bytes = new TextEncoder().encode(all.map((word) => `${word}\0`).join(""));
      const pattern = new TextEncoder().encode(`${wanted}\0`);
      const expected: number[] = [];
      for (let at = 0; at + pattern.length <= bytes.length; at++) {
        if (pattern.every((byte, i) => bytes[at + i] === byte)) expected.push(at);
      }
      assert.deepEqual(new StringTable(new BytesSource(bytes), ".strtab").offsetsOf(wanted), expected);
    }),
  );
});

Deno.test("StringTable reads and finds strings that cross its pages", () => {
  const page = 256 * 1024;
  for (const start of [page - 5, page - 1, page, 2 * page - 3]) {
    const bytes = new Uint8Array(2 * page + 100).fill(0x2e);
    bytes.set(new TextEncoder().encode("\0crossing\0"), start - 1);
    const strings = new StringTable(new BytesSource(bytes), ".strtab");
    assert.deepEqual(strings.offsetsOf("crossing"), [start]);
    assert.equal(strings.at(start), "crossing");
  }
});

Deno.test("StringTable decodes names that are not ASCII among others that are", () => {
  const bytes = new TextEncoder().encode("\0main.a\0main.T·1\0main.é\0main.b\0");
  const strings = new StringTable(new BytesSource(bytes), ".strtab");
  for (const name of ["main.a", "main.T·1", "main.é", "main.b"]) {
    const [offset] = strings.offsetsOf(name);
    assert.equal(strings.at(offset ?? 0), name);
  }
});

Deno.test("StringTable reports a string without an end, a too long one, and an offset outside", () => {
  const strings = new StringTable(new BytesSource(new Uint8Array(200_000).fill(0x41)), ".strtab");
  assert.throws(() => strings.at(0), FormatError);
  assert.throws(() => strings.at(199_990), FormatError);
  assert.throws(() => strings.at(200_000), FormatError);
});

Deno.test("the strings that contain a text are found, also by the ends that others share", () => {
  const encoder = new TextEncoder();
  const text = "\0main.ping\0main.ping.func1\0net.ping\0pin\0";
  const strings = new StringTable(new BytesSource(encoder.encode(text)), ".strtab");
  const at = (needle: string) => text.indexOf(needle);
  const matches = strings.matching("ping");
  for (const name of ["main.ping\0", "main.ping.func1", "net.ping", "ping\0main", "in.ping.func1"]) {
    assert.ok(matches.has(at(name)), name);
  }
  for (const name of ["ng\0main", "func1", "\0pin\0"]) assert.ok(!matches.has(at(name)), name);
  assert.deepEqual(matches.starts().map((start) => strings.at(start)), [
    "main.ping",
    "main.ping.func1",
    "net.ping",
  ]);
  assert.equal(strings.matching("pong").size, 0);
  assert.ok(strings.matching("").has(3));
  assert.ok(strings.matching("p").has(at("pin\0")));
});

Deno.test("a string that contains a text across the parts of a search is found from its start", () => {
  const bytes = new Uint8Array((1 << 20) + 100).fill(0x61);
  const start = (1 << 20) - 10;
  bytes[start - 1] = 0;
  bytes.set(new TextEncoder().encode("needle"), (1 << 20) - 3);
  bytes.set(new TextEncoder().encode("needle"), (1 << 20) + 20);
  bytes[(1 << 20) + 50] = 0;
  const matches = new StringTable(new BytesSource(bytes), ".strtab").matching("needle");
  assert.deepEqual(matches.starts(), [start]);
  assert.ok(matches.has((1 << 20) + 10));
  assert.ok(!matches.has((1 << 20) + 21));
});

Deno.test("a search for a text takes no longer in a table that is one string full of it", () => {
  const size = 2 << 20;
  const source = new BytesSource(new Uint8Array(size).fill(0x61));
  for (const wanted of ["a", "aaaaaaaa"]) {
    let bytesRead = 0;
    const read = (offset: number, length: number) => {
      bytesRead += length;
      return source.read(offset, length);
    };
    const before = performance.now();
    const matches = new StringTable({ size, read }, ".strtab").matching(wanted);
    assert.ok(matches.has(size - wanted.length), wanted);
    assert.ok(!matches.has(size - wanted.length + 1), wanted);
    assert.ok(matches.size <= 2, "one for each part of the search");
    assert.ok(bytesRead < 2 * size, "a part is read once, and what may lie before it");
    // It takes milliseconds; to look for the string's start at each match took minutes.
    assert.ok(performance.now() - before < 30_000);
  }
});
