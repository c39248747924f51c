import assert from "node:assert/strict";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { sendAll } from "./client.ts";
import { Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

const REQUESTS = 3;
/** What a Go inlines, and how it names what it makes, is not the same in all of them. */
const GO = "1.26.8";

/** What -l has to print for the handlers, and the paths by which each is called. */
const HANDLERS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^main\.\(\*api\)\.home$/, ["/home"]],
  [/^main\.api\.about$/, ["/about"]],
  [/^main\..*users\.func\d+$/, ["/users"]],
  [/^main\.(?:init|glob\.)\.func1$/, ["/variable"]],
  [/^main\.init\.0\.func1$/, ["/init"]],
  [/^main\.wide\.ServeHTTP$/, ["/wide", "/local"]],
  [/^main\.wrapped\.ServeHTTP$/, ["/wrapped"]],
];

async function build(flags: readonly string[]): Promise<string> {
  const dir = new URL("../servers/names", import.meta.url).pathname;
  return await buildGo({ toolchain: await ensureToolchain(GO), dir, flags, output: "names" });
}

for (const [variant, flags] of [["with symbols", []], ["stripped", ["-ldflags=-s -w"]]] as const) {
  Deno.test(`-l prints handlers that have no function of their own, and each is seen once: ${variant}`, async () => {
    const binary = await build(flags);
    const listed = await runTracer(["-l", binary]);
    assert.equal(listed.code, 0, listed.stderr);
    const names = listed.stdout.trim().split("\n");
    await using server = await Server.start(binary);
    const paths = HANDLERS.flatMap(([, paths]) => paths).concat("/generic");
    for (const [pattern, expected] of HANDLERS) {
      const name = names.find((name) => pattern.test(name));
      assert.ok(name !== undefined, `${pattern} in\n${listed.stdout}`);
      await using tracer = await new Tracer([binary, name]).ready();
      await sendAll(server.http, paths.flatMap((path) => Array<string>(REQUESTS).fill(path)));
      await tracer.printed(REQUESTS * expected.length);
      await tracer.stop();
      const wanted = expected.flatMap((path) => Array<string>(REQUESTS).fill(`GET        ${path}`));
      assert.deepEqual(tracer.requests.toSorted(), wanted.toSorted(), name);
    }
  });

  Deno.test(`a pattern finds closures in generic functions: ${variant}`, async () => {
    const run = await runTracer(["--explain", await build(flags), "main.makes[...].func*"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stdout.match(/^function {4}main\.makes\[/gm)?.length, 2);
  });
}

Deno.test("what a pattern matches and cannot be probed is noted, and the others are traced", async () => {
  const toolchain = await ensureToolchain(GO);
  const files = { "main.go": UNKNOWN_RECEIVER };
  const binary = await buildGo({ toolchain, files, flags: ["-ldflags=-s -w"], output: "unknown" });
  const run = await runTracer(["--explain", binary, "main.*"]);
  assert.equal(run.code, 0, run.stderr);
  assert.match(run.stdout, /^function {4}main\.plain$/m);
  assert.match(run.stderr, /note: .*: not traced: main\.gone\.handle has a value receiver/);
});

Deno.test("a pattern has each call once: not where an interface's method value makes it, and where nothing is left", async () => {
  const run = await runTracer(["--explain", await build([]), "main.*"]);
  assert.equal(run.code, 0, run.stderr);
  const functions = [...run.stdout.matchAll(/^function {4}(.*)$/gm)].map(([, name]) => name);
  assert.ok(functions.includes("main.nothing[int]"), functions.join("\n"));
  assert.ok(!functions.some((name) => name?.startsWith("main.source.")), functions.join("\n"));
});

Deno.test("of a function that makes a handler, the handler is named", async () => {
  const binary = await build([]);
  const inlined = await runTracer(["--explain", binary, "main.(*api).users"]);
  assert.equal(inlined.code, 4);
  assert.match(inlined.stderr, /inlined it into main\.main\n {2}hint: Trace main\.main\..*users\.func\d+;/);
  const main = await runTracer(["--explain", binary, "main.main"]);
  assert.equal(main.code, 0);
  assert.match(
    main.stderr,
    /note: .*main\.main is no handler: its calls are shown; if it makes the handler, trace main\.main\.func1/,
  );
});

/** The type of a receiver that is never converted to an interface is not in the type metadata. */
const UNKNOWN_RECEIVER = `package main

import "net/http"

type gone struct{ a, b int }

//go:noinline
func (g gone) handle(w http.ResponseWriter, req *http.Request) { w.WriteHeader(g.a) }

func plain(w http.ResponseWriter, req *http.Request) { gone{200, 1}.handle(w, req) }

func main() {
	http.HandleFunc("/", plain)
	http.ListenAndServe("127.0.0.1:0", nil)
}
`;
