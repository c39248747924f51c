/**
 * What a name stands for: the server in tests/servers/wrappers calls its handlers through functions that the compiler
 * made. Each call has to be one line, by whichever way it came, in executables with and without symbols.
 */
import assert from "node:assert/strict";
import { buildGo, ensureToolchain, minorOf, QUICK_VERSIONS } from "../toolchains.ts";
import { sorted } from "./client.ts";
import { Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

const WRAPPERS = new URL("../servers/wrappers", import.meta.url).pathname;
const STRIPPED = ["-ldflags=-s -w"];
const EVERY_ROUTE = [
  ..."/plain /small /big /pointer /by-value /by-value-pointer /by-pointer /of-small /of-interface /get /tiny"
    .split(" "),
  ..."/value /both /caller /recursive /closure".split(" "),
];
const GENERIC_ROUTES = "/handle-int /handle-string /light /store /store-string /box /box-pointer /store-value"
  .split(" ");

/** A name, and the routes whose requests are calls of what it stands for. */
const NAMES: readonly (readonly [string, readonly string[]])[] = [
  ["main.plain", ["/plain", "/of-interface"]],
  // Inlined into the wrapper for pointers, and into that of the type that embeds it.
  ["main.Small.ServeHTTP", ["/small", "/of-small"]],
  ["main.(*Small).ServeHTTP", ["/small", "/of-small"]],
  // Called by them.
  ["main.Big.ServeHTTP", ["/big", "/by-value", "/by-value-pointer"]],
  ["main.(*Big).ServeHTTP", ["/big", "/by-value", "/by-value-pointer"]],
  ["main.(*Pointer).ServeHTTP", ["/pointer", "/by-pointer"]],
  // The promoted method is the embedded type's, whose name it stands for.
  ["main.(*API).Get", ["/get"]],
  ["main.(*API).Tiny", ["/tiny"]],
  ["main.Big.Value", ["/value"]],
  ["main.both", ["/both"]],
  ["main.caller", ["/caller"]],
  ["main.main.func1", ["/closure"]],
];

/** Of Go 1.18 and later. */
const GENERIC_NAMES: readonly (readonly [string, readonly string[]])[] = [
  ["main.Handle", ["/handle-int", "/handle-string"]],
  ["main.Handle[...]", ["/handle-int", "/handle-string"]],
  ["main.(*Store[...]).ServeHTTP", ["/store", "/store-string", "/store-value"]],
  ["main.Box.ServeHTTP", ["/box", "/box-pointer"]],
];

async function build(version: string, flags: readonly string[]): Promise<string> {
  return await buildGo({
    toolchain: await ensureToolchain(version),
    dir: WRAPPERS,
    flags,
    output: "wrappers",
  });
}

/** One request to each of the routes. */
async function request(server: Server, routes: readonly string[]): Promise<void> {
  for (const route of routes) await (await fetch(`${server.http}${route}`)).body?.cancel();
}

/** The lines for one request to each of the routes. */
function linesOf(routes: readonly string[]): string[] {
  return sorted(routes.map((route) => `GET        ${route}`));
}

for (const version of QUICK_VERSIONS) {
  const generic = minorOf(version) >= 18;
  const routes = generic ? [...EVERY_ROUTE, ...GENERIC_ROUTES] : EVERY_ROUTE;
  for (const [variant, flags] of Object.entries({ default: [], stripped: STRIPPED })) {
    Deno.test(`a name is seen by every way that leads to it, once: Go ${version}, ${variant}`, async () => {
      const binary = await build(version, flags);
      await using server = await Server.start(binary);
      for (const [name, expected] of generic ? [...NAMES, ...GENERIC_NAMES] : NAMES) {
        await using tracer = await new Tracer([binary, name]).ready();
        await request(server, routes);
        await tracer.printed(expected.length);
        const { stdout, stderr, code } = await tracer.stop();
        assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), linesOf(expected), name);
        assert.equal(stderr, "", name);
        assert.equal(code, 0, name);
      }
    });
  }

  Deno.test(`a function that was inlined everywhere is told, with where it went: Go ${version}`, async () => {
    for (const flags of [[], STRIPPED]) {
      const run = await runTracer([await build(version, flags), "main.everywhere"]);
      assert.match(
        run.stderr,
        /main\.everywhere has no code of its own.* main\.caller\n {2}hint: .*go:noinline/,
      );
      assert.equal(run.code, 4);
    }
  });
}

Deno.test("--explain says which functions stand for a name, why, and what is not seen", async () => {
  const binary = await build("1.26.8", []);
  const small = await runTracer(["--explain", binary, "main.Small.ServeHTTP"]);
  assert.match(small.stdout, /^function +main\.\(\*Small\)\.ServeHTTP$/m);
  assert.match(small.stdout, /^stands for +main\.Small\.ServeHTTP: .*inlined/m);
  const both = await runTracer(["--explain", binary, "main.both"]);
  assert.match(both.stdout, /^function +main\.both$/m);
  assert.match(both.stderr, /note: .*calls of main\.both in main\.caller are not seen/);
  assert.equal(both.code, 0);
});

Deno.test("a pattern means the handlers that match it", async () => {
  const binary = await build("1.26.8", []);
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.(*API).*"]).ready();
  await request(server, EVERY_ROUTE);
  await tracer.printed(2);
  const { stdout, code } = await tracer.stop();
  assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), linesOf(["/get", "/tiny"]));
  assert.equal(code, 0);
  const all = await runTracer(["--explain", binary, "main.*"]);
  const functions = [...all.stdout.matchAll(/^function +(.*)$/gm)].map(([, name]) => name);
  assert.ok(functions.includes("main.plain") && functions.includes("main.(*Pointer).ServeHTTP"));
  assert.ok(!functions.includes("main.notHandler") && !functions.includes("main.main"));
  assert.match(all.stderr, /note: .*main\.\* matches \d+ functions besides, which are no handlers/);
  const other = await runTracer(["--explain", binary, "main.not*"]);
  assert.match(other.stdout, /^function +main\.notHandler\n[^]*^recipe +call$/m);
  const nothing = await runTracer([binary, "nothing.*"]);
  assert.match(nothing.stderr, /no function matches/);
  assert.equal(nothing.code, 4);
});
