/**
 * The ELF reader against binutils and Go's own tools, over executables that real linkers wrote.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { BytesSource } from "../../base/mod.ts";
import { ElfFile, readSymbols } from "../../elf/mod.ts";
import { Folder } from "../folder.ts";
import { buildGo, chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";

const PROGRAM = {
  "main.go": `package main

import (
	"fmt"
	"net/http"
)

type handler struct{ name string }

func (h *handler) ServeHTTP(w http.ResponseWriter, req *http.Request) { fmt.Fprint(w, h.name) }

func main() { http.ListenAndServe("127.0.0.1:0", &handler{"x"}) }
`,
};

/** Flags and environment of each way of linking that is compared. */
const VARIANTS = {
  "default": {},
  "stripped": { flags: ["-ldflags=-s -w"] },
  "PIE": { flags: ["-buildmode=pie"] },
  "linked by gcc": { flags: ["-ldflags=-linkmode=external"], env: { CGO_ENABLED: "1" } },
  "arm64": { env: { GOARCH: "arm64", CGO_ENABLED: "0" } },
} as const satisfies Record<string, { flags?: readonly string[]; env?: Record<string, string> }>;

const C_LOCALE = { PATH: Deno.env.get("PATH") ?? "/usr/bin", LC_ALL: "C" };

async function open(path: string): Promise<ElfFile> {
  return new ElfFile(new BytesSource(await Deno.readFile(path)));
}

/** `readelf` over a file; the names of sections in full. */
function readelf(flags: string, path: string): Promise<string> {
  return runTool("readelf", [flags, "--wide", path], { env: C_LOCALE });
}

async function compareSections(elf: ElfFile, path: string): Promise<void> {
  const expected = [...(await readelf("-S", path)).matchAll(
    /^ +\[ *(\d+)\] (\S*) +(?:[A-Z_0-9]+|LOOS\S+) +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) /gm,
  )].map(([, index, name, address, offset, size]) => [
    Number(index),
    name,
    parseInt(address ?? "", 16),
    parseInt(offset ?? "", 16),
    parseInt(size ?? "", 16),
  ]);
  assert.ok(expected.length > 10);
  const actual = elf.sections.slice(1).map((s) => [s.index, s.name, s.address, s.offset, s.size]);
  assert.deepEqual(actual, expected.filter(([index]) => index !== 0));
}

async function compareSegments(elf: ElfFile, path: string): Promise<void> {
  const expected = [...(await readelf("-l", path)).matchAll(
    /^ +LOAD +0x([0-9a-f]+) 0x([0-9a-f]+) 0x[0-9a-f]+ 0x([0-9a-f]+) 0x([0-9a-f]+) /gm,
  )].map((match) => match.slice(1).map((text) => parseInt(text, 16)));
  assert.ok(expected.length >= 2);
  assert.deepEqual(elf.loads.map((s) => [s.offset, s.address, s.fileSize, s.memorySize]), expected);
}

async function compareSymbols(elf: ElfFile, path: string): Promise<void> {
  const lines =
    (await runTool("readelf", ["-s", "--wide", path], { env: C_LOCALE })).split("Symbol table '.symtab'")[1];
  const symbols = readSymbols(elf);
  if (lines === undefined) {
    assert.equal(symbols, undefined);
    return;
  }
  const expected = [
    ...lines.matchAll(
      /^ +\d+: ([0-9a-f]{16}) +(0x[0-9a-f]+|\d+) FUNC +\S+ +\S+ +(?:\[[^\]]*\] +)?(\d+|ABS) (.+)$/gm,
    ),
  ]
    .map(([, address, size, , name]) =>
      `${parseInt(address ?? "", 16)} ${Number(size)} ${name?.replace(/@.*/, "")}`
    );
  const actual = [...symbols?.functions() ?? []].map(({ address, size, name }) =>
    `${address} ${size} ${name.replace(/@.*/, "")}`
  );
  assert.ok(actual.length > 1000);
  assert.deepEqual(actual, expected);
  for (const { address, size, name } of [...symbols?.functions() ?? []].filter((_, i) => i % 97 === 0)) {
    assert.ok(symbols?.find(name).some((symbol) => symbol.address === address), name);
    if (size > 0) assert.equal(symbols?.at(address + size - 1)?.address, address, name);
  }
}

async function compareDebugSections(elf: ElfFile, path: string): Promise<void> {
  if (readSymbols(elf) !== undefined) assert.ok(elf.sectionDataByName(".debug_info") !== undefined);
  await using dir = await Folder.make();
  for (const name of [".debug_info", ".debug_line", ".debug_abbrev"]) {
    const data = elf.sectionDataByName(name);
    if (data === undefined) continue;
    const plain = join(dir.path, "plain");
    await runTool("objcopy", ["--decompress-debug-sections", path, plain], { env: C_LOCALE });
    const dump = join(dir.path, "dump");
    await runTool("objcopy", [`--dump-section=${name}=${dump}`, plain, "/dev/null"], { env: C_LOCALE });
    assert.deepEqual(data.read(0, data.size), await Deno.readFile(dump), name);
    assert.deepEqual(data.read(10, 1), (await Deno.readFile(dump)).slice(10, 11), name);
  }
}

for (const version of chosenVersions()) {
  for (const [variant, build] of Object.entries(VARIANTS)) {
    Deno.test(`an executable of Go ${version}, ${variant}, reads as readelf and objcopy read it`, async () => {
      const toolchain = await ensureToolchain(version);
      const path = await buildGo({ toolchain, files: PROGRAM, output: "server", ...build });
      const elf = await open(path);
      assert.equal(elf.header.machine, variant === "arm64" ? "aarch64" : "x86_64");
      assert.equal(elf.header.type, variant === "PIE" ? "DYN" : "EXEC");
      await compareSections(elf, path);
      await compareSegments(elf, path);
      await compareSymbols(elf, path);
      if (variant !== "arm64") await compareDebugSections(elf, path);
    });
  }
}

Deno.test("a C program reads as readelf reads it", async () => {
  await using dir = await Folder.make();
  const source = join(dir.path, "main.c");
  const path = join(dir.path, "main");
  await Deno.writeTextFile(
    source,
    "static int helper(int x) { return x + 1; }\nint main(int c, char **v) { return helper(c); }\n",
  );
  await runTool("gcc", ["-g", "-o", path, source], { env: C_LOCALE });
  const elf = await open(path);
  await compareSections(elf, path);
  await compareSegments(elf, path);
  assert.equal(elf.hasInterpreter, true);
  const symbols = readSymbols(elf);
  const helper = symbols?.find("helper")[0];
  assert.ok(helper !== undefined && symbols !== undefined);
  assert.equal(symbols.at(helper.address + 1)?.name, "helper");
  assert.deepEqual([...elf.notes()].some(({ owner, type }) => owner === "GNU" && type === 3), true);
});
