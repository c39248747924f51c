import { OTHER_TYPE, sampleView } from "../event/sample_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import { CHARGE } from "./sample_calls.ts";
import { CLOCK } from "./sample_sink.ts";
import { makeSink } from "./sinks.ts";

// As in table_sink_bench.ts: one iteration is so many records; the aim is 2 us for each.
const RECORDS = 10_000;
const view = sampleView([CHARGE], [17, "customer@example.org", 0, OTHER_TYPE, 1_234_567, 21]);

for (const output of ["table", "json", "csv"] as const) {
  const writer = new AsyncWriter({ write: (bytes) => Promise.resolve(bytes.length) }, { chunkBytes: 65536 });
  const options = { output, time: true, extended: true, fields: undefined, header: true };
  const sink = makeSink(options, [CHARGE], writer, CLOCK);

  Deno.bench(`${RECORDS} calls with three values as ${output}`, async (b) => {
    b.start();
    for (let i = 0; i < RECORDS; i++) sink.write(view);
    b.end();
    await writer.flush();
  });
}
