import { INTEGER_BYTES, putInteger } from "../event/digits.ts";
import { escapeText } from "../event/escape.ts";
import { isKnown } from "../event/measures.ts";
import { type EventProbe, integerAt, type RecordView, type ShownValue } from "../event/record_view.ts";
import { type Column, ColumnKind } from "./columns.ts";
import { NAME_BYTES, Names, type NameSource } from "./names.ts";
import { NUMBER_BYTES } from "./numbers.ts";
import { ascii, put } from "./put.ts";
import { ValueRoom } from "./value_room.ts";
import { textWriter } from "./value_text.ts";
import type { PutValue } from "./value_writer.ts";

/** What the formats that have columns write each in their own way. */
export interface CellStyle {
  /** Writes when it was, from the run's clock; at most 32 bytes. */
  readonly putTime: (timeNs: number, target: Uint8Array, at: number) => number;
  /** Writes how long it took; at most `NUMBER_BYTES`. */
  readonly putDuration: (ns: number, target: Uint8Array, at: number) => number;
  /** What is not known, or not of this function. */
  readonly unknown: string;
}

/** The head of one column of calls. */
export interface CellHead {
  /** The column that was asked for. */
  readonly column: Column;
  /** The expression whose values it shows; undefined when it shows something else, or all values of one side. */
  readonly expression: string | undefined;
}

const SPACE = 0x20;
/** What a cell takes besides values and names: a time, or a number. */
const CELL_BYTES = Math.max(32, NUMBER_BYTES, INTEGER_BYTES);

/**
 * The cells of calls as text, for a table and CSV. Where all functions show the same expressions, each of them is a
 * column; else `args` and `results` are one column each, of pairs: `order.ID=17 order.Email=x`.
 */
export class CallCells {
  readonly heads: readonly CellHead[];
  readonly #names: Names;
  readonly #source: NameSource | undefined;
  readonly #style: CellStyle;
  readonly #unknown: Uint8Array;
  /** By probe: what writes its cells, and the room that they need. */
  #cells!: readonly (readonly PutValue[])[];
  #rooms!: readonly ValueRoom[];
  /** What a line takes besides values. */
  #overhead!: number;

  constructor(
    columns: readonly Column[],
    probes: readonly EventProbe[],
    style: CellStyle,
    names: NameSource | undefined,
  ) {
    this.heads = columns.flatMap((column) => headsOf(column, probes));
    this.#unknown = ascii(style.unknown);
    this.#names = new Names(names, escapeText, this.#unknown);
    this.#source = names;
    this.#style = style;
    this.learn(probes);
  }

  /** Takes the run's probes anew. The columns stay: what another build of a function has besides is not shown. */
  learn(probes: readonly EventProbe[]): void {
    this.#cells = probes.map((probe) => this.heads.map((head) => this.#writerOf(head, probe)));
    this.#rooms = probes.map(({ call }) =>
      new ValueRoom([...call?.args ?? [], ...call?.results ?? []].map(({ value }) => value))
    );
    const texts = probes.map(({ symbol, call }) =>
      [symbol, ...[...call?.args ?? [], ...call?.results ?? []].map(({ text }) => text)]
        .reduce((sum, text) => sum + 2 + ascii(escapeText(text)).length, 0)
    );
    this.#overhead = this.heads.length * CELL_BYTES + NAME_BYTES + Math.max(0, ...texts);
  }

  /** The most bytes that a record's cells take together. */
  bytesOf(view: RecordView): number {
    return this.#overhead + (this.#rooms[view.probeIndex] as ValueRoom).bytesOf(view);
  }

  /** Writes a cell of the record and returns where it ends. */
  put(cell: number, view: RecordView, target: Uint8Array, at: number): number {
    const cells = this.#cells[view.probeIndex] as readonly PutValue[];
    return (cells[cell] as PutValue)(view, target, at);
  }

  #writerOf({ column: { kind }, expression }: CellHead, probe: EventProbe): PutValue {
    const { putTime, putDuration } = this.#style;
    const putUnknown: PutValue = (_view, target, at) => put(this.#unknown, target, at);
    const { args = [], results = [], durationField = -1, goidField = -1 } = probe.call ?? {};
    const values = kind === ColumnKind.results ? results : args;
    switch (kind) {
      case ColumnKind.time:
        return (view, target, at) => putTime(view.timeNs, target, at);
      case ColumnKind.pid:
        return (view, target, at) => putInteger(view.pid, target, at);
      case ColumnKind.comm:
        return (view, target, at) => put(this.#names.cell(kind, view, -1), target, at);
      case ColumnKind.symbol: {
        const symbol = ascii(escapeText(probe.symbol));
        return (_view, target, at) => put(symbol, target, at);
      }
      case ColumnKind.duration:
        return (view, target, at) =>
          isKnown(view, durationField)
            ? putDuration(Math.max(0, integerAt(view, durationField)), target, at)
            : putUnknown(view, target, at);
      case ColumnKind.integer:
        return (view, target, at) =>
          isKnown(view, goidField)
            ? putInteger(integerAt(view, goidField), target, at)
            : putUnknown(view, target, at);
      default: {
        if (expression === undefined) return pairsWriter(values, this.#source, this.#unknown);
        const shown = values.find(({ text }) => text === expression);
        return shown === undefined ? putUnknown : textWriter(shown.value, this.#source);
      }
    }
  }
}

/** A column of each expression where all probes have the same ones, else one of pairs. */
function headsOf(column: Column, probes: readonly EventProbe[]): CellHead[] {
  const side = column.kind === ColumnKind.args
    ? "args"
    : column.kind === ColumnKind.results
    ? "results"
    : undefined;
  if (side === undefined) return [{ column, expression: undefined }];
  const [expressions = [], ...others] = probes.map(({ call }) =>
    (call?.[side] ?? []).map(({ text }) => text)
  );
  const key = JSON.stringify(expressions);
  if (others.some((other) => JSON.stringify(other) !== key)) return [{ column, expression: undefined }];
  return expressions.map((expression) => ({ column, expression }));
}

/** What writes values as `text=value` with spaces between them. */
function pairsWriter(
  values: readonly ShownValue[],
  types: NameSource | undefined,
  unknown: Uint8Array,
): PutValue {
  const names = values.map(({ text }) => ascii(`${escapeText(text)}=`));
  const writers = values.map(({ value }) => textWriter(value, types));
  return (view, target, at) => {
    if (writers.length === 0) return put(unknown, target, at);
    for (let i = 0; i < writers.length; i++) {
      if (i > 0) target[at++] = SPACE;
      at = put(names[i] as Uint8Array, target, at);
      at = (writers[i] as PutValue)(view, target, at);
    }
    return at;
  };
}
