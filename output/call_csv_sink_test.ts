import assert from "node:assert/strict";
import fc from "fast-check";
import { NIL, OTHER_TYPE, type SampleValue, sampleView } from "../event/sample_view.ts";
import { CallCsvSink } from "./call_csv_sink.ts";
import { chooseColumns } from "./columns.ts";
import { CHARGE, GET } from "./sample_calls.ts";
import { CLOCK, written } from "./sample_sink.ts";

const probes = [CHARGE, GET];

async function csvOf(
  of: typeof probes,
  records: readonly (readonly [number, readonly SampleValue[]])[],
  fields?: readonly string[],
): Promise<string> {
  const columns = chooseColumns({ output: "csv", time: false, extended: false, fields }, of);
  const { text } = await written(
    (writer) => new CallCsvSink(writer, of, { columns, clock: CLOCK }),
    (sink) => {
      sink.begin({ targets: [], goVersions: [], attachedNs: 0 });
      for (const [probeIndex, values] of records) sink.write(sampleView(of, values, { probeIndex }));
    },
  );
  return text;
}

Deno.test("CallCsvSink names columns by expressions and keys, and leaves empty what is not known", async () => {
  const fields = ["time", "pid", "symbol", "args", "results", "duration_ms", "goid"];
  const paid = [17, 'a,"b"', 0, OTHER_TYPE, 1_234_567, 21];
  assert.equal(
    await csvOf([CHARGE], [[0, paid], [0, [18, "x", 0, OTHER_TYPE, NIL, NIL]]], fields),
    "time,pid,symbol,order.ID,order.Email,err,duration_ms,goid\r\n" +
      '2026-03-01T09:30:00.000000007Z,42,main.charge,17,"a,""b""",<nil>,1.234567,21\r\n' +
      "2026-03-01T09:30:00.000000007Z,42,main.charge,18,x,<nil>,,\r\n",
  );
  assert.equal(await csvOf([GET], [[0, ["v"]]]), '"m[""a,b""]"\r\nv\r\n');
});

Deno.test("CallCsvSink writes pairs where functions have other expressions than each other", async () => {
  assert.equal(
    await csvOf(probes, [[0, [17, "x", 0, OTHER_TYPE, 1, 2]], [1, ["v"]]]),
    'symbol,args,results\r\nmain.charge,order.ID=17 order.Email=x,err=<nil>\r\nmain.get,"m[""a,b""]=v",\r\n',
  );
});

Deno.test("CallCsvSink writes one record a line, whatever the bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (bytes) => {
    const lines = (await csvOf([GET], [[0, [bytes]]])).split("\r\n");
    assert.equal(lines.length, 3);
    // Unquoted without commas and quotes, or quoted with each quote doubled.
    assert.match(lines[1]!, /^([^",\r\n]*|"([^"\r\n]|"")*")$/);
  }));
});
