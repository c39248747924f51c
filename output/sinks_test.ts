import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import { HANDLER_PROBE, NIL, sampleView, SERVER_PROBE, serverProbe } from "../event/sample_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import { CHARGE } from "./sample_calls.ts";
import { CLOCK } from "./sample_sink.ts";
import { endOutput, fieldsNeeded, makeSink, needsEnd, type OutputOptions } from "./sinks.ts";

const probes = [SERVER_PROBE];
const run = { targets: [], goVersions: ["go1.26.8"], attachedNs: 0 };

function optionsOf(options: Partial<OutputOptions>): OutputOptions {
  return { output: "table", time: false, extended: false, fields: undefined, header: true, ...options };
}

/** A writer whose sink takes everything, but not before `release` resolves. */
function memoryWriter(release: Promise<void> = Promise.resolve()) {
  let text = "";
  const writer = new AsyncWriter({
    async write(bytes) {
      await release;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  });
  return { writer, text: () => text };
}

async function linesOf(options: Partial<OutputOptions>): Promise<string[]> {
  const { writer, text } = memoryWriter();
  const sink = makeSink(optionsOf(options), probes, writer, CLOCK);
  sink.begin(run);
  sink.write(sampleView(probes, { method: "GET", uri: "/", status: 0, bytes: 5, duration: 1_000 }));
  const counts = () => ({ printed: writer.written, filtered: 0, lost: 0, dropped: writer.dropped });
  await endOutput(sink, writer, counts, 1000, 100);
  assert.equal(writer.end, "closed");
  return text().split(/\r?\n/).slice(0, -1);
}

Deno.test("makeSink() gives the format that was asked for", async () => {
  assert.deepEqual(await linesOf({}), [
    "Method     Status  Latency   Size  Path",
    "GET        200     1us       5     /",
  ]);
  assert.deepEqual(await linesOf({ output: "csv", header: false }), ["GET,200,0.001,5,/"]);
  const types = (await linesOf({ output: "json" })).map((line) => JSON.parse(line).type);
  assert.deepEqual(types, ["attached", "request", "summary"]);
});

Deno.test("makeSink() refuses columns that the probes do not have", () => {
  const { writer } = memoryWriter();
  assert.throws(() => makeSink(optionsOf({ extended: true }), [HANDLER_PROBE], writer, CLOCK), UsageError);
});

Deno.test("makeSink() gives the format that was asked for to calls too", async () => {
  const lines: Record<string, string> = {};
  for (const output of ["table", "csv", "json"] as const) {
    const { writer, text } = memoryWriter();
    const sink = makeSink(optionsOf({ output, extended: true }), [CHARGE], writer, CLOCK);
    sink.write(sampleView([CHARGE], [17, "x", 0, NIL, 1_000, 21]));
    await writer.close();
    lines[output] = text();
  }
  assert.equal(lines["table"], "42      21       1us       17         x           <nil>\n");
  assert.equal(lines["csv"], "42,21,0.001,17,x,<nil>\r\n");
  assert.equal(JSON.parse(lines["json"] ?? "").type, "call");
});

Deno.test("endOutput() counts in the summary what was written until then", async () => {
  const summary = JSON.parse((await linesOf({ output: "json" })).at(-1)!);
  assert.equal(summary.printed, 1);
  assert.deepEqual(summary.lost, { kernel: 0, output: 0 });
});

Deno.test("endOutput() does not wait for a reader that has stopped, and writes no summary", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { writer, text } = memoryWriter(promise);
  const sink = makeSink(optionsOf({ output: "json" }), probes, writer, CLOCK);
  sink.begin(run);
  await endOutput(sink, writer, () => assert.fail("there is no summary"), 1000, 1);
  assert.equal(writer.end, "closed");
  resolve();
  await promise;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(text().includes("summary"), false);
});

Deno.test("fieldsNeeded() has what is shown and what is asked, once", () => {
  const filter = { path: "/*", failed: true, minLatencyMs: 1 };
  assert.deepEqual(fieldsNeeded(optionsOf({ fields: ["status", "host"] }), filter), [
    "status",
    "host",
    "uri",
    "duration",
  ]);
});

Deno.test("needsEnd() asks the columns and the filter", () => {
  assert.equal(needsEnd(optionsOf({}), { path: "/*" }), false);
  assert.equal(needsEnd(optionsOf({ extended: true }), {}), true);
  assert.equal(needsEnd(optionsOf({}), { failed: true }), true);
});

Deno.test("every sink learns of probes that are added later, and names the handler of a mark", async () => {
  const more = [serverProbe(["method", "uri", "mark"]), { symbol: "main.ping", fields: [] }];
  for (const output of ["table", "json", "csv"] as const) {
    const { writer, text } = memoryWriter();
    const sink = makeSink(optionsOf({ output, fields: ["symbol", "path"] }), more.slice(0, 1), writer, CLOCK);
    sink.learn(more);
    sink.write(sampleView(more, { method: "GET", uri: "/x", mark: 1 }));
    sink.write(sampleView(more, { method: "GET", uri: "/x", mark: 9 }));
    await writer.close();
    const wanted = {
      table: `${"main.ping".padEnd(24)} /x\n${"-".padEnd(24)} /x\n`,
      csv: "main.ping,/x\r\n,/x\r\n",
      json: ['"symbol":"main.ping","path":"/x"', '"path":"/x"'].map((keys) =>
        `{"v":1,"type":"request",${keys}}\n`
      ).join(""),
    };
    assert.equal(text(), wanted[output]);
  }
});
