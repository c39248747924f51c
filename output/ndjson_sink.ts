import { type Clock, RFC3339_BYTES } from "../event/clock.ts";
import { putInteger } from "../event/digits.ts";
import { FieldText } from "../event/field_text.ts";
import { jsonBound, jsonInto, toJson } from "../event/json_text.ts";
import { isKnown, statusCode, UNKNOWN_STATUS } from "../event/measures.ts";
import { type EventProbe, integerAt, type RecordView } from "../event/record_view.ts";
import { REDACTED } from "../event/request.ts";
import { isValidUtf8, wholeEnd } from "../event/utf8.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { base64Length, putBase64 } from "./base64.ts";
import { byOutcome, CellKind, CellSource } from "./cell_source.ts";
import { type Column, traceMode } from "./columns.ts";
import { NUMBER_BYTES, putMilliseconds } from "./numbers.ts";
import { Names, namesBound, type NameSource } from "./names.ts";
import { ascii, put } from "./put.ts";
import type { RunInfo, Sink } from "./sink.ts";
import type { Counts } from "./status.ts";
import { tlsVersion } from "../event/tls_version.ts";

/** Options of an {@linkcode NdjsonSink}. */
export interface NdjsonSinkOptions {
  /** The names that records have only numbers of. */
  readonly names?: NameSource | undefined;
  /** The keys, in their order. */
  readonly columns: readonly Column[];
  readonly clock: Clock;
  /** The wall clock, for all but requests. Default: now. */
  readonly now?: () => Date;
}

/** The version of the format: a key never means something else in it. */
const VERSION = 1;
const QUOTE = 0x22;
const NEWLINE = 0x0a;
const CLOSE_BRACE = 0x7d;

const OPENING = ascii(`{"v":${VERSION},"type":"request"`);
const SECRET = ascii(`"${REDACTED}"`);
const PATH_TRUNCATED = ascii(',"path_truncated":true');
const PATH_BASE64 = ascii(',"path_b64":"');
/** Bytes of a value besides a text's own: quotes, or a time, or a number. */
const VALUE_BYTES = Math.max(RFC3339_BYTES, NUMBER_BYTES) + 2;

/**
 * One JSON object a line: `attached`, then `request` for each record, `lost` and `note` in between, and `summary` as
 * the last one. What is not known is absent. Text is the text itself, escaped as event/json_text.ts says; a path that
 * is not UTF-8 comes as `path_b64` too. A request is written from the record's bytes into the writer's.
 */
