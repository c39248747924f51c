import { escapedBound, escapeInto } from "../event/escape.ts";
import { type EventProbe, fieldIndex, FieldStatus, type RecordView } from "../event/record_view.ts";
import { decodeUtf8 } from "../event/utf8.ts";
import type { AsyncWriter } from "./async_writer.ts";

/**
 * The module that measures and cuts text for a terminal. It is imported only where there is one: that takes longer
 * than all the other modules together.
 */
export type Cells = typeof import("./cells.ts");

/** The terminal that lines are fitted to. */
export interface Screen {
  readonly columns: number;
  readonly cells: Cells;
}

/** Options of a {@linkcode TableSink}. */
export interface TableSinkOptions {
  /** The terminal that the path is cut to; leave it out in a pipe, with `--wide`, or when its width is not known. */
  readonly screen?: Screen | undefined;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
const METHOD_COLUMNS = 10;
/** A path is not cut to less than this: in a narrower terminal it wraps. */
const MIN_PATH_COLUMNS = 8;
/** Bytes of a line besides its two values: padding, space, newline, and an ellipsis. */
const LINE_OVERHEAD = METHOD_COLUMNS + 1 + 1 + 3;
/** A single backslash is never the data's, so no path reads like these. */
const NIL = ascii("\\<nil>");
const FAULT = ascii("\\<fault>");

/**
 * The table of handler mode: `Method     Path`, then for each request `%-10s %s`, byte for byte. Values are escaped
 * (event/escape.ts); a nil pointer on the way to one is shown as `\<nil>`, memory that could not be read as
 * `\<fault>`. Lines are written from the record's bytes into the writer's, with nothing made in between, except
 * where a line has to be measured for the terminal.
 */
export class TableSink {
  /** The terminal; set it again when the window changes. Undefined: nothing is cut. */
  screen: Screen | undefined;
  readonly #writer: AsyncWriter;
  readonly #methodFields: Int32Array;
  readonly #pathFields: Int32Array;

  /** `probes` are the run's, in the order of `RecordView.probeIndex`; each has the fields `method` and `path`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: TableSinkOptions = {}) {
    this.#writer = writer;
    this.screen = options.screen;
    this.#methodFields = Int32Array.from(probes, (probe) => requiredField(probe, "method"));
    this.#pathFields = Int32Array.from(probes, (probe) => requiredField(probe, "path"));
  }

  /** The header, which scripts take for the sign that the tracer is attached. It does not count as a record. */
  writeHeader(): void {
    this.#writer.writeLine(`${"Method".padEnd(METHOD_COLUMNS)} Path`);
  }

  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const method = this.#methodFields[view.probeIndex] as number;
    const path = this.#pathFields[view.probeIndex] as number;
    const writer = this.#writer;
    const room = escapedBound(view.length[method] as number) + escapedBound(view.length[path] as number);
    const start = writer.reserve(room + LINE_OVERHEAD + NIL.length + FAULT.length);
    const bytes = writer.bytes;

    const pathStart = putMethodCell(view, method, bytes, start);
    let at = putField(view, path, bytes, pathStart);
    // No character takes more columns than bytes: most lines need no measuring.
    if (this.screen !== undefined && at - start > this.screen.columns) {
      at = fitPath(this.screen, bytes, start, pathStart, at);
    }
    bytes[at++] = NEWLINE;
    return writer.commit(at);
  }
}

/** The method, padded, and a space. The arithmetic is kept free of overflow checks, as in escapeInto(). */
function putMethodCell(view: RecordView, index: number, target: Uint8Array, start: number): number {
  const end = putField(view, index, target, start);
  let padded = (start + METHOD_COLUMNS) | 0;
  let at = start | 0;
  for (; at < end; at = (at + 1) | 0) {
    if ((target[at] as number) >= 0x80) {
      padded = end + METHOD_COLUMNS - characters(target, start, end);
      at = end;
      break;
    }
  }
  for (; at < padded; at = (at + 1) | 0) target[at] = SPACE;
  target[at] = SPACE;
  return at + 1;
}

function putField(view: RecordView, index: number, target: Uint8Array, at: number): number {
  const status = view.status[index] as number;
  if (status !== FieldStatus.ok) {
    const text = status === FieldStatus.nil ? NIL : FAULT;
    target.set(text, at);
    return at + text.length;
  }
  const start = view.start[index] as number;
  const length = view.length[index] as number;
  return escapeInto(view.bytes, start, start + length, (view.total[index] as number) > length, target, at);
}

/** Characters of UTF-8 text: its bytes but for those that continue one. */
function characters(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) count++;
  return count;
}

/** Cuts the path at `pathStart` to `end` so that its line, from `start`, fits; in place. Returns its new end. */
function fitPath(screen: Screen, bytes: Uint8Array, start: number, pathStart: number, end: number): number {
  const { columns, cells } = screen;
  const method = cells.cellWidth(decodeUtf8(bytes.subarray(start, pathStart)));
  const path = decodeUtf8(bytes.subarray(pathStart, end));
  const cut = cells.cutToColumns(path, Math.max(columns - method, MIN_PATH_COLUMNS));
  return pathStart + encoder.encodeInto(cut, bytes.subarray(pathStart)).written;
}

const encoder = new TextEncoder();

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function requiredField(probe: EventProbe, name: string): number {
  const index = fieldIndex(probe, name);
  if (index < 0) throw new TypeError(`the probe on ${probe.symbol} has no field ${name}`);
  return index;
}
