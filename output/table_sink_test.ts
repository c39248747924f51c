import assert from "node:assert/strict";
import fc from "fast-check";
import { FieldStatus, RecordView } from "../event/record_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import * as cells from "./cells.ts";
import { TableSink } from "./table_sink.ts";

const encoder = new TextEncoder();
const probes = [
  { symbol: "main.ping", fields: [{ name: "method" }, { name: "path" }] },
  { symbol: "main.other", fields: [{ name: "path" }, { name: "length" }, { name: "method" }] },
];

/** A value of the record: text or bytes, the bytes that a cut left out, or a FieldStatus. */
type Value = string | Uint8Array | { readonly text: string; readonly more: number } | number;

function fill(view: RecordView, values: readonly Value[], probeIndex = 0): void {
  const bytes: number[] = [0xff];
  view.probeIndex = probeIndex;
  view.fieldCount = values.length;
  values.forEach((value, index) => {
    if (typeof value === "number") return view.setMissing(index, value);
    const text = typeof value === "string" || value instanceof Uint8Array ? value : value.text;
    const part = typeof text === "string" ? encoder.encode(text) : text;
    const more = typeof value === "object" && "more" in value ? value.more : 0;
    view.setField(index, bytes.length, part.length, part.length + more);
    bytes.push(...part);
  });
  bytes.push(0xff);
  view.bytes = Uint8Array.from(bytes);
}

/** What the sink writes for records that are given by method and path. */
async function table(records: readonly (readonly [Value, Value])[], columns?: number): Promise<string> {
  let text = "";
  const writer = new AsyncWriter({
    write(bytes) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  const sink = new TableSink(writer, probes, {
    screen: columns === undefined ? undefined : { columns, cells },
  });
  const view = new RecordView();
  for (const record of records) {
    fill(view, record);
    sink.write(view);
  }
  await writer.close();
  assert.equal(writer.written, records.length);
  return text;
}

/** What a sink over the two probes writes. */
async function recordsOf(use: (sink: TableSink) => void): Promise<string> {
  let text = "";
  const writer = new AsyncWriter({
    write(bytes) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  use(new TableSink(writer, probes));
  await writer.close();
  return text;
}

Deno.test("TableSink writes the header and the lines byte for byte", async () => {
  const writes: string[] = [];
  const writer = new AsyncWriter({
    write(bytes) {
      writes.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  });
  const sink = new TableSink(writer, probes);
  sink.writeHeader();
  const view = new RecordView();
  fill(view, ["GET", "/ping"]);
  assert.equal(sink.write(view), true);
  fill(view, ["OPTIONS", "*"]);
  sink.write(view);
  await writer.close();
  assert.equal(writes.join(""), "Method     Path\nGET        /ping\nOPTIONS    *\n");
  assert.equal(writer.written, 2);
});

Deno.test("TableSink pads as %-10s %s does", async () => {
  assert.equal(await table([["", ""]]), "           \n");
  assert.equal(await table([["GET", ""]]), "GET        \n");
  assert.equal(await table([["ABCDEFGHIJ", "/"]]), "ABCDEFGHIJ /\n");
  assert.equal(await table([["ABCDEFGHIJK", "/"]]), "ABCDEFGHIJK /\n");
  assert.equal(await table([["日本", "/"]]), "日本         /\n");
});

Deno.test("TableSink takes the fields of each probe by name", async () => {
  let text = "";
  const writer = new AsyncWriter({
    write(bytes) {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  const sink = new TableSink(writer, probes);
  const view = new RecordView();
  fill(view, ["/other", "12345678", "PUT"], 1);
  sink.write(view);
  await writer.close();
  assert.equal(text, "PUT        /other\n");
});

Deno.test("TableSink learns of probes that are added later", async () => {
  const text = await recordsOf((sink) => {
    sink.learn([...probes, { symbol: "main.late", fields: [{ name: "path" }] }]);
    const view = new RecordView();
    fill(view, ["/late"], 2);
    sink.write(view);
  });
  assert.equal(text, "-          /late\n");
});

Deno.test("TableSink prints one line for a path with line breaks, escapes and a NUL", async () => {
  assert.equal(await table([["GET", "/a\n\x1b[2J\0"]]), "GET        /a\\x0a\\x1b[2J\\x00\n");
  assert.equal(await table([["GET", Uint8Array.of(0x2f, 0xfe)]]), "GET        /\\xfe\n");
  assert.equal(await table([["G\tT", "/\u202e"]]), "G\\x09T     /\\u{202e}\n");
});

Deno.test("TableSink marks values that were cut", async () => {
  assert.equal(await table([["GET", { text: "/abc", more: 1 }]]), "GET        /abc\\…\n");
  assert.equal(await table([[{ text: "A".repeat(32), more: 9 }, "/"]]), `${"A".repeat(32)}\\… /\n`);
  assert.equal(await table([[{ text: "GET", more: 1 }, "/"]]), "GET\\…      /\n");
});

Deno.test("TableSink tells a missing value from every text", async () => {
  const { nil, fault } = FieldStatus;
  assert.equal(await table([["GET", nil], [nil, fault]]), "GET        \\<nil>\n\\<nil>     \\<fault>\n");
  assert.equal(
    await table([["GET", "<nil>"], ["GET", "\\<nil>"]]),
    "GET        <nil>\nGET        \\\\<nil>\n",
  );
});

Deno.test("TableSink cuts nothing where no columns are given", async () => {
  const path = `/${"x".repeat(4095)}`;
  assert.equal(await table([["GET", path]]), `GET        ${path}\n`);
});

Deno.test("TableSink cuts the path to the terminal's columns", async () => {
  assert.equal(await table([["GET", "/123456789"]], 21), "GET        /123456789\n");
  assert.equal(await table([["GET", "/123456789"]], 20), "GET        /1234567…\n");
  assert.equal(await table([["GET", { text: "/1234567", more: 3 }]], 21), "GET        /1234567\\…\n");
  assert.equal(await table([["GET", { text: "/12345678", more: 3 }]], 21), "GET        /12345678…\n");
});

Deno.test("TableSink cuts wide characters and escapes whole", async () => {
  assert.equal(await table([["GET", "/日本語日本"]], 22), "GET        /日本語日本\n");
  assert.equal(await table([["GET", "/日本語日本語"]], 22), "GET        /日本語日…\n");
  assert.equal(await table([["GET", "/12345\n\n"]], 21), "GET        /12345…\n");
  assert.equal(
    await table([["GET", "/e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301"]], 19),
    "GET        /e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301…\n",
  );
  assert.equal(await table([["GET", "/é".repeat(5)]], 21), `GET        ${"/é".repeat(5)}\n`);
});

Deno.test("TableSink lets the path wrap in a very narrow terminal", async () => {
  assert.equal(await table([["GET", "/123456789"]], 1), "GET        /123456…\n");
  assert.equal(await table([["A".repeat(32), "/123456"]], 20), `${"A".repeat(32)} /123456\n`);
});

Deno.test("TableSink writes one line that fits, for any bytes and any width", async () => {
  await fc.assert(fc.asyncProperty(
    fc.uint8Array({ maxLength: 32 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.option(fc.integer({ min: 0, max: 120 }), { nil: undefined }),
    async (method, path, columns) => {
      const text = await table([[method, path], ["GET", "/after"]], columns);
      const lines = text.split("\n");
      assert.equal(lines.length, 3);
      assert.equal(lines[1], "GET        /after");
      assert.match(text, /^[^\p{Cc}\u2028\u2029]*\n[^\n]*\n$/u);
    },
  ));
});
