import assert from "node:assert/strict";
import fc from "fast-check";
import {
  FAULT,
  GRPC_PROBE,
  HANDLER_PROBE,
  NIL,
  NO_KEY,
  type SampleValue,
  sampleView,
  SERVER_PROBE,
  serverProbe,
} from "../event/sample_view.ts";
import { chooseColumns, type ColumnOptions } from "./columns.ts";
import * as cells from "./cells.ts";
import { CLOCK, recordsWritten, written } from "./sample_sink.ts";
import { TableSink } from "./table_sink.ts";

const probes = [
  SERVER_PROBE,
  serverProbe(["method", "uri", "status", "duration"], "panic"),
  serverProbe(["method", "uri"], "hijacked"),
  serverProbe(["method", "uri", "status", "hijacked"], "panic"),
];
const ping = {
  method: "GET",
  uri: "/ping",
  status: 0,
  duration: 1_234_567,
  bytes: 5,
  proto: "HTTP/1.1",
  host: "localhost:8080",
  remote: "127.0.0.1:4711",
  route: "",
};
const run = { targets: [], goVersions: [], attachedNs: 2_000_000_000 };

function columnsOf(options: Partial<ColumnOptions>, chosen = probes) {
  return chooseColumns(
    { output: "table", time: false, extended: false, fields: undefined, ...options },
    chosen,
  );
}

/** The line of `ping` with these changes. */
async function line(
  values: Readonly<Record<string, SampleValue>>,
  options: Partial<ColumnOptions> = {},
  { probeIndex = 0, timeNs = 7, columns }: { probeIndex?: number; timeNs?: number; columns?: number } = {},
): Promise<string> {
  const text = await recordsWritten(
    (writer) =>
      new TableSink(writer, probes, {
        columns: columnsOf(options),
        clock: CLOCK,
        screen: columns === undefined ? undefined : { columns, cells },
      }),
    [sampleView(probes, { ...ping, ...values }, { probeIndex, timeNs })],
  );
  assert.match(text, /^[^\n]*\n$/);
  return text.slice(0, -1);
}

Deno.test("the whole server's table is the contract's, byte for byte", async () => {
  const { text, records } = await written((writer) => new TableSink(writer, probes), (sink) => {
    sink.begin(run);
    sink.write(sampleView(probes, ping));
    sink.write(
      sampleView(probes, { ...ping, method: "DELETE", status: 404, duration: 87_000, bytes: 1_258_291 }),
    );
  });
  assert.equal(
    text,
    "Method     Status  Latency   Size  Path\n" +
      "GET        200     1.2ms     5     /ping\n" +
      "DELETE     404     87us      1.2M  /ping\n",
  );
  assert.equal(records, 2);
});

Deno.test("the header may be left out", async () => {
  const sink = await written(
    (writer) => new TableSink(writer, probes, { header: false }),
    (sink) => sink.begin(run),
  );
  assert.equal(sink.text, "");
});

Deno.test("the status column tells how a request ended where nobody sent a status", async () => {
  assert.equal(await line({}, {}, { probeIndex: 1 }), "GET        panic   1.2ms     -     /ping");
  assert.equal(await line({}, {}, { probeIndex: 2 }), "GET        hijack  -         -     /ping");
});

Deno.test("numbers that are not known are told from those that could not be read", async () => {
  assert.equal(
    await line({ status: NIL, duration: FAULT, bytes: FAULT }),
    "GET        -       ?         ?     /ping",
  );
});

Deno.test("the latency of a request that began earlier is at least the time since then", async () => {
  assert.equal(
    await line({ duration: NIL }, {}, { timeNs: 1_200_000_000 }),
    "GET        200     >=1.2s    5     /ping",
  );
  const { text } = await written((writer) => new TableSink(writer, probes, { header: false }), (sink) => {
    sink.begin(run);
    for (const timeNs of [3_500_000_000, 1]) {
      sink.write(sampleView(probes, { ...ping, duration: NIL }, { timeNs }));
    }
  });
  assert.equal(text, "GET        200     >=1.5s    5     /ping\nGET        200     >=0us     5     /ping\n");
  assert.equal(
    await line({ duration: NIL }, {}, { timeNs: 86_399_999e9 }),
    "GET        200     >=999d23h 5     /ping",
  );
});

Deno.test("the path is that of the target, decoded, without the query, and escaped", async () => {
  const path = async (uri: SampleValue) =>
    (await line({ uri })).slice("GET        200     1.2ms     5     ".length);
  assert.equal(await path("/a%20b?x=1"), "/a b");
  assert.equal(await path("http://host/x?y"), "/x");
  assert.equal(await path("*"), "*");
  assert.equal(await path("/%0a%1b%5c"), "/\\x0a\\x1b\\\\");
  assert.equal(await path("/%ff%e2%80%ae"), "/\\xff\\u{202e}");
  assert.equal(await path({ text: "/abc%4", more: 9 }), "/abc\\…");
  assert.equal(await path({ text: "/abc?x", more: 9 }), "/abc");
  assert.equal(await path(NIL), "\\<nil>");
  assert.equal(await path(FAULT), "\\<fault>");
});

Deno.test("--extended adds pid and protocol, --time the time of day", async () => {
  assert.equal(
    await line({}, { extended: true }),
    "42      GET        200     1.2ms     HTTP/1.1 5     /ping",
  );
  const [time, ...rest] = (await line({}, { time: true }, { timeNs: 1_234_567_890 })).split(" ");
  assert.match(time!, /^\d\d:(00|15|30|45):01\.234$/);
  assert.equal(rest.join(" "), "GET        200     1.2ms     5     /ping");
});

