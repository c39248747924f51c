/** What the tests of the sinks share. */
import { Clock } from "../event/clock.ts";
import type { RecordView } from "../event/record_view.ts";
import { AsyncWriter } from "./async_writer.ts";
import type { Sink } from "./sink.ts";

/** Its origin is 2026-03-01T09:30:00Z. */
export const CLOCK: Clock = new Clock({ monotonicNs: 0n, unixNs: 1_772_357_400_000_000_000n });

/** What a sink writes: the text, and how many records were counted. */
export async function written(
  make: (writer: AsyncWriter) => Sink,
  use: (sink: Sink) => void,
): Promise<{ readonly text: string; readonly records: number }> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  const writer = new AsyncWriter({
    write(bytes) {
      text += decoder.decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  use(make(writer));
  await writer.close();
  return { text, records: writer.written };
}

/** The text of these records alone. */
export async function recordsWritten(
  make: (writer: AsyncWriter) => Sink,
  views: readonly RecordView[],
): Promise<string> {
  const { text } = await written(make, (sink) => {
    for (const view of views) sink.write(view);
  });
  return text;
}
