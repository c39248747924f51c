import assert from "node:assert/strict";
import { ensureToolchain, type Toolchain } from "../toolchains.ts";
import { lineOf, sendAll, sendRaw } from "./client.ts";
import { buildAwkward, Server } from "./server.ts";
import { Tracer } from "./tracer.ts";

/** Sends request lines to the awkward server and returns what the tracer printed for them. */
async function traceRaw(
  requestLines: readonly string[],
  args: readonly string[] = [],
  toolchain?: Toolchain,
): Promise<string[]> {
  const binary = await buildAwkward(toolchain);
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([...args, binary, "main.ping"]).ready();
  for (const requestLine of requestLines) {
    const answer = await sendRaw(server.http, requestLine);
    assert.match(answer, /^HTTP\/1.1 200 /, requestLine);
  }
  await tracer.printed(requestLines.length);
  const { stdout, code } = await tracer.stop();
  assert.equal(code, 0);
  return stdout.split("\n").slice(1, -1);
}

/** A path of exactly `length` bytes. */
function pathOf(length: number): string {
  return "/ping/".padEnd(length, "abcdefghij");
}

Deno.test("a path is whole up to 256 bytes and marked beyond, whatever size of record it takes", async () => {
  const lengths = [
    6,
    31,
    32,
    33,
    39,
    40,
    41,
    87,
    88,
    89,
    95,
    96,
    97,
    104,
    105,
    200,
    255,
    256,
    257,
    300,
    5_000,
    100_000,
  ];
  const lines = await traceRaw(lengths.map((length) => `GET ${pathOf(length)}`));
  assert.deepEqual(
    lines,
    lengths.map((length) =>
      lineOf("GET", length <= 256 ? pathOf(length) : `${pathOf(length).slice(0, 256)}\\…`)
    ),
  );
});

Deno.test("--path-max captures longer and shorter paths", async () => {
  const long = pathOf(4096);
  assert.deepEqual(await traceRaw([`GET ${long}`, `GET ${long}x`], ["--path-max=4096"]), [
    lineOf("GET", long),
    lineOf("GET", `${long}\\…`),
  ]);
  assert.deepEqual(await traceRaw(["GET /ping/abc", "GET /"], ["--path-max=1"]), [
    lineOf("GET", "/\\…"),
    lineOf("GET", "/"),
  ]);
});

Deno.test("a method is whole up to 32 bytes and marked beyond", async () => {
  const method = (length: number) => "M".repeat(length);
  const lengths = [1, 8, 9, 10, 11, 16, 17, 31, 32, 33, 100];
  const lines = await traceRaw(lengths.map((length) => `${method(length)} /ping/x`));
  assert.deepEqual(
    lines,
    lengths.map((length) => lineOf(length <= 32 ? method(length) : `${method(32)}\\…`, "/ping/x")),
  );
});

Deno.test("OPTIONS * and an empty path are shown as they are", async () => {
  // An absolute URL may have no path. Before Go 1.20, net/http answers "OPTIONS *" alone, without a handler.
  const toolchain = await ensureToolchain("1.26.11");
  const lines = await traceRaw(["OPTIONS *", "GET http://127.0.0.1", "GET /"], [], toolchain);
  assert.deepEqual(lines, [lineOf("OPTIONS", "*"), lineOf("GET", ""), lineOf("GET", "/")]);
});

Deno.test("control characters, bidi marks and invalid bytes are escaped, one line a request", async () => {
  const lines = await traceRaw([
    "GET /a%0ab",
    "GET /a%1b[31mb",
    "GET /a%00b",
    "GET /a%7fb",
    "GET /a%c2%9bb",
    "GET /a%ff%feb",
    "GET /a%e2%80%aeb",
    "GET /a%5cb",
    "GET /%d0%bf%d1%80%d0%b8%d0%b2%d0%b5%d1%82",
    "GET /%f0%9f%98%80",
  ]);
  assert.deepEqual(
    lines,
    [
      "/a\\x0ab",
      "/a\\x1b[31mb",
      "/a\\x00b",
      "/a\\x7fb",
      "/a\\u{9b}b",
      "/a\\xff\\xfeb",
      "/a\\u{202e}b",
      "/a\\\\b",
      "/привет",
      "/😀",
    ].map((path) => lineOf("GET", path)),
  );
});

Deno.test("a request without an answer, as its client goes away, is shown all the same", async () => {
  const binary = await buildAwkward();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.ping"]).ready();
  const { hostname, port } = new URL(server.http);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode("GET /ping/gone HTTP/1.1\r\nHost: x\r\n\r\n"));
  connection.close();
  await sendAll(server.http, ["/ping/after"]);
  await tracer.printed(2);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1).sort(), [
    lineOf("GET", "/ping/after"),
    lineOf("GET", "/ping/gone"),
  ]);
});
