import { RFC3339_BYTES } from "../event/clock.ts";
import { INTEGER_BYTES, putInteger } from "../event/digits.ts";
import { toJson } from "../event/json_text.ts";
import { isKnown } from "../event/measures.ts";
import { type EventProbe, integerAt, type RecordView } from "../event/record_view.ts";
import type { AsyncWriter } from "./async_writer.ts";
import { type Column, ColumnKind } from "./columns.ts";
import { NAME_BYTES, Names } from "./names.ts";
import { NdjsonSink, type NdjsonSinkOptions } from "./ndjson_sink.ts";
import { NUMBER_BYTES, putMilliseconds } from "./numbers.ts";
import { ascii, put } from "./put.ts";
import type { RunInfo, Sink } from "./sink.ts";
import type { Counts } from "./status.ts";
import { jsonObjectWriter } from "./value_json.ts";
import { ValueRoom } from "./value_room.ts";
import type { PutValue } from "./value_writer.ts";

const QUOTE = 0x22;
const NEWLINE = 0x0a;
const CLOSE_BRACE = 0x7d;
const OPENING = ascii('{"v":1,"type":"call"');
const EMPTY = new Uint8Array(0);
/** What a value takes besides names and what is shown of the call: a time, or a number; quotes. */
const VALUE_BYTES = Math.max(RFC3339_BYTES, NUMBER_BYTES, INTEGER_BYTES) + 2;

/** How the calls of one probe are written. */
interface CallWriter {
  /** `,"key":`, and what writes the value; nothing where it is not known. */
  readonly members: readonly { readonly key: Uint8Array; readonly putValue: PutValue }[];
  readonly room: ValueRoom;
  /** What a line takes besides the call's values. */
  readonly overhead: number;
}

/**
 * The object `call` for each record of a call, with `args` and `results` as objects by their expressions; their values
 * are as output/value_json.ts says. Requests, and all other lines, are those of an {@linkcode NdjsonSink}.
 */
export class CallJsonSink implements Sink {
  readonly #writer: AsyncWriter;
  readonly #requests: NdjsonSink;
  readonly #names: Names;
  readonly #options: NdjsonSinkOptions;
  /** By probe; undefined where it is none of calls. */
  #calls!: readonly (CallWriter | undefined)[];

  /** `probes` are the run's, in the order of `RecordView.probeIndex`. */
  constructor(writer: AsyncWriter, probes: readonly EventProbe[], options: NdjsonSinkOptions) {
    this.#writer = writer;
    this.#requests = new NdjsonSink(writer, probes, options);
    this.#names = new Names(options.names, toJson, EMPTY);
    this.#options = options;
    this.#learnCalls(probes);
  }

  /** The object `attached`. */
  begin(run: RunInfo): void {
    this.#requests.begin(run);
  }

  /** Takes the run's probes anew. */
  learn(probes: readonly EventProbe[]): void {
    this.#requests.learn(probes);
    this.#learnCalls(probes);
  }

  /** The object `call`, or `request`, for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean {
    const call = this.#calls[view.probeIndex];
    if (call === undefined) return this.#requests.write(view);
    const { members, room, overhead } = call;
    const writer = this.#writer;
    const start = writer.reserve(overhead + room.bytesOf(view));
    const bytes = writer.bytes;
    let at = put(OPENING, bytes, start);
    for (let i = 0; i < members.length; i++) {
      const { key, putValue } = members[i] as CallWriter["members"][number];
      const valueAt = put(key, bytes, at);
      const end = putValue(view, bytes, valueAt);
      // A key without a value is written over by the next one.
      if (end !== valueAt) at = end;
    }
    bytes[at++] = CLOSE_BRACE;
    bytes[at++] = NEWLINE;
    return writer.commit(at);
  }

  /** The object `lost`. */
  lost(kernel: number, output: number): void {
    this.#requests.lost(kernel, output);
  }

  /** The object `note`. */
  note(text: string, details?: Readonly<Record<string, string | number>>): void {
    this.#requests.note(text, details);
  }

  /** The object `summary`. */
  summary(counts: Counts, durationMs: number): void {
    this.#requests.summary(counts, durationMs);
  }

  #learnCalls(probes: readonly EventProbe[]): void {
    this.#calls = probes.map((probe) => probe.call === undefined ? undefined : this.#callWriter(probe));
  }

  #callWriter(probe: EventProbe): CallWriter {
    const members = this.#options.columns.flatMap((column) => {
      const putValue = this.#writerOf(column, probe);
      return putValue === undefined ? [] : { key: ascii(`,"${column.key}":`), putValue };
    });
    const shown = [...probe.call?.args ?? [], ...probe.call?.results ?? []];
    const names = [probe.symbol, ...shown.map(({ text }) => text)].map((text) => ascii(toJson(text)));
    const fixed = [OPENING, ...members.map(({ key }) => key), ...names]
      .reduce((sum, { length }) => sum + length + VALUE_BYTES, 0);
    return {
      members,
      room: new ValueRoom(shown.map(({ value }) => value)),
      // The braces of both objects; and the end of the line, where a key may stand before it is written over.
      overhead: fixed + NAME_BYTES + 8,
    };
  }

  /** What writes the value of a column; undefined for what a call does not have. */
  #writerOf({ kind }: Column, { call, symbol }: EventProbe): PutValue | undefined {
    const { clock, names } = this.#options;
    const { args = [], results = [], durationField = -1, goidField = -1 } = call ?? {};
    switch (kind) {
      case ColumnKind.time:
        return (view, target, at) => {
          target[at] = QUOTE;
          at = clock.formatInto(view.timeNs, target, at + 1);
          target[at] = QUOTE;
          return at + 1;
        };
      case ColumnKind.pid:
        return (view, target, at) => putInteger(view.pid, target, at);
      case ColumnKind.comm:
        return (view, target, at) => put(this.#names.cell(kind, view, -1), target, at);
      case ColumnKind.symbol: {
        const name = ascii(toJson(symbol));
        return (_view, target, at) => put(name, target, at);
      }
      case ColumnKind.args:
        return args.length === 0 ? undefined : jsonObjectWriter(args, names);
      case ColumnKind.results:
        return results.length === 0 ? undefined : jsonObjectWriter(results, names);
      case ColumnKind.duration:
        return (view, target, at) =>
          isKnown(view, durationField)
            ? putMilliseconds(Math.max(0, integerAt(view, durationField)), target, at)
            : at;
      case ColumnKind.integer:
        return (view, target, at) =>
          isKnown(view, goidField) ? putInteger(integerAt(view, goidField), target, at) : at;
    }
    return undefined;
  }
}