Deno.test("--fields orders the columns; what was not set is a dash", async () => {
  assert.equal(
    await line({}, { fields: ["path", "status", "route", "host"] }),
    `${"/ping".padEnd(32)} 200     ${"-".padEnd(24)} localhost:8080`,
  );
  assert.equal(
    await line({ route: NIL, host: FAULT }, { fields: ["route", "host"] }),
    `${"-".padEnd(24)} \\<fault>`,
  );
  assert.equal(await line({}, { fields: ["outcome", "pid"] }, { probeIndex: 1 }), "panic    42");
  const taken = { fields: ["outcome", "status", "pid"] };
  assert.equal(await line({ hijacked: 1 }, taken, { probeIndex: 3 }), "hijacked hijack  42");
  assert.equal(await line({ hijacked: 0 }, taken, { probeIndex: 3 }), "panic    panic   42");
  assert.equal(await line({}, { fields: ["host", "path"] }, { probeIndex: 2 }), `${"-".padEnd(24)} /ping`);
});

Deno.test("a header is its text, a dash where there is none, and of a secret one only that it is there", async () => {
  const fields = ["header:X-Id", "header:Cookie", "header:Accept"];
  const headers = [serverProbe(fields)];
  const shown = (values: Readonly<Record<string, SampleValue>>) =>
    recordsWritten(
      (writer) => new TableSink(writer, headers, { columns: columnsOf({ fields }, headers), clock: CLOCK }),
      [sampleView(headers, values)],
    );
  assert.equal(
    await shown({ "header:X-Id": "a\nb", "header:Cookie": 0xc000, "header:Accept": { text: "x", more: 2 } }),
    "a\\x0ab           \\<redacted>      x\\…\n",
  );
  assert.equal(
    await shown({ "header:X-Id": "", "header:Cookie": NO_KEY, "header:Accept": NO_KEY }),
    `${" ".repeat(17)}-                -\n`,
  );
  assert.equal(
    await shown({ "header:X-Id": FAULT, "header:Cookie": FAULT, "header:Accept": NIL }),
    "\\<fault>         -                -\n",
  );
});

Deno.test("a table of the whole server has no symbols: none was named", async () => {
  assert.equal(await line({}, { fields: ["symbol", "path"] }), `${"-".padEnd(24)} /ping`);
});

Deno.test("a handler's table has a symbol and a time when they are asked for", async () => {
  const handlers = [{ ...HANDLER_PROBE, symbol: "main.\x1b" }];
  const columns = columnsOf({ fields: ["symbol", "path"] }, handlers);
  const text = await recordsWritten(
    (writer) => new TableSink(writer, handlers, { columns }),
    [sampleView(handlers, { method: "GET", path: "/%41" })],
  );
  assert.equal(text, `${"main.\\x1b".padEnd(24)} /%41\n`);
});

Deno.test("the last column is cut to the terminal when it is text", async () => {
  assert.equal(await line({}, {}, { columns: 44 }), "GET        200     1.2ms     5     /ping");
  assert.equal(
    await line({ uri: "/123456789" }, {}, { columns: 44 }),
    "GET        200     1.2ms     5     /1234567…",
  );
  assert.equal(await line({}, { fields: ["path", "status"] }, { columns: 5 }), `${"/ping".padEnd(32)} 200`);
});

Deno.test("TableSink needs a clock for a column with the time", () => {
  assert.throws(
    () => new TableSink(undefined as never, probes, { columns: columnsOf({ time: true }) }),
    TypeError,
  );
});

Deno.test("the whole server's table has one line for any record", async () => {
  const value = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(NIL, FAULT));
  const integer = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(NIL, FAULT),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: value,
        uri: value,
        proto: value,
        status: integer,
        bytes: integer,
        duration: integer,
      }),
      fc.nat({ max: 2 }),
      fc.option(fc.nat({ max: 100 }), { nil: undefined }),
      async (values, probeIndex, columns) => {
        const text = await line(values, { extended: true, time: true }, {
          probeIndex,
          ...columns === undefined ? {} : { columns },
        });
        assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}]/u);
      },
    ),
  );
});

Deno.test("a call of gRPC has a line by the name of its code, and its number where gRPC has no name for it", async () => {
  const both = [SERVER_PROBE, GRPC_PROBE];
  const lines = (values: readonly Readonly<Record<string, SampleValue>>[]) =>
    recordsWritten(
      (writer) => new TableSink(writer, both, { columns: columnsOf({}, both) }),
      values.map((value) =>
        sampleView(both, value, { probeIndex: "grpc_status" in value ? 1 : 0, timeNs: 7 })
      ),
    );
  const call = { path: "/shop.Orders/Get", duration: 1_234_567 };
  assert.equal(
    await lines([
      { ...call, grpc_status: 0 },
      { ...call, grpc_status: 5 },
      { ...call, grpc_status: 99 },
      ping,
    ]),
    [
      "POST       OK                 1.2ms     -     /shop.Orders/Get",
      "POST       NotFound           1.2ms     -     /shop.Orders/Get",
      "POST       99                 1.2ms     -     /shop.Orders/Get",
      "GET        200                1.2ms     5     /ping",
      "",
    ].join("\n"),
  );
});
