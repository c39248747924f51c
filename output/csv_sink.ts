import { type Clock, RFC3339_BYTES } from "../event/clock.ts";
import { putInteger } from "../event/digits.ts";
import { escapedBound, escapeInto, escapeText } from "../event/escape.ts";
import { FieldText } from "../event/field_text.ts";
import { GRPC_STATUS_BYTES } from "../event/grpc_status.ts";
import { isKnown, statusCode, UNKNOWN_STATUS } from "../event/measures.ts";
import { type EventProbe, integerAt, type RecordView } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { byOutcome, CellKind, CellSource } from "./cell_source.ts";
import type { Column } from "./columns.ts";
import { NUMBER_BYTES, putGrpcStatus, putMilliseconds } from "./numbers.ts";
import { Names, namesBound } from "./names.ts";
import { ascii, put } from "./put.ts";
import type { ColumnSinkOptions, Sink } from "./sink.ts";
import { REDACTED } from "../event/request.ts";
import { tlsVersion } from "../event/tls_version.ts";

const COMMA = 0x2c;
const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const NEWLINE = 0x0a;
/** Bytes of a cell besides a text's own: a time is the longest; quotes and a comma. */
const CELL_OVERHEAD = Math.max(RFC3339_BYTES, NUMBER_BYTES, GRPC_STATUS_BYTES) + escapedBound(0) + 3;

/**
 * Requests as CSV. Source: RFC 4180: a header, lines that end in CRLF, quotes where there are commas or quotes. The
 * columns are named by the keys of JSON and their numbers are as exact; text is escaped as in the table, so that a
 * record is one line. What is not known is empty.
 */
export class CsvSink implements Sink {
  readonly #writer: AsyncWriter;
  readonly #names: Names;
  readonly #columns: readonly Column[];
  #source!: CellSource;
  #symbols!: readonly Uint8Array[];
  readonly #clock: Clock;
  readonly #header: boolean;
  /** Bytes of a line besides what its texts take. */
  #overhead!: number;
  readonly #text = new FieldText();

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: ColumnSinkOptions) {
    this.#writer = writer;
    this.#names = new Names(options.names, (text) => quoted(escapeText(text)), EMPTY);
    this.#columns = options.columns;
    this.#clock = options.clock;
    this.#header = options.header ?? true;
    this.learn(probes);
  }

  /** The header, if it is wanted. */
  begin(): void {
    if (this.#header) this.#writer.writeLine(`${this.#columns.map(({ key }) => key).join(",")}\r`);
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    this.#source = new CellSource(this.#columns, probes);
    this.#symbols = probes.map(({ symbol }) => encoder.encode(quoted(escapeText(symbol))));
    this.#overhead = 2 + CELL_OVERHEAD * this.#columns.length + namesBound(this.#columns, this.#symbols);
  }

  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const writer = this.#writer;
    const source = this.#source;
    let room = this.#overhead;
    for (let i = 0; i < view.fieldCount; i++) room += escapedBound(view.length[i] as number);
    let at = writer.reserve(room);
    const bytes = writer.bytes;
    const row = view.probeIndex * source.count;
    for (let column = 0; column < source.count; column++) {
      if (column > 0) bytes[at++] = COMMA;
      at = this.#putCell(
        source.kinds[row + column] as number,
        source.fields[row + column] as number,
        view,
        bytes,
        at,
      );
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

  #putCell(kind: number, field: number, view: RecordView, target: Uint8Array, at: number): number {
    const text = this.#text;
    switch (kind) {
      case CellKind.secret:
        return isKnown(view, field) ? put(SECRET, target, at) : at;
      case CellKind.text:
      case CellKind.detail:
      case CellKind.header:
        return text.readField(view, field) ? putText(text, target, at) : at;
      case CellKind.path:
        return text.readPath(view, field, this.#source.paths[view.probeIndex] as number)
          ? putText(text, target, at)
          : at;
      case CellKind.status: {
        const status = statusCode(view, field, this.#source.isOk[view.probeIndex] === 1);
        return status === UNKNOWN_STATUS ? at : putInteger(status, target, at);
      }
      case CellKind.constant:
        return put(this.#source.constants[field] as Uint8Array, target, at);
      case CellKind.time:
        return this.#clock.formatInto(view.timeNs, target, at);
      case CellKind.pid:
        return putInteger(view.pid, target, at);
      case CellKind.comm:
      case CellKind.handler:
        return put(this.#names.cell(kind, view, field), target, at);
      case CellKind.symbol:
        return put(this.#symbols[this.#source.symbolIndex(view)] ?? EMPTY, target, at);
      case CellKind.outcome:
        return put(OUTCOMES[this.#source.outcome(view)], target, at);
    }
    if (!isKnown(view, field)) return at;
    const value = integerAt(view, field);
    if (kind === CellKind.duration) return putMilliseconds(Math.max(0, value), target, at);
    if (kind === CellKind.grpcStatusName) return putGrpcStatus(value, target, at);
    if (kind === CellKind.tls) return put(tlsVersion(value), target, at);
    return putInteger(value, target, at);
  }
}

/** The text, escaped, and quoted where that is needed. */
function putText({ bytes, start, end, truncated }: FieldText, target: Uint8Array, at: number): number {
  const escapedEnd = escapeInto(bytes, start, end, truncated, target, at);
  let needsQuotes = false;
  for (let i = at; i < escapedEnd && !needsQuotes; i++) {
    needsQuotes = target[i] === COMMA || target[i] === QUOTE;
  }
  if (!needsQuotes) return escapedEnd;
  const escaped = target.slice(at, escapedEnd);
  target[at++] = QUOTE;
  for (const byte of escaped) {
    if (byte === QUOTE) target[at++] = QUOTE;
    target[at++] = byte;
  }
  target[at++] = QUOTE;
  return at;
}

/** `text` as a cell. */
function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);
const SECRET = encoder.encode(REDACTED);
const OUTCOMES = byOutcome(EMPTY, ascii);
