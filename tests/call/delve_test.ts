/**
 * Functions of a program that nobody here wrote, by Delve as an oracle: the same requests are sent to a Caddy that the
 * debugger traces and to one that this project does, and both have to show the same values of the same calls.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CADDY, startCaddy } from "../foreign/caddy.ts";
import type { ForeignServer } from "../foreign/foreign_server.ts";
import { buildProgram } from "../foreign/go_module.ts";
import { CallRecorder } from "./call_recorder.ts";
import { Delve, type Traced } from "./delve.ts";

const PACKAGE = "github.com/caddyserver/caddy/v2";

const FUNCTIONS: readonly Traced[] = [
  {
    symbol: `${PACKAGE}/modules/caddyhttp.(*Server).ServeHTTP`,
    expressions: [
      "r.Method",
      "r.URL.Path",
      "r.URL.RawQuery",
      "r.ContentLength",
      "r.ProtoMajor",
      "len(r.Header)",
      'r.Header["User-Agent"][0]',
      "len(s.Routes)",
      "s.ReadTimeout",
    ],
  },
  {
    symbol: `${PACKAGE}/modules/caddyhttp.StaticResponse.ServeHTTP`,
    expressions: ["s.Body", "s.StatusCode", "len(s.Headers)", "r.RequestURI", "r.Proto"],
  },
  {
    symbol: `${PACKAGE}/modules/caddyhttp/fileserver.(*FileServer).ServeHTTP`,
    expressions: [
      "fsrv.Root",
      "len(fsrv.Hide)",
      "len(fsrv.IndexNames)",
      "fsrv.IndexNames[0]",
      "r.URL.Path",
      "fsrv.PassThru",
    ],
  },
  { symbol: `${PACKAGE}/modules/caddyhttp.SanitizedPathJoin`, expressions: ["reqPath", "len(root)"] },
  { symbol: "net/url.parse", expressions: ["rawURL", "viaRequest"] },
];

Deno.test(`five functions of caddy ${CADDY.version} have the arguments that Delve shows`, async () => {
  const binary = await buildProgram(CADDY);
  const expected = await byDelve(binary);
  const actual = await byTracer(binary, expected.reduce((sum, calls) => sum + calls.length, 0));
  for (const [i, { symbol }] of FUNCTIONS.entries()) {
    assert.ok(expected[i]!.length > 0, `${symbol} was called`);
    assert.deepEqual(actual[i], expected[i], symbol);
  }
});

/** The values of the calls of each function, as the debugger has them. */
async function byDelve(binary: string): Promise<unknown[][][]> {
  await using server = await startCaddy(binary);
  await using delve = await Delve.attach(server.pid, FUNCTIONS);
  await sendRequests(server);
  await server.stop();
  return await delve.calls();
}

async function byTracer(binary: string, count: number): Promise<unknown[][][]> {
  await using server = await startCaddy(binary);
  const probes = FUNCTIONS.map(({ symbol, expressions }) => `${symbol}(${expressions.join(", ")})`);
  await using recorder = await CallRecorder.start(binary, ...probes);
  await sendRequests(server);
  const { calls, lost } = await recorder.recorded(count);
  assert.equal(lost, 0);
  return FUNCTIONS.map(({ symbol, expressions }) =>
    calls.filter((call) => call.symbol === symbol).map(({ args }) =>
      expressions.map((expression) => args[expression])
    )
  );
}

/** One after the other, so that the calls have an order. */
async function sendRequests({ port, folder }: ForeignServer): Promise<void> {
  await Deno.writeTextFile(`${folder}/file.txt`, "a file\n");
  const headers = { "user-agent": "the client of a test" };
  for (
    const [method, uri, body] of [
      ["GET", "/answer/first?query=1"],
      ["POST", "/answer/%C3%A4%20b", "a body"],
      ["PUT", "/answer/third?", "more"],
      ["GET", "/files/file.txt"],
      ["HEAD", "/files/none.txt"],
      ["DELETE", "/elsewhere"],
    ] as const
  ) {
    const response = await fetch(`http://127.0.0.1:${port}${uri}`, {
      method,
      headers,
      ...body ? { body } : {},
    });
    await response.body?.cancel();
  }
}
