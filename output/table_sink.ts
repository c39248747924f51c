import { type Clock, TIME_OF_DAY_BYTES } from "../event/clock.ts";
import { INTEGER_BYTES, putInteger } from "../event/digits.ts";
import { escapedBound, escapeInto, escapeText } from "../event/escape.ts";
import { FieldText } from "../event/field_text.ts";
import { GRPC_STATUS_BYTES } from "../event/grpc_status.ts";
import { isEarlier, isKnown, statusCode, UNKNOWN_STATUS } from "../event/measures.ts";
import { type EventProbe, FieldStatus, integerAt, type RecordView } from "../event/record_view.ts";
import { REDACTED } from "../event/request.ts";
import { decodeUtf8 } from "../event/utf8.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { byOutcome, CellKind, CellSource } from "./cell_source.ts";
import { chooseColumns, type Column, ColumnKind } from "./columns.ts";
import { NUMBER_BYTES, putGrpcStatus, putLatency, putSize } from "./numbers.ts";
import { Names, namesBound, type NameSource } from "./names.ts";
import { ascii, put } from "./put.ts";
import type { RunInfo, Sink } from "./sink.ts";
import { tlsVersion } from "../event/tls_version.ts";

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
  /** The names that records have only numbers of. */
  readonly names?: NameSource | undefined;
  /** What to show; by default what the probes' kind gives: method and path, and of a whole server more. */
  readonly columns?: readonly Column[];
  /** Needed for a column with the time. */
  readonly clock?: Clock;
  /** Whether the header is written. Default true. */
  readonly header?: boolean;
  /** The terminal that the path is cut to; leave it out in a pipe, with `--wide`, or when its width is not known. */
  readonly screen?: Screen | undefined;
}

const SPACE = 0x20;
const NEWLINE = 0x0a;
/** A path is not cut to less than this: in a narrower terminal it wraps. */
const MIN_LAST_COLUMNS = 8;
/** A single backslash is never the data's, so no path reads like these. */
const NIL = ascii("\\<nil>");
const FAULT = ascii("\\<fault>");
const SECRET = ascii(`\\${REDACTED}`);
/** Of what is no text: it is not known, and it could not be read. */
const UNKNOWN = ascii("-");
const UNREADABLE = ascii("?");
/** Before the latency of a request that began before the probes were there. */
const AT_LEAST = ascii(">=");
/** By outcome: what is shown in the place of a status that nobody has sent. */
const OUTCOME_STATUS = {
  none: undefined,
  ok: undefined,
  panic: ascii("panic"),
  hijacked: ascii("hijack"),
} as const;
const OUTCOMES = byOutcome(UNKNOWN, ascii);
/** Bytes of a cell besides a text's own: padding, a space, and what may stand for the text. */
const CELL_OVERHEAD =
  Math.max(NUMBER_BYTES, INTEGER_BYTES, GRPC_STATUS_BYTES, TIME_OF_DAY_BYTES, FAULT.length) +
  AT_LEAST.length + 1;
/** And of a line: newline, and an ellipsis. */
const LINE_OVERHEAD = 1 + 3;
const CUT_MARK_BYTES = escapedBound(0);

/**
 * The table: a header, then a line for each request, `%-10s %s` with Method and Path for handlers, and
 * `%-10s %-7s %-9s %-5s %s` with Method, Status, Latency, Size and Path for the whole server, byte for byte.
 *
 * Values are escaped (event/escape.ts); a nil pointer on the way to a text is shown as `\<nil>`, memory that could
 * not be read as `\<fault>` (of a number: `-` and `?`). Lines are written from the record's bytes into the writer's,
 * with nothing made in between, except where a line has to be measured for the terminal.
 */
