import { deepEqual } from "node:assert/strict";
import { ROOT } from "../room_table.ts";
import plugin from "./fence.ts";

/** The messages for a source at this path of the project. */
function lint(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, decodeURIComponent(new URL(path, ROOT).pathname), source)
    .map(({ message }) => message);
}

const native = (name: string) => [`Deno.${name} is native code: it belongs into ffi/`];

Deno.test("the fence lets native code into ffi/ and tests/ only", () => {
  const source = `Deno.dlopen("libc.so.6", {});`;
  deepEqual(lint("ffi/libc.ts", source), []);
  deepEqual(lint("tests/e2e/x.ts", source), []);
  for (const path of ["trace/a.ts", "output/a.ts", "elf/a.ts", "main.ts", "mod.ts", "scripts/a.ts"]) {
    deepEqual(lint(path, source), native("dlopen"), path);
  }
  deepEqual(lint("trace/a.ts", "new Deno.UnsafePointerView(p)"), native("UnsafePointerView"));
  deepEqual(lint("trace/a.ts", "let a: Deno.UnsafeCallback;"), native("UnsafeCallback"));
  deepEqual(lint("trace/a.ts", `Deno["dlopen"]("x", {})`), native("dlopen"));
});

Deno.test("the fence keeps a pure room from Deno, its types too, but not its tests", () => {
  deepEqual(lint("elf/a.ts", `Deno.readFileSync("x"); let f: Deno.FsFile;`), [
    "elf may not use Deno.readFileSync (see scripts/room_table.ts)",
    "elf may not use Deno.FsFile (see scripts/room_table.ts)",
  ]);
  deepEqual(lint("elf/a_test.ts", `Deno.test("x", () => {}); Deno.readFileSync("x");`), []);
  deepEqual(lint("elf/a_test.ts", `Deno.dlopen("x", {})`), native("dlopen"));
});

Deno.test("the fence gives output/ the console and no files", () => {
  deepEqual(lint("output/a.ts", "Deno.stdout.write(b); Deno.consoleSize();"), []);
  deepEqual(lint("output/a.ts", `Deno.openSync("x")`), [
    "output may not use Deno.openSync (see scripts/room_table.ts)",
  ]);
});

Deno.test("the fence sees Deno leave by another name", () => {
  for (
    const source of [
      "const d = Deno;",
      "const { dlopen } = Deno;",
      "globalThis.Deno.dlopen;",
      `globalThis["Deno"];`,
    ]
  ) {
    deepEqual(lint("trace/a.ts", source).length, 1, source);
  }
});

Deno.test("the fence leaves files of no room alone", () => {
  deepEqual(Deno.lint.runPlugin(plugin, "/elsewhere/a.ts", `Deno.dlopen("x", {})`), []);
});
