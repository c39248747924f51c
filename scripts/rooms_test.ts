import { deepEqual, equal } from "node:assert/strict";
import { circles, type Import, importRefusal, projectImports } from "./rooms.ts";

Deno.test("importRefusal() follows the table of rooms", () => {
  const may = (from: string, to: string) => importRefusal({ from, to }) === undefined;
  equal(may("elf/mod.ts", "base/mod.ts"), true);
  equal(may("elf/mod.ts", "go/mod.ts"), false);
  equal(may("dwarf/mod.ts", "elf/mod.ts"), false);
  equal(may("event/a.ts", "bpf/layout.gen.ts"), true);
  equal(may("trace/a.ts", "ffi/mod.ts"), true);
  equal(may("trace/a.ts", "output/mod.ts"), false);
  equal(may("ffi/a.ts", "trace/mod.ts"), false);
  equal(may("main.ts", "ffi/mod.ts"), false);
  equal(may("main.ts", "deno.json"), true);
  equal(may("elf/a.ts", "tests/toolchains.ts"), false);
});

Deno.test("importRefusal() lets npm and Node in where they belong", () => {
  const may = (from: string, to: string) => importRefusal({ from, to }) === undefined;
  equal(may("cli/a.ts", "npm:/commander@1.0.0"), true);
  equal(may("elf/a.ts", "npm:/commander@1.0.0"), false);
  equal(may("elf/a_test.ts", "npm:/fast-check@1.0.0"), true);
  equal(may("elf/a.ts", "node:zlib"), true);
  equal(may("go/a.ts", "node:fs"), false);
  equal(may("trace/a.ts", "https://example.com/a.ts"), false);
});

Deno.test("importRefusal() refuses a file of no room and the import of a test", () => {
  equal(importRefusal({ from: "misc/a.ts", to: "base/mod.ts" })?.includes("lies in no room"), true);
  equal(importRefusal({ from: "elf/a.ts", to: "elf/b_test.ts" })?.includes("is a test"), true);
});

Deno.test("circles() names each circle once, from its first file", () => {
  const imports: Import[] = ["b a", "a c", "c b", "c d", "d e", "e e"].map((edge) => {
    const [from = "", to = ""] = edge.split(" ");
    return { from, to };
  });
  deepEqual(circles(imports), [["a", "c", "b"], ["e"]]);
  deepEqual(circles([{ from: "a", to: "b" }, { from: "a", to: "c" }, { from: "b", to: "c" }]), []);
});

Deno.test("projectImports() resolves what Deno resolves", async () => {
  const imports = await projectImports(["scripts/rooms.ts"]);
  deepEqual(imports.filter(({ from }) => from === "scripts/rooms.ts").map(({ to }) => to).sort(), [
    "scripts/lib/files.ts",
    "scripts/lib/run.ts",
    "scripts/lib/steps.ts",
    "scripts/room_table.ts",
  ]);
});
