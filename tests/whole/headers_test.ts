/**
 * Headers of requests, as `-F header:NAME` shows them: the value that the client sent, of a request with however many
 * others, and no value where it sent none.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { runTracer, Tracer } from "../e2e/tracer.ts";
import { ALL_VERSIONS } from "../toolchains.ts";
import { type Build, buildH2c, BUILDS, buildWhole } from "./programs.ts";
import { exchange, RawConnection, requestText } from "./raw.ts";
import { Recorder, type RequestRecord } from "./records.ts";
import { titleOf } from "./traced.ts";

const FIELDS = "method,path,status,header:x-one,header:User-Agent,header:authorization,header:X-LONG";
/** Others beside those that are asked for: the map of them has one bucket or group, or several, or is growing. */
const OTHERS = [0, 1, 4, 5, 6, 7, 8, 9, 12, 13, 17, 25, 33, 40];

/** What of the headers came out for a request, by its path. */
type Shown = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

function shownOf(records: readonly RequestRecord[]): Shown {
  return new Map(records.map((record) => [
    record.path ?? "",
    Object.fromEntries(Object.entries(record).filter(([key]) => key.startsWith("header:"))),
  ]));
}

function others(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `X-Other-${i}: ${i}`);
}

/** Requests by HTTP/1.1: the lines of their headers, and what is to come of them. */
function requests(): { readonly lines: string[]; readonly shown: Readonly<Record<string, string>> }[] {
  return [
    ...OTHERS.flatMap((count) => [
      { lines: ["X-One: first", ...others(count)], shown: { "header:X-One": "first" } },
      { lines: [...others(count), "x-ONE: last"], shown: { "header:X-One": "last" } },
      { lines: others(count), shown: {} },
    ]),
    { lines: ["X-One: a", "X-One: b", "X-One: c"], shown: { "header:X-One": "a" } },
    { lines: ["X-One:"], shown: { "header:X-One": "" } },
    { lines: ["X-One:   spaces around   "], shown: { "header:X-One": "spaces around" } },
    { lines: ["X-On: a", "X-One-: b", "X-Onf: c"], shown: {} },
    { lines: ["X-One: \u00e4\u20ac"], shown: { "header:X-One": "\u00e4\u20ac" } },
    {
      lines: ["Authorization: Bearer secret", "User-Agent: me/1.0"],
      shown: { "header:Authorization": "<redacted>", "header:User-Agent": "me/1.0" },
    },
    { lines: [`X-Long: ${"y".repeat(256)}`], shown: { "header:X-Long": "y".repeat(256) } },
    { lines: [`X-Long: ${"z".repeat(5000)}`], shown: { "header:X-Long": "z".repeat(256) } },
    // Not searched, and not taken for another.
    { lines: ["X-One: one of many", ...others(100)], shown: {} },
  ];
}

async function showsHeaders(version: string, build: Build): Promise<void> {
  const binary = await buildWhole(version, build);
  await using server = await Server.start(binary, { tls: true });
  await using recorder = await Recorder.start("-F", FIELDS, binary);
  const expected = new Map<string, Readonly<Record<string, string>>>();
  for (const { lines, shown } of requests()) {
    const path = `/s/200/1/${expected.size}`;
    expected.set(path, shown);
    await exchange(server.http, requestText(`GET ${path}`, [...lines, "Connection: close"]));
  }
  using client = Deno.createHttpClient({ caCerts: [server.certificate], http1: false, http2: true });
  for (const count of OTHERS) {
    for (const value of ["v", undefined]) {
      const path = `/s/200/1/${expected.size}`;
      const headers = new Headers({ "user-agent": "h2/1", authorization: "Basic eDp5" });
      for (let i = 0; i < count; i++) headers.set(`x-other-${i}`, String(i));
      if (value !== undefined) headers.set("x-one", `${value}${count}`);
      expected.set(path, {
        "header:User-Agent": "h2/1",
        "header:Authorization": "<redacted>",
        ...value === undefined ? {} : { "header:X-One": `${value}${count}` },
      });
      await (await fetch(`${server.https}${path}`, { client, headers })).body?.cancel();
    }
  }
  await recorder.printed(expected.size);
  const { records, lost } = await recorder.stop();
  assert.equal(lost, 0);
  assert.deepEqual(shownOf(records), expected);
}

for (const version of ALL_VERSIONS) {
  for (const build of Object.keys(BUILDS) as Build[]) {
    Deno.test(`a header is shown as the client sent it: ${titleOf(version, build)}`, async () => {
      await showsHeaders(version, build);
    });
  }
}

Deno.test("a header is shown of a request that panics, and of the HTTP/2 that a server brings itself", async () => {
  const binary = await buildWhole("1.27.4", "default");
  await using server = await Server.start(binary);
  await using recorder = await Recorder.start("-F", "path,outcome,header:x-one", binary);
  await using connection = await RawConnection.open(server.http);
  await connection.write(requestText("GET /panic/1", ["X-One: 1"]));
  await connection.rest();
  await recorder.printed(1);
  const { records } = await recorder.stop();
  assert.deepEqual(
    records.map(({ outcome, ...rest }) => [outcome, rest["header:X-One" as keyof typeof rest]]),
    [
      ["panic", "1"],
    ],
  );

  const other = await buildH2c("1.26.8", "default");
  await using h2c = await Server.start(other);
  await using tracer = await Recorder.start("-F", "path,header:x-one,header:host", other);
  using client = Deno.createHttpClient({ http1: false, http2: true });
  await (await fetch(`${h2c.http}/s/200/1/h2c`, { client, headers: { "x-one": "h2c" } })).body?.cancel();
  // Before it comes what the connection begins with, `PRI *`.
  await tracer.printed(2);
  const shown = shownOf((await tracer.stop()).records);
  assert.deepEqual([...shown].filter(([path]) => path !== "*"), [
    ["/s/200/1/h2c", { "header:X-One": "h2c", "header:Host": new URL(h2c.http).host }],
  ]);
});

Deno.test("a handler that is named shows the headers of its requests at their end", async () => {
  const binary = await buildWhole("1.26.8", "default");
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["-F", "method,status,header:x-one", binary, "main.answer"]).started(
    /^Method +Status +X-One$/m,
  );
  await (await fetch(`${server.http}/s/201/1/1`, { headers: { "x-one": "\u00fc" } })).body?.cancel();
  await tracer.stdout.atLeast(2);
  const { stdout } = await tracer.stop();
  assert.match(stdout.split("\n")[1] ?? "", /^GET +201 +\S+$/);
});

Deno.test("what no header can be called, one column twice, and too many are refused with a hint", async () => {
  const binary = await buildWhole("1.26.8", "default");
  const cases: readonly [fields: string, message: RegExp][] = [
    ["header:", /^gohttpsnoop: A header without a name$/m],
    ["path,header:a b", /^gohttpsnoop: a b is no name of a header$/m],
    ["header:a,header:A", /--fields names header:A twice/],
    ["header:a,header:b,header:c,header:d,header:e", /5 headers to look for; at most 4/],
  ];
  for (const [fields, message] of cases) {
    const { code, stdout, stderr } = await runTracer(["-F", fields, binary]);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.match(stderr, /^ {2}hint: /m);
    assert.ok(code === 2 || code === 4, `exit ${code}`);
  }
});
