import { type SampleValue, sampleView, SERVER_PROBE } from "../event/sample_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import { CLOCK } from "./sample_sink.ts";
import { makeSink } from "./sinks.ts";

// As in table_sink_bench.ts. The aim is 400 ns for a record of NDJSON.
const RECORDS = 10_000;
const probes = [SERVER_PROBE];
const short = {
  method: "GET",
  uri: "/ping",
  status: 0,
  bytes: 5,
  duration: 87_654,
  proto: "HTTP/1.1",
  host: "127.0.0.1:8080",
  remote: "127.0.0.1:54321",
  route: "/ping",
};

function bench(
  name: string,
  output: "json" | "table" | "csv",
  values: Readonly<Record<string, SampleValue>> = {},
): void {
  const view = sampleView(probes, { ...short, ...values }, { pid: 4711 });
  const writer = new AsyncWriter({ write: (bytes) => Promise.resolve(bytes.length) }, { chunkBytes: 65536 });
  const options = { output, time: false, extended: false, fields: undefined, header: true };
  const sink = makeSink(options, probes, writer, CLOCK);

  Deno.bench(`${RECORDS} records, ${output}, ${name}`, async (b) => {
    b.start();
    for (let i = 0; i < RECORDS; i++) {
      view.timeNs += 1_000;
      sink.write(view);
    }
    b.end();
    await writer.flush();
  });
}

const long = "/api/v1/customers/4711/orders/0815/items";
bench("short path", "json");
bench("path of 40 bytes", "json", { uri: long });
bench("percent-encoded path", "json", { uri: "/api/v1/b%C3%BCcher/%E6%97%A5%E6%9C%AC?lang=de" });
bench("path beyond UTF-8", "json", { uri: "/api/v1/b%FCcher" });
bench("short path", "table");
bench("path of 40 bytes", "table", { uri: long });
bench("percent-encoded path", "table", { uri: "/api/v1/b%C3%BCcher/%E6%97%A5%E6%9C%AC?lang=de" });
bench("short path", "csv");
