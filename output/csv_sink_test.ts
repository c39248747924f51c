import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeBytes } from "../event/escape.ts";
import {
  FAULT,
  GRPC_PROBE,
  HANDLER_PROBE,
  NIL,
  NO_KEY,
  sampleView,
  SERVER_PROBE,
  serverProbe,
} from "../event/sample_view.ts";
import { chooseColumns } from "./columns.ts";
import { CsvSink } from "./csv_sink.ts";
import { CLOCK, recordsWritten, written } from "./sample_sink.ts";

const probes = [
  SERVER_PROBE,
  serverProbe(["method", "uri"], "hijacked"),
  serverProbe(["method", "status", "hijacked"], "panic"),
];

function columnsOf(fields: readonly string[] | undefined, time = false) {
  return chooseColumns({ output: "csv", time, extended: false, fields }, probes);
}

function csv(
  fields: readonly string[] | undefined,
  ...views: ReturnType<typeof sampleView>[]
): Promise<string> {
  return recordsWritten(
    (writer) => new CsvSink(writer, probes, { columns: columnsOf(fields), clock: CLOCK }),
    views,
  );
}

Deno.test("CsvSink has a header as its text, and no secret", async () => {
  const fields = ["header:X-Id", "header:Cookie"];
  const probes = [serverProbe(fields)];
  const columns = chooseColumns({ output: "csv", time: false, extended: false, fields }, probes);
  const text = await recordsWritten(
    (writer) => new CsvSink(writer, probes, { columns, clock: CLOCK }),
    [
      sampleView(probes, { "header:X-Id": "a,b", "header:Cookie": 0xc000 }),
      sampleView(probes, { "header:X-Id": NO_KEY, "header:Cookie": NO_KEY }),
    ],
  );
  assert.equal(text, '"a,b",<redacted>\r\n,\r\n');
});

Deno.test("CsvSink writes a header and lines that end in CRLF, with exact numbers", async () => {
  const columns = columnsOf(undefined, true);
  const { text, records } = await written(
    (writer) => new CsvSink(writer, probes, { columns, clock: CLOCK }),
    (sink) => {
      sink.begin({ targets: [], goVersions: [], attachedNs: 0 });
      sink.write(
        sampleView(probes, {
          method: "GET",
          uri: "/a%20b?x",
          status: 0,
          duration: 1_234_567,
          bytes: 1_258_291,
        }),
      );
    },
  );
  assert.equal(
    text,
    "time,method,status,duration_ms,bytes,path\r\n" +
      "2026-03-01T09:30:00.000000007Z,GET,200,1.234567,1258291,/a b\r\n",
  );
  assert.equal(records, 1);
});

Deno.test("CsvSink leaves the header out when it is not wanted", async () => {
  const { text } = await written(
    (writer) => new CsvSink(writer, probes, { columns: columnsOf(undefined), clock: CLOCK, header: false }),
    (sink) => sink.begin({ targets: [], goVersions: [], attachedNs: 0 }),
  );
  assert.equal(text, "");
});

Deno.test("CsvSink quotes commas and quotes, and escapes line breaks", async () => {
  assert.equal(await csv(["path", "pid"], sampleView(probes, { uri: "/a,b" })), '"/a,b",42\r\n');
  assert.equal(await csv(["path"], sampleView(probes, { uri: '/"' })), '"/"""\r\n');
  assert.equal(await csv(["path"], sampleView(probes, { uri: "/%0d%0a%2c" })), '"/\\x0d\\x0a,"\r\n');
  assert.equal(await csv(["path"], sampleView(probes, { uri: { text: "/a", more: 1 } })), "/a\\…\r\n");
});

Deno.test("CsvSink leaves empty what is not known", async () => {
  const view = sampleView(probes, { method: NIL, uri: FAULT, status: FAULT, duration: NIL });
  assert.equal(await csv(undefined, view), ",,,,\r\n");
  const hijacked = sampleView(probes, { method: "GET", uri: "/" }, { probeIndex: 1 });
  assert.equal(await csv(["status", "host", "outcome", "method"], hijacked), ",,hijacked,GET\r\n");
  assert.equal(await csv(["symbol", "method"], hijacked), ",GET\r\n");
  const ended = (hijacked: number) =>
    sampleView(probes, { method: "GET", status: 0, hijacked }, { probeIndex: 2 });
  assert.equal(await csv(["status", "outcome"], ended(0), ended(1)), ",panic\r\n,hijacked\r\n");
});

Deno.test("CsvSink quotes a symbol with a comma", async () => {
  const handlers = [{ ...HANDLER_PROBE, symbol: 'main.Map[go.shape.int,"x"]' }];
  const columns = chooseColumns(
    { output: "csv", time: false, extended: false, fields: ["symbol"] },
    handlers,
  );
  const text = await recordsWritten(
    (writer) => new CsvSink(writer, handlers, { columns, clock: CLOCK }),
    [sampleView(handlers, { method: "GET", path: "/" })],
  );
  assert.equal(text, '"main.Map[go.shape.int,""x""]"\r\n');
});

Deno.test("CsvSink's cells read back as the escaped text, for any bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (method) => {
    const text = await csv(["method", "pid"], sampleView(probes, { method }));
    const [, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",]*)),42\r\n$/u.exec(text) ?? assert.fail(text);
    assert.equal(quoted?.replaceAll('""', '"') ?? plain, escapeBytes(method));
  }));
});

Deno.test("CsvSink has the name of gRPC's code as status, and its number by its own key", async () => {
  const of = [GRPC_PROBE];
  const fields = ["method", "status", "grpc_status", "proto", "path"];
  const columns = chooseColumns({ output: "csv", time: false, extended: false, fields }, of);
  const text = await recordsWritten(
    (writer) => new CsvSink(writer, of, { columns, clock: CLOCK }),
    [5, 99].map((code) => sampleView(of, { path: "/shop.Orders/Get", grpc_status: code })),
  );
  assert.equal(text, "POST,NotFound,5,gRPC,/shop.Orders/Get\r\nPOST,99,99,gRPC,/shop.Orders/Get\r\n");
});
