import assert from "node:assert/strict";
import fc from "fast-check";
import type { EventProbe } from "../event/record_view.ts";
import { HANDLER_PROBE, NIL, OTHER_TYPE, type SampleValue, sampleView } from "../event/sample_view.ts";
import { CallJsonSink } from "./call_json_sink.ts";
import { chooseColumns } from "./columns.ts";
import { CHARGE, GET, TICK } from "./sample_calls.ts";
import { CLOCK, written } from "./sample_sink.ts";
import type { Sink } from "./sink.ts";

async function textOf(
  probes: readonly EventProbe[],
  use: (sink: Sink) => void,
  fields?: readonly string[],
): Promise<string> {
  const columns = chooseColumns({ output: "json", time: false, extended: false, fields }, probes);
  const names = {
    comm: () => "shop",
    functionAt: () => undefined,
    typeAt: () => "main.Broke",
  };
  const now = () => new Date("2026-03-01T09:30:00.5Z");
  const { text } = await written(
    (writer) => new CallJsonSink(writer, probes, { columns, clock: CLOCK, names, now }),
    use,
  );
  return text;
}

function lineOf(
  probes: readonly EventProbe[],
  values: readonly SampleValue[],
  fields?: readonly string[],
): Promise<string> {
  return textOf(probes, (sink) => sink.write(sampleView(probes, values)), fields);
}

const head = '{"v":1,"type":"call","time":"2026-03-01T09:30:00.000000007Z","pid":42,"comm":"shop"';

Deno.test("CallJsonSink writes a call with all that is known, in the order of the keys", async () => {
  assert.equal(
    await lineOf([CHARGE], [17, "x@y", 1, OTHER_TYPE, 1_234_567, 21]),
    `${head},"symbol":"main.charge","args":{"order.ID":17,"order.Email":"x@y"},` +
      '"results":{"err":{"$type":"main.Broke"}},"duration_ms":1.234567,"goid":21}\n',
  );
});

Deno.test("CallJsonSink leaves out what is not known, or not asked for", async () => {
  assert.equal(await lineOf([TICK], []), `${head},"symbol":"main.tick"}\n`);
  assert.equal(
    await lineOf([CHARGE], [17, "x", 0, NIL, NIL, NIL], ["duration_ms", "results", "goid"]),
    '{"v":1,"type":"call","results":{"err":null}}\n',
  );
});

Deno.test("CallJsonSink says what an NdjsonSink says besides requests, and that functions are traced", async () => {
  const text = await textOf([GET], (sink) => {
    sink.begin({ targets: [{ path: "./shop" }], goVersions: ["go1.26.8"], attachedNs: 0 });
    sink.lost(1, 2);
    sink.note("n");
    sink.summary({ printed: 0, filtered: 0, lost: 1, dropped: 2 }, 1000);
  });
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ type }) => type), ["attached", "lost", "note", "summary"]);
  assert.equal(lines[0].mode, "function");
  assert.deepEqual(lines[0].symbols, ["main.get"]);
});

Deno.test("CallJsonSink writes requests and calls of one run", async () => {
  const probes = [HANDLER_PROBE, GET];
  const text = await textOf(probes, (sink) => {
    sink.begin({ targets: [], goVersions: [], attachedNs: 0 });
    sink.write(sampleView(probes, { method: "GET", path: "/" }));
    sink.learn([...probes, CHARGE]);
    sink.write(sampleView(probes, ["v"], { probeIndex: 1 }));
    sink.write(sampleView([...probes, CHARGE], [1, "x", 0, NIL, 2, 3], { probeIndex: 2 }));
  });
  const [attached, request, ...calls] = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(attached.mode, "handler");
  assert.deepEqual([request.type, request.symbol, request.path], ["request", "main.ping", "/"]);
  assert.deepEqual(calls.map(({ type, args }) => [type, args]), [
    ["call", { 'm["a,b"]': "v" }],
    ["call", { "order.ID": 1, "order.Email": "x" }],
  ]);
});

Deno.test("CallJsonSink writes one object a line, whatever the bytes", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(3), async (bytes, more) => {
    const text = await lineOf([GET], [{ text: bytes, more }]);
    assert.match(text, /^[^\n]*\n$/);
    assert.equal(JSON.parse(text).symbol, "main.get");
  }));
});
