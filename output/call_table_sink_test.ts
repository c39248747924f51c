import assert from "node:assert/strict";
import { type EventProbe, MAX_FIELDS } from "../event/record_view.ts";
import { FAULT, NIL, OTHER_TYPE, type SampleValue, sampleView } from "../event/sample_view.ts";
import { CallTableSink } from "./call_table_sink.ts";
import { chooseColumns, type ColumnOptions } from "./columns.ts";
import { CHARGE, GET, TICK } from "./sample_calls.ts";
import { CLOCK, written } from "./sample_sink.ts";

const run = { targets: [], goVersions: [], attachedNs: 0 };

/** The lines of a table of records: a probe's index, and the values of its fields. */
async function linesOf(
  probes: readonly EventProbe[],
  records: readonly (readonly [number, readonly SampleValue[]])[],
  options: Partial<ColumnOptions> = {},
): Promise<string[]> {
  const columns = chooseColumns({
    output: "table",
    time: false,
    extended: false,
    fields: undefined,
    ...options,
  }, probes);
  const names = { comm: () => "shop\n", functionAt: () => undefined, typeAt: () => undefined };
  const { text, records: count } = await written(
    (writer) => new CallTableSink(writer, probes, { columns, clock: CLOCK, names }),
    (sink) => {
      sink.begin(run);
      for (const [probeIndex, values] of records) sink.write(sampleView(probes, values, { probeIndex }));
    },
  );
  assert.equal(count, records.length);
  return text.split("\n").slice(0, -1);
}

const paid = [17, "x@y", 0, OTHER_TYPE, 1_234_567, 21] as const;
const failed = [18, FAULT, 0x50_0000, "no\nmoney", NIL, NIL] as const;

Deno.test("CallTableSink gives each expression a column, and does not pad the last one", async () => {
  assert.deepEqual(await linesOf([CHARGE], [[0, paid], [0, failed]]), [
    "order.ID   order.Email err",
    "17         x@y         <nil>",
    "18         \\<fault>    no\\x0amoney",
  ]);
});

Deno.test("CallTableSink shows with --extended who called and how long it took", async () => {
  assert.deepEqual(await linesOf([CHARGE], [[0, paid], [0, failed]], { extended: true, time: true }), [
    `${"Time".padEnd(12)} PID     Goid     Duration  order.ID   order.Email err`,
    `${(await timeOfDay()).padEnd(12)} 42      21       1.2ms     17         x@y         <nil>`,
    `${(await timeOfDay()).padEnd(12)} 42      -        -         18         \\<fault>    no\\x0amoney`,
  ]);
});

/** When the sample was. */
async function timeOfDay(): Promise<string> {
  return (await linesOf([CHARGE], [[0, paid]], { fields: ["time"] }))[1]!;
}

Deno.test("CallTableSink takes columns by --fields, in their order", async () => {
  assert.deepEqual(await linesOf([CHARGE], [[0, paid]], { fields: ["results", "comm", "args"] }), [
    "err        Comm            order.ID   order.Email",
    "<nil>      shop\\x0a        17         x@y",
  ]);
});

Deno.test("CallTableSink writes pairs where functions have other expressions than each other", async () => {
  assert.deepEqual(await linesOf([CHARGE, GET], [[0, paid], [1, ["v"]]]), [
    `${"Symbol".padEnd(24)} ${"Args".padEnd(32)} Results`,
    `${"main.charge".padEnd(24)} ${"order.ID=17 order.Email=x@y".padEnd(32)} err=<nil>`,
    `${"main.get".padEnd(24)} ${'m["a,b"]=v'.padEnd(32)} -`,
  ]);
});

Deno.test("CallTableSink keeps the columns of expressions where functions share them, and names the function", async () => {
  const other = { ...GET, symbol: "main.peek" };
  assert.deepEqual(await linesOf([GET, other], [[1, ["v"]]]), [
    `${"Symbol".padEnd(24)} m["a,b"]`,
    `${"main.peek".padEnd(24)} v`,
  ]);
  const wrapper = { ...other, role: "wrapper" as const };
  assert.deepEqual(await linesOf([GET, wrapper], [[1, ["v"]]]), ['m["a,b"]', "v"]);
});

Deno.test("CallTableSink names a function of which there is nothing to show", async () => {
  assert.deepEqual(await linesOf([TICK], [[0, []]]), ["Symbol", "main.tick"]);
});

Deno.test("CallTableSink keeps its columns when it learns of another build of the function", async () => {
  const rebuilt = {
    ...GET,
    call: { ...GET.call!, args: [{ text: "key", value: GET.call!.args[0]!.value }] },
  };
  const { text } = await written(
    (writer) => {
      const columns = chooseColumns({
        output: "table",
        time: false,
        extended: false,
        fields: undefined,
      }, [GET]);
      return new CallTableSink(writer, [GET], { columns, clock: CLOCK, header: false });
    },
    (sink) => {
      sink.begin(run);
      sink.learn([GET, GET, rebuilt]);
      for (const probeIndex of [0, 1, 2]) {
        sink.write(sampleView([GET, GET, rebuilt], ["v"], { probeIndex }));
      }
    },
  );
  assert.equal(text, "v\nv\n-\n");
});

Deno.test("CallTableSink has room for any expression and value", async () => {
  const text = "\u{10ffff}".repeat(3000);
  const call = {
    ...GET.call!,
    args: Array.from({ length: MAX_FIELDS }, (_, i) => ({
      text: text + i,
      value: { kind: "bytes", field: 0 } as const,
    })),
  };
  const lines = await linesOf([{ ...GET, call }, CHARGE], [[0, [new Uint8Array(5000).fill(0xff)]]]);
  assert.ok(lines[1]!.length > MAX_FIELDS * (10 * 3000 + 10_000));
});