export class TableSink implements Sink {
  /** The terminal; set it again when the window changes. Undefined: nothing is cut. */
  screen: Screen | undefined;
  readonly #writer: AsyncWriter;
  readonly #names: Names;
  readonly #columns: readonly Column[];
  #source!: CellSource;
  readonly #widths: Int32Array;
  #symbols!: readonly Uint8Array[];
  readonly #clock: Clock | undefined;
  readonly #header: boolean;
  /** Bytes of a line besides what its texts take. */
  #overhead!: number;
  /** Whether the last cell is text, which may be cut. */
  readonly #lastIsText: boolean;
  readonly #text = new FieldText();
  #attachedNs = 0;

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: TableSinkOptions = {}) {
    const columns = options.columns ??
      chooseColumns({ output: "table", time: false, extended: false, fields: undefined }, probes);
    this.#writer = writer;
    this.#names = new Names(options.names, escapeText, UNKNOWN);
    this.#columns = columns;
    this.#widths = Int32Array.from(columns, ({ width }) => width);
    this.#clock = options.clock;
    this.#header = options.header ?? true;
    this.screen = options.screen;
    const last = columns.at(-1);
    this.#lastIsText = last !== undefined &&
      ([ColumnKind.text, ColumnKind.detail, ColumnKind.path, ColumnKind.header] as number[]).includes(
        last.kind,
      );
    if (columns.some(({ kind }) => kind === ColumnKind.time) && options.clock === undefined) {
      throw new TypeError("a column with the time needs a clock");
    }
    this.learn(probes);
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    const columns = this.#columns;
    this.#source = new CellSource(columns, probes);
    this.#symbols = probes.map(({ symbol }) => encoder.encode(escapeText(symbol)));
    const cells = columns.reduce((sum, { width }) => sum + width + CELL_OVERHEAD + CUT_MARK_BYTES, 0);
    this.#overhead = LINE_OVERHEAD + cells + namesBound(columns, this.#symbols);
  }

  /** The header, if it is wanted. */
  begin({ attachedNs }: RunInfo): void {
    this.#attachedNs = attachedNs;
    if (this.#header) this.writeHeader();
  }

  /** The header, which scripts take for the sign that the tracer is attached. It does not count as a record. */
  writeHeader(): void {
    const titles = this.#columns.map(({ title, width }, i) =>
      i + 1 < this.#columns.length ? title.padEnd(width) : title
    );
    this.#writer.writeLine(titles.join(" "));
  }

  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const writer = this.#writer;
    const source = this.#source;
    const start = writer.reserve(this.#overhead + textBound(view));
    const bytes = writer.bytes;
    const row = view.probeIndex * source.count;
    const last = source.count - 1;

    let at = start;
    for (let column = 0; column < last; column++) {
      const end = this.#putCell(
        source.kinds[row + column] as number,
        source.fields[row + column] as number,
        view,
        bytes,
        at,
      );
      at = pad(bytes, at, end, this.#widths[column] as number);
    }
    const lastStart = at;
    at = this.#putCell(
      source.kinds[row + last] as number,
      source.fields[row + last] as number,
      view,
      bytes,
      at,
    );
    // No character takes more columns than bytes: most lines need no measuring.
    if (this.screen !== undefined && at - start > this.screen.columns && this.#lastIsText) {
      at = fitLast(this.screen, bytes, start, lastStart, at);
    }
    bytes[at++] = NEWLINE;
    return writer.commit(at);
  }

  /** Losses are told on standard error. */
  lost(): void {}

  /** Notes are told on standard error. */
  note(): void {}

  /** The summary is told on standard error. */
  summary(): void {}

  #putCell(kind: number, field: number, view: RecordView, target: Uint8Array, at: number): number {
    switch (kind) {
      case CellKind.text:
        return putText(view, field, target, at);
      case CellKind.path:
        return this.#putPath(view, field, target, at);
      case CellKind.detail: {
        // Nil on the way to it, as without TLS, is not set either.
        const isSet = field >= 0 && view.status[field] !== FieldStatus.nil;
        const end = isSet ? putText(view, field, target, at) : at;
        return end === at ? put(UNKNOWN, target, at) : end;
      }
      case CellKind.header: {
        const isThere = field >= 0 && (isKnown(view, field) || view.status[field] === FieldStatus.fault);
        return isThere ? putText(view, field, target, at) : put(UNKNOWN, target, at);
      }
      case CellKind.secret:
        return put(isKnown(view, field) ? SECRET : UNKNOWN, target, at);
      case CellKind.status: {
        const unsent = OUTCOME_STATUS[this.#source.outcome(view)];
        if (unsent !== undefined) return put(unsent, target, at);
        const status = statusCode(view, field, true);
        return status === UNKNOWN_STATUS
          ? putUnknown(view, field, target, at)
          : putInteger(status, target, at);
      }
      case CellKind.duration:
        return this.#putDuration(view, field, target, at);
      case CellKind.size:
        if (!isKnown(view, field)) return putUnknown(view, field, target, at);
        return putSize(integerAt(view, field), target, at);
      case CellKind.constant:
        return put(this.#source.constants[field] as Uint8Array, target, at);
      case CellKind.grpcStatusName:
        if (!isKnown(view, field)) return putUnknown(view, field, target, at);
        return putGrpcStatus(integerAt(view, field), target, at);
      case CellKind.integer:
      case CellKind.grpcStatus:
        if (!isKnown(view, field)) return putUnknown(view, field, target, at);
        return putInteger(integerAt(view, field), target, at);
      case CellKind.tls:
        if (!isKnown(view, field)) return putUnknown(view, field, target, at);
        return put(tlsVersion(integerAt(view, field)), target, at);
      case CellKind.time:
        return (this.#clock as Clock).timeOfDayInto(view.timeNs, target, at);
      case CellKind.pid:
        return putInteger(view.pid, target, at);
      case CellKind.comm:
      case CellKind.handler:
        return put(this.#names.cell(kind, view, field), target, at);
      case CellKind.symbol:
        return put(this.#symbols[this.#source.symbolIndex(view)] ?? UNKNOWN, target, at);
      default:
        return put(OUTCOMES[this.#source.outcome(view)], target, at);
    }
  }

  #putPath(view: RecordView, field: number, target: Uint8Array, at: number): number {
    const decoded = this.#source.paths[view.probeIndex] as number;
    if (field < 0) return putText(view, decoded, target, at);
    const text = this.#text;
    if (!text.readPath(view, field, decoded)) return putMissing(text.status, target, at);
    return escapeInto(text.bytes, text.start, text.end, text.truncated, target, at);
  }

  #putDuration(view: RecordView, field: number, target: Uint8Array, at: number): number {
    if (isKnown(view, field)) return putLatency(Math.max(0, integerAt(view, field)), target, at);
    if (!isEarlier(view, field)) return putUnknown(view, field, target, at);
    return putLatency(Math.max(0, view.timeNs - this.#attachedNs), target, put(AT_LEAST, target, at));
  }
}

/** The most bytes that a record's texts take. No field is shown twice. */
function textBound(view: RecordView): number {
  let length = 0;
  for (let i = 0; i < view.fieldCount; i++) length += view.length[i] as number;
  return 4 * length;
}

/**
 * Pads the cell at `start` to `end`, and puts the space that ends it. The arithmetic is kept free of overflow checks,
 * as in escapeInto().
 */
export function pad(target: Uint8Array, start: number, end: number, width: number): number {
  let padded = (start + width) | 0;
  let at = start | 0;
  for (; at < end; at = (at + 1) | 0) {
    if ((target[at] as number) >= 0x80) {
      padded = end + width - characters(target, start, end);
      at = end;
      break;
    }
  }
  for (; at < padded; at = (at + 1) | 0) target[at] = SPACE;
  target[at] = SPACE;
  return at + 1;
}

function putText(view: RecordView, index: number, target: Uint8Array, at: number): number {
  if (index < 0) return put(UNKNOWN, target, at);
  const status = view.status[index] as number;
  if (status !== FieldStatus.ok) return putMissing(status, target, at);
  const start = view.start[index] as number;
  const length = view.length[index] as number;
  return escapeInto(view.bytes, start, start + length, (view.total[index] as number) > length, target, at);
}

function putMissing(status: number, target: Uint8Array, at: number): number {
  return put(status === FieldStatus.nil ? NIL : FAULT, target, at);
}

/** Of a number: that it is not known, or could not be read. */
function putUnknown(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const isFault = field >= 0 && field < view.fieldCount && view.status[field] === FieldStatus.fault;
  return put(isFault ? UNREADABLE : UNKNOWN, target, at);
}

/** Characters of UTF-8 text: its bytes but for those that continue one. */
function characters(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (((bytes[at] as number) & 0xc0) !== 0x80) count++;
  return count;
}

/** Cuts the last cell, `lastStart` to `end`, so that its line, from `start`, fits; in place. Returns its new end. */
function fitLast(screen: Screen, bytes: Uint8Array, start: number, lastStart: number, end: number): number {
  const { columns, cells } = screen;
  const before = cells.cellWidth(decodeUtf8(bytes.subarray(start, lastStart)));
  const last = decodeUtf8(bytes.subarray(lastStart, end));
  const cut = cells.cutToColumns(last, Math.max(columns - before, MIN_LAST_COLUMNS));
  return lastStart + encoder.encodeInto(cut, bytes.subarray(lastStart)).written;
}

const encoder = new TextEncoder();
