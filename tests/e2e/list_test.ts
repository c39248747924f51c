import assert from "node:assert/strict";
import { BytesSource } from "../../base/mod.ts";
import { ElfFile } from "../../elf/mod.ts";
import { buildGo, ensureToolchain, installedGo } from "../toolchains.ts";
import { buildAwkward, buildExample, Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";
import { sendAll } from "./client.ts";

const STRIPPED = ["-ldflags=-s -w"];

async function list(...args: string[]): Promise<string[]> {
  const run = await runTracer(["-l", ...args]);
  assert.equal(run.stderr, "");
  assert.equal(run.code, 0);
  const lines = run.stdout.split("\n");
  assert.equal(lines.pop(), "");
  return lines;
}

Deno.test("-l prints the handlers, the program's own first, one name a line", async () => {
  const names = await list(await buildExample());
  assert.deepEqual(names.slice(0, 2), ["main.hello", "main.ping"]);
  assert.ok(names.includes("net/http.(*ServeMux).ServeHTTP"));
  assert.ok(names.includes("net/http.NotFound"));
  assert.ok(!names.some((name) => /main\.main$|listen/.test(name)), names.join("\n"));
});

Deno.test("-l with a part of a name, or a pattern, prints all functions that have it, handlers first", async () => {
  const binary = await buildAwkward();
  const own = await list(binary, "main.");
  assert.ok(own.indexOf("main.ping") < own.indexOf("main.fill"));
  assert.ok(own.indexOf("main.main.func1") < own.indexOf("main.main"));
  assert.deepEqual(await list(binary, "main.(*counter).*"), ["main.(*counter).ServeHTTP"]);
  assert.deepEqual(await list(binary, "main.fil?"), ["main.fill"]);
});

Deno.test("each name that -l prints can be traced", async () => {
  const binary = await buildAwkward();
  const names = await list(binary);
  const own = names.filter((name) => name.startsWith("main."));
  assert.ok(own.length >= 10, own.join("\n"));
  const run = await runTracer(["--explain", binary, ...names]);
  assert.equal(run.code, 0, run.stderr);
  for (const name of names) {
    assert.ok(
      run.stdout.includes(`function    ${name}\n`) || run.stdout.includes(`stands for  ${name}: `),
      name,
    );
  }
});

Deno.test("-l finds the handlers of a stripped executable: methods by their types, functions by their arguments", async () => {
  const objects = (await list("--json", await buildAwkward(undefined, STRIPPED))).map((line) =>
    JSON.parse(line)
  );
  const kinds = new Map(objects.map(({ symbol, kind }) => [symbol, kind]));
  assert.equal(kinds.get("main.(*counter).ServeHTTP"), "handler");
  assert.equal(kinds.get("net/http.(*ServeMux).ServeHTTP"), "handler");
  assert.equal(kinds.get("main.ping"), "possible");
  assert.equal(kinds.get("main.main.func1"), "possible");
  assert.equal(kinds.has("main.unused"), false);
});

Deno.test("-l --json tells more of each", async () => {
  const objects = (await list("--json", await buildExample(), "main.ping")).map((line) => JSON.parse(line));
  assert.equal(objects.length, 1);
  const { address, size, file, line, ...rest } = objects[0];
  assert.deepEqual(rest, {
    v: 1,
    type: "function",
    symbol: "main.ping",
    package: "main",
    kind: "handler",
    signature: "func(w net/http.ResponseWriter, req *net/http.Request)",
  });
  assert.match(address, /^0x[0-9a-f]+$/);
  assert.ok(size > 0 && line > 0);
  assert.match(file, /main\.go$/);
});

Deno.test("-l -v prints what each function takes and gives, by the names that an expression can use", async () => {
  const files = {
    "main.go": `package main

import "os"

type Order struct{ ID string }
type Shop struct{ orders []*Order }

//go:noinline
func charge(order *Order, retry int) (id string, err error) { return order.ID, os.Chdir(order.ID) }

//go:noinline
func (s *Shop) find(id string, _ bool, more ...int) (*Order, bool) { return s.orders[len(more)], id != "" }

func main() {
	shop := &Shop{orders: []*Order{{"a"}}}
	order, ok := shop.find("a", true)
	println(ok)
	println(charge(order, 1))
}
`,
  };
  // Before Go 1.22 a parameter without a name is not described.
  const toolchain = await ensureToolchain("1.26.8");
  const binary = await buildGo({ toolchain, files, output: "shop" });
  assert.deepEqual(await list("-v", binary, "main.*"), [
    "main.(*Shop).find(id string, _ bool, more []int) (*main.Order, bool) // receiver s",
    "main.charge(order *main.Order, retry int) (id string, err error)",
    "main.main()",
  ]);
  const stripped = await buildGo({ toolchain, files, flags: STRIPPED, output: "stripped" });
  assert.deepEqual(await list("-v", stripped, "main.*"), ["main.(*Shop).find", "main.charge", "main.main"]);
});

Deno.test("-l lists the executable of a process", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  assert.deepEqual(await list("-p", String(server.pid), "main.p"), ["main.ping"]);
});

