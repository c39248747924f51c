import type { Clock } from "../event/clock.ts";
import { filterFields, filterNeedsEnd, type FilterOptions } from "../event/filter.ts";
import type { EventProbe } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { CallCsvSink } from "./call_csv_sink.ts";
import { CallJsonSink } from "./call_json_sink.ts";
import { CallTableSink } from "./call_table_sink.ts";
import { chooseColumns, columnFields, type ColumnOptions, columnsNeedEnd } from "./columns.ts";
import { CsvSink } from "./csv_sink.ts";
import type { NameSource } from "./names.ts";
import { NdjsonSink } from "./ndjson_sink.ts";
import type { Sink } from "./sink.ts";
import type { Counts } from "./status.ts";
import { TableSink } from "./table_sink.ts";

/** The options of a run that its sink depends on. */
export interface OutputOptions extends ColumnOptions {
  /** Whether a table or CSV begins with a header. */
  readonly header: boolean;
}

/**
 * The sink for these options and probes.
 *
 * @throws {UsageError} as {@linkcode chooseColumns} does; call that before anything is attached.
 */
export function makeSink(
  options: OutputOptions,
  probes: readonly EventProbe[],
  writer: AsyncWriter,
  clock: Clock,
  names?: NameSource,
): Sink {
  const columns = chooseColumns(options, probes);
  const hasCalls = probes.some(({ call }) => call !== undefined);
  const sinkOptions = { columns, clock, header: options.header, names };
  switch (options.output) {
    case "json":
      return new (hasCalls ? CallJsonSink : NdjsonSink)(writer, probes, sinkOptions);
    case "csv":
      return new (hasCalls ? CallCsvSink : CsvSink)(writer, probes, sinkOptions);
    case "table":
      return new (hasCalls ? CallTableSink : TableSink)(writer, probes, sinkOptions);
  }
}

/**
 * The fields of whole-server records that a run with these options reads; what is not among them need not be captured.
 *
 * @throws {UsageError} for a column that there is not.
 */
export function fieldsNeeded(options: ColumnOptions, filter: FilterOptions): string[] {
  return [...new Set([...columnFields(options), ...filterFields(filter)])];
}

/**
 * Whether these options ask for what is known only at a request's end: then handlers that are named have to be joined
 * with it.
 *
 * @throws {UsageError} for a column that there is not.
 */
export function needsEnd(options: ColumnOptions, filter: FilterOptions): boolean {
  return columnsNeedEnd(options) || filterNeedsEnd(filter);
}

/**
 * How long the summary may take: it is short, and nothing waits before it, so only a machine that is starved takes
 * longer.
 */
const SUMMARY_MS = 1000;

/**
 * Ends the output: waits up to `deadlineMs` for what is still to be written, then writes the summary and closes the
 * writer. A reader that is too slow, or gone, gets no summary: it does not get the lines before it.
 *
 * @param counts the counts so far; asked when nothing waits any more.
 */
export async function endOutput(
  sink: Sink,
  writer: AsyncWriter,
  counts: () => Counts,
  durationMs: number,
  deadlineMs: number,
): Promise<void> {
  if (await writer.flush(deadlineMs)) {
    sink.summary(counts(), durationMs);
    await writer.close(SUMMARY_MS);
  } else await writer.close(0);
}
