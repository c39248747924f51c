import { RecordView } from "../event/record_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import * as cells from "./cells.ts";
import { TableSink } from "./table_sink.ts";

// The writer is warm, as it is after the first second of a run. One iteration is so many records; the aim is 60 ns for each.
const RECORDS = 10_000;
const probes = [{ symbol: "main.ping", fields: [{ name: "method" }, { name: "path" }] }];

function bench(name: string, method: string, path: string, columns?: number): void {
  const view = new RecordView();
  const encoder = new TextEncoder();
  const methodBytes = encoder.encode(method);
  const pathBytes = encoder.encode(path);
  view.bytes = Uint8Array.of(...methodBytes, ...pathBytes);
  view.fieldCount = 2;
  view.setField(0, 0, methodBytes.length, methodBytes.length);
  view.setField(1, methodBytes.length, pathBytes.length, pathBytes.length);
  const writer = new AsyncWriter({ write: (bytes) => Promise.resolve(bytes.length) }, { chunkBytes: 65536 });
  const sink = new TableSink(writer, probes, {
    screen: columns === undefined ? undefined : { columns, cells },
  });

  Deno.bench(`${RECORDS} records, ${name}`, async (b) => {
    b.start();
    for (let i = 0; i < RECORDS; i++) sink.write(view);
    b.end();
    await writer.flush();
  });
}

bench("short path", "GET", "/ping");
bench("path of 40 bytes", "GET", "/api/v1/customers/4711/orders/0815/items");
bench("path of 40 bytes, in a terminal that it fits", "GET", "/api/v1/customers/4711/orders/0815/items", 80);
bench("path beyond ASCII", "GET", "/api/v1/bücher/日本語/4711/orders");
bench("path that is cut for the terminal", "GET", "/api/v1/customers/4711/orders/0815/items", 30);