export class NdjsonSink implements Sink {
  readonly #writer: AsyncWriter;
  readonly #names: Names;
  readonly #columns: readonly Column[];
  #probes!: readonly EventProbe[];
  #source!: CellSource;
  /** By column: `,"key":`. */
  readonly #keys: readonly Uint8Array[];
  /** By probe: the value of `symbol`, with its quotes. */
  #symbols!: readonly Uint8Array[];
  readonly #clock: Clock;
  readonly #now: () => Date;
  /** Bytes of a line besides what its texts take. */
  #overhead!: number;
  readonly #text = new FieldText();
  #toldLost = 0;

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: NdjsonSinkOptions) {
    this.#writer = writer;
    this.#names = new Names(options.names, toJson, EMPTY);
    this.#columns = options.columns;
    this.#keys = options.columns.map(({ key }) => ascii(`,"${key}":`));
    this.#clock = options.clock;
    this.#now = options.now ?? (() => new Date());
    this.learn(probes);
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    this.#probes = probes;
    this.#source = new CellSource(this.#columns, probes);
    this.#symbols = probes.map(({ symbol }) => new TextEncoder().encode(toJson(symbol)));
    const keys = this.#keys.reduce((sum, { length }) => sum + length + VALUE_BYTES, 0);
    const names = namesBound(this.#columns, this.#symbols);
    this.#overhead = OPENING.length + keys + names + PATH_TRUNCATED.length + PATH_BASE64.length + 8;
  }

  /** The object `attached`. */
  begin({ targets, goVersions }: RunInfo): void {
    this.#say("attached", {
      mode: traceMode(this.#probes),
      targets: targets.map(({ path, pid }) => ({ path, pid })),
      symbols: [...new Set(this.#probes.map(({ symbol }) => symbol))],
      go_version: [...new Set(goVersions)].join(", "),
    });
  }

  /** The object `request` for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const writer = this.#writer;
    const source = this.#source;
    const start = writer.reserve(this.#overhead + textBound(view));
    const bytes = writer.bytes;
    const row = view.probeIndex * source.count;

    let at = put(OPENING, bytes, start);
    for (let column = 0; column < source.count; column++) {
      const valueAt = put(this.#keys[column] as Uint8Array, bytes, at);
      const end = this.#putValue(
        source.kinds[row + column] as number,
        source.fields[row + column] as number,
        view,
        bytes,
        valueAt,
      );
      // A key without a value is written over by the next one.
      if (end !== valueAt) at = end;
    }
    bytes[at++] = CLOSE_BRACE;
    bytes[at++] = NEWLINE;
    return writer.commit(at);
  }

  /** The object `lost`: the losses so far, when there are more than were told before. Nothing behind the summary. */
  lost(kernel: number, output: number): void {
    if (kernel + output <= this.#toldLost) return;
    this.#toldLost = kernel + output;
    this.#say("lost", { lost: { kernel, output } });
  }

  /** The object `note`. */
  note(text: string, details: Readonly<Record<string, string | number>> = {}): void {
    this.#say("note", { message: text, ...details });
  }

  /** The object `summary`, the last line. */
  summary({ printed, filtered, lost, dropped }: Counts, durationMs: number): void {
    // The totals are told: a timer that comes while the output is closed has nothing to add.
    this.#toldLost = Infinity;
    this.#say("summary", {
      printed,
      filtered,
      lost: { kernel: lost, output: dropped },
      duration_s: Math.round(durationMs) / 1000,
    });
  }

  #say(type: string, content: Readonly<Record<string, unknown>>): void {
    // As precise as it looks would be too much to claim, but one form of time is easier to read for programs.
    const time = this.#now().toISOString().replace("Z", "000000Z");
    this.#writer.writeLine(toJson({ v: VERSION, type, time, ...content }));
  }

  /** Writes a value; what is not known is nothing. */
  #putValue(kind: number, field: number, view: RecordView, target: Uint8Array, at: number): number {
    const text = this.#text;
    switch (kind) {
      case CellKind.secret:
        return isKnown(view, field) ? put(SECRET, target, at) : at;
      case CellKind.text:
      case CellKind.header:
        return text.readField(view, field) ? putText(text, target, at) : at;
      case CellKind.detail:
        return text.readField(view, field) && text.end > text.start ? putText(text, target, at) : at;
      case CellKind.path:
        return text.readPath(view, field, this.#source.paths[view.probeIndex] as number)
          ? putPath(text, target, at)
          : at;
      case CellKind.status: {
        const status = statusCode(view, field, this.#source.isOk[view.probeIndex] === 1);
        return status === UNKNOWN_STATUS ? at : putInteger(status, target, at);
      }
      case CellKind.constant:
        target[at++] = QUOTE;
        at = put(this.#source.constants[field] as Uint8Array, target, at);
        target[at] = QUOTE;
        return at + 1;
      // It has a key of its own, with the number.
      case CellKind.grpcStatusName:
        return at;
      case CellKind.time:
        target[at++] = QUOTE;
        at = this.#clock.formatInto(view.timeNs, target, at);
        target[at] = QUOTE;
        return at + 1;
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
    if (kind !== CellKind.tls) return putInteger(value, target, at);
    target[at++] = QUOTE;
    at = put(tlsVersion(value), target, at);
    target[at] = QUOTE;
    return at + 1;
  }
}

/** The most bytes that a record's texts take, the path's base64 included. No field is written twice. */
function textBound(view: RecordView): number {
  let length = 0;
  for (let i = 0; i < view.fieldCount; i++) length += view.length[i] as number;
  return jsonBound(length) + base64Length(length);
}

function putText({ bytes, start, end, truncated }: FieldText, target: Uint8Array, at: number): number {
  target[at++] = QUOTE;
  at = jsonInto(bytes, start, truncated ? wholeEnd(bytes, start, end) : end, target, at);
  target[at] = QUOTE;
  return at + 1;
}

/** The path, and the keys that say more of it. */
function putPath(text: FieldText, target: Uint8Array, at: number): number {
  at = putText(text, target, at);
  const { bytes, start, truncated } = text;
  const end = truncated ? wholeEnd(bytes, start, text.end) : text.end;
  if (truncated) at = put(PATH_TRUNCATED, target, at);
  if (isValidUtf8(bytes, start, end)) return at;
  at = putBase64(bytes, start, end, target, put(PATH_BASE64, target, at));
  target[at] = QUOTE;
  return at + 1;
}

const EMPTY = new Uint8Array(0);
/** With its quotes. */
const OUTCOMES = byOutcome(EMPTY, (outcome) => ascii(`"${outcome}"`));
