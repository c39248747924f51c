import { escapeText } from "../event/escape.ts";
import type { EventProbe, RecordView } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { CallCells, type CellHead } from "./call_cells.ts";
import { ColumnKind } from "./columns.ts";
import { putLatency } from "./numbers.ts";
import type { ColumnSinkOptions, Sink } from "./sink.ts";
import { pad } from "./table_sink.ts";

const NEWLINE = 0x0a;
/** The least that a column of values takes of the terminal. */
const MIN_VALUE_WIDTH = 10;

/**
 * The table of calls: a header, then a line for each. A column of values is titled by its expression and as wide as that,
 * at least 10; the last one is not padded. Values are as output/value_text.ts says. What is not known is `-`.
 */
export class CallTableSink implements Sink {
  readonly #writer: AsyncWriter;
  readonly #cells: CallCells;
  readonly #titles: readonly string[];
  readonly #widths: Int32Array;
  readonly #header: boolean;
  /** What padding takes of a line. */
  readonly #paddingBytes: number;

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: ColumnSinkOptions) {
    const { clock, columns, names } = options;
    const style = {
      putTime: (timeNs: number, target: Uint8Array, at: number) => clock.timeOfDayInto(timeNs, target, at),
      putDuration: putLatency,
      unknown: "-",
    };
    this.#writer = writer;
    this.#cells = new CallCells(columns, probes, style, names);
    this.#titles = this.#cells.heads.map(titleOf);
    this.#widths = Int32Array.from(this.#cells.heads, widthOf);
    this.#header = options.header ?? true;
    this.#paddingBytes = this.#widths.reduce((sum, width) => sum + width + 1, 0);
  }

  /** The header, if it is wanted: the sign that the probes are attached. */
  begin(): void {
    if (!this.#header) return;
    const last = this.#titles.length - 1;
    // Characters and not UTF-16 units are what the cells are padded by.
    const padded = this.#titles.map((title, i) =>
      i === last ? title : title + " ".repeat(Math.max(0, (this.#widths[i] as number) - [...title].length))
    );
    this.#writer.writeLine(padded.join(" "));
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    this.#cells.learn(probes);
  }

  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const writer = this.#writer;
    const cells = this.#cells;
    let at = writer.reserve(cells.bytesOf(view) + this.#paddingBytes + 1);
    const bytes = writer.bytes;
    const last = this.#widths.length - 1;
    for (let cell = 0; cell < last; cell++) {
      at = pad(bytes, at, cells.put(cell, view, bytes, at), this.#widths[cell] as number);
    }
    at = cells.put(last, view, bytes, at);
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

function titleOf({ column, expression }: CellHead): string {
  if (expression !== undefined) return escapeText(expression);
  // A request has a latency.
  return column.kind === ColumnKind.duration ? "Duration" : column.title;
}

function widthOf(head: CellHead): number {
  return head.expression === undefined
    ? head.column.width
    : Math.max(MIN_VALUE_WIDTH, [...titleOf(head)].length);
}