Deno.test("-l says when there is nothing to list: exit 4", async () => {
  const none = await runTracer(["-l", await buildExample(), "main.pong"]);
  assert.match(
    none.stderr,
    /^gohttpsnoop: .*no function matches main\.pong\n {2}hint: Did you mean main\.ping/,
  );
  assert.equal(none.code, 4);
  const toolchain = await installedGo();
  const files = { "main.go": "package main\n\nfunc main() { println(1) }\n" };
  const run = await runTracer(["-l", await buildGo({ toolchain, files, output: "small" })]);
  assert.match(run.stderr, /^gohttpsnoop: .*it has no handler of net\/http\n {2}hint: .*'main\.\*'\n$/);
  assert.equal(run.code, 4);
});

/** A build that claims to be of another Go: the version in its build information, of the same length. */
async function claiming(version: string, flags: readonly string[]): Promise<string> {
  const toolchain = await installedGo();
  const dir = new URL("../../examples/server", import.meta.url).pathname;
  const bytes = await Deno.readFile(await buildGo({ toolchain, dir, flags, output: "main" }));
  const text = `go${toolchain.version}`;
  const claimed = version.padEnd(text.length, "9").slice(0, text.length);
  const pattern = new TextEncoder().encode(text);
  let changed = 0;
  for (let at = bytes.indexOf(0x67); at >= 0; at = bytes.indexOf(0x67, at + 1)) {
    if (!pattern.every((byte, i) => bytes[at + i] === byte)) continue;
    bytes.set(new TextEncoder().encode(claimed), at);
    changed++;
  }
  assert.ok(changed > 0);
  const path = `${await Deno.makeTempDir()}/server`;
  await Deno.writeFile(path, bytes, { mode: 0o755 });
  return path;
}

Deno.test("a Go that is newer than known works, from DWARF or the type metadata, with a note", async () => {
  for (const flags of [[], STRIPPED]) {
    const binary = await claiming("go1.99.", flags);
    try {
      await using server = await Server.start(binary);
      await using tracer = await new Tracer([binary, "main.ping"]).ready();
      await sendAll(server.http, ["/ping"]);
      await tracer.printed(1);
      const { stdout, stderr, code } = await tracer.stop();
      assert.equal(stdout, "Method     Path\nGET        /ping\n");
      assert.match(
        stderr,
        /^gohttpsnoop: note: .*built by go1\.99\.\S*, and this program knows Go to 1\.27.*\n$/,
      );
      assert.equal(code, 0);
    } finally {
      await Deno.remove(binary);
    }
  }
});

Deno.test("a Go that is newer than known, and whose tables have another form, is refused as that: exit 4", async () => {
  const binary = await claiming("go1.99.", STRIPPED);
  const bytes = await Deno.readFile(binary);
  const { offset } = new ElfFile(new BytesSource(bytes)).section(".gopclntab")!;
  bytes.set([0xf5, 0xff, 0xff, 0xff], offset);
  await Deno.writeFile(binary, bytes);
  try {
    const run = await runTracer([binary, "main.ping"]);
    assert.match(
      run.stderr,
      /^gohttpsnoop: .*go1\.99\.\S* is newer than this program knows: Cannot read \.gopclntab.*\n {2}hint: Take a newer.*\n$/,
    );
    assert.equal(run.code, 4);
  } finally {
    await Deno.remove(binary);
  }
});
