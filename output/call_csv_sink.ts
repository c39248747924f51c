import { escapeText } from "../event/escape.ts";
import type { EventProbe, RecordView } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { CallCells } from "./call_cells.ts";
import { quoteCell, quoteText } from "./csv_quote.ts";
import { putMilliseconds } from "./numbers.ts";
import type { ColumnSinkOptions, Sink } from "./sink.ts";

const COMMA = 0x2c;
const CARRIAGE_RETURN = 0x0d;
const NEWLINE = 0x0a;

/**
 * Calls as CSV, of the form that requests have too: the columns of the table, named by the keys of JSON and by the
 * expressions; values as in the table (output/value_text.ts), so that a record is one line. What is not known is empty.
 */
export class CallCsvSink implements Sink {
  readonly #writer: AsyncWriter;
  readonly #cells: CallCells;
  readonly #header: boolean;

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: ColumnSinkOptions) {
    const { clock, columns, names } = options;
    const style = {
      putTime: (timeNs: number, target: Uint8Array, at: number) => clock.formatInto(timeNs, target, at),
      putDuration: putMilliseconds,
      unknown: "",
    };
    this.#writer = writer;
    this.#cells = new CallCells(columns, probes, style, names);
    this.#header = options.header ?? true;
  }

  /** The header, if it is wanted. */
  begin(): void {
    if (!this.#header) return;
    const names = this.#cells.heads.map(({ column, expression }) => expression ?? column.key);
    this.#writer.writeLine(`${names.map((name) => quoteText(escapeText(name))).join(",")}\r`);
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    this.#cells.learn(probes);
  }

  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const writer = this.#writer;
    const cells = this.#cells;
    const count = cells.heads.length;
    // Quotes and a comma a cell; a quote inside takes two bytes.
    let at = writer.reserve(2 * cells.bytesOf(view) + 3 * count + 2);
    const bytes = writer.bytes;
    for (let cell = 0; cell < count; cell++) {
      if (cell > 0) bytes[at++] = COMMA;
      at = quoteCell(bytes, at, cells.put(cell, view, bytes, at));
    }
    bytes[at++] = CARRIAGE_RETURN;
    bytes[at++] = NEWLINE;
    return writer.commit(at);
  }

  /** Losses are told on standard error. */
  lost(): void {}

  /** Notes are told on standard error. */
  note(): void {}

  /** The summary is told on standard error. */
  summary(): void {}
}
