import assert from "node:assert/strict";
import { BytesSource, FormatError } from "../base/mod.ts";
import { BASE_ADDRESS, buildElf } from "../elf/elf_builder.ts";
import { ElfFile, SHF } from "../elf/mod.ts";
import { readBuildInfo } from "./build_info.ts";

const encoder = new TextEncoder();
const FRAME = "0123456789abcdef";

/** The header, then what follows it. */
function blob(flags: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(32 + rest.length);
  bytes.set([0xff, ...encoder.encode(" Go buildinf:"), 8, flags]);
  bytes.set(rest, 32);
  return bytes;
}

function inline(version: string, modules: string): Uint8Array {
  const framed = modules === "" ? "" : `${FRAME}${modules}${FRAME}`;
  return blob(
    2,
    encoder.encode(`${String.fromCharCode(version.length)}${version}${varint(framed.length)}${framed}`),
  );
}

function varint(value: number): string {
  return value < 128 ? String.fromCharCode(value) : assert.fail("the tests keep to one byte");
}

function open(
  data: Uint8Array,
  options: { readonly stripped?: boolean; readonly name?: string } = {},
): ElfFile {
  const name = options.name ?? ".go.buildinfo";
  return new ElfFile(
    new BytesSource(
      buildElf({
        sections: [{ name, data, flags: SHF.ALLOC | SHF.WRITE }],
        noSectionHeaders: options.stripped ?? false,
      }),
    ),
  );
}

Deno.test("readBuildInfo() reads inline strings", () => {
  const info = readBuildInfo(open(inline("go1.26.8", "path\texample.com/server\n")));
  assert.equal(info?.goVersion, "go1.26.8");
  assert.equal(info?.mainPackagePath, "example.com/server");
});

Deno.test("readBuildInfo() reads inline strings without modules", () => {
  const info = readBuildInfo(open(inline("devel go1.27-abc", "")));
  assert.equal(info?.goVersion, "devel go1.27-abc");
  assert.equal(info?.mainPackagePath, undefined);
});

Deno.test("readBuildInfo() follows the pointers of older versions", () => {
  const modules = `${FRAME}path\texample.com/old\n${FRAME}`;
  const data = blob(0, new Uint8Array(200));
  const view = new DataView(data.buffer);
  const probe = open(data);
  const base = probe.section(".go.buildinfo")?.address ?? 0;
  view.setBigUint64(16, BigInt(base + 32), true);
  view.setBigUint64(24, BigInt(base + 48), true);
  view.setBigUint64(32, BigInt(base + 64), true);
  view.setBigUint64(40, 9n, true);
  view.setBigUint64(48, BigInt(base + 80), true);
  view.setBigUint64(56, BigInt(modules.length), true);
  data.set(encoder.encode("go1.16.15"), 64);
  data.set(encoder.encode(modules), 80);
  assert.ok(base > BASE_ADDRESS);
  const info = readBuildInfo(open(data));
  assert.equal(info?.goVersion, "go1.16.15");
  assert.equal(info?.mainPackagePath, "example.com/old");
});

Deno.test("readBuildInfo() takes a pointer to an unset variable in .bss for no modules", () => {
  const data = blob(0, new Uint8Array(64));
  const view = new DataView(data.buffer);
  const probe = open(data);
  const base = probe.section(".go.buildinfo")?.address ?? 0;
  const { address = 0, fileSize = 0 } = probe.firstWritable ?? {};
  view.setBigUint64(16, BigInt(base + 32), true);
  view.setBigUint64(24, BigInt(address + fileSize + 16), true);
  view.setBigUint64(32, BigInt(base + 48), true);
  view.setBigUint64(40, 8n, true);
  data.set(encoder.encode("go1.15.9"), 48);
  const info = readBuildInfo(open(data));
  assert.equal(info?.goVersion, "go1.15.9");
  assert.equal(info?.mainPackagePath, undefined);
});

Deno.test("readBuildInfo() finds it in the writable segment when there are no section headers", () => {
  const padded = new Uint8Array(16 * 1000 + 100);
  // A misaligned copy of the magic is none.
  padded.set(inline("wrong", ""), 16 * 10 + 8);
  padded.set(inline("go1.26.8", ""), 16 * 1000);
  assert.equal(readBuildInfo(open(padded, { stripped: true }))?.goVersion, "go1.26.8");
  assert.equal(readBuildInfo(open(padded, { name: ".data" }))?.goVersion, "go1.26.8");
});

Deno.test("readBuildInfo() finds nothing where there is nothing", () => {
  assert.equal(readBuildInfo(open(new Uint8Array(5000), { name: ".data" })), undefined);
  assert.equal(readBuildInfo(open(new Uint8Array(0), { stripped: true })), undefined);
});

Deno.test("readBuildInfo() reports damaged strings", () => {
  const cases: Readonly<Record<string, Uint8Array>> = {
    "a length beyond the segment": blob(2, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)),
    "a length without an end": blob(2, new Uint8Array(10).fill(0xff)),
    "an empty version": blob(2, Uint8Array.of(0, 0)),
    "a pointer to nowhere": blob(0, new Uint8Array(16)),
    "32-bit pointers": (() => {
      const bytes = blob(0, new Uint8Array(16));
      bytes[14] = 4;
      return bytes;
    })(),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    assert.throws(() => readBuildInfo(open(bytes)), FormatError, what);
  }
});
