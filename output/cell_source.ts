import { hasSymbol, isOk, symbolIndex } from "../event/measures.ts";
import {
  type EventProbe,
  fieldIndex,
  MARK_FIELD,
  type Outcome,
  type RecordView,
} from "../event/record_view.ts";
import type { Column } from "./columns.ts";

/** Where the cells of a table's columns come from, for each of the run's probes; flat arrays for the sinks. */
export class CellSource {
  /** How many columns there are. */
  readonly count: number;
  /** The kind of each column. */
  readonly kinds: Uint8Array;
  /** [probe * count + column]: the field, or -1 when this probe does not have it. */
  readonly fields: Int32Array;
  /** [probe]: the field of a decoded path, which is taken where there is no target as it was sent; or -1. */
  readonly paths: Int32Array;
  /** [probe]: whether its requests ended as they should. */
  readonly isOk: Uint8Array;
  /** [probe]: a handler's or `ok`, a panic, a connection that was taken over. */
  readonly outcomes: readonly (Outcome | undefined)[];
  /** [probe]: the field that names the handler's probe, or -1. */
  readonly #marks: Int32Array;
  /** [probe]: whether its records tell of a handler that was named. */
  readonly #hasSymbol: Uint8Array;

  constructor(columns: readonly Column[], probes: readonly EventProbe[]) {
    this.count = columns.length;
    this.kinds = Uint8Array.from(columns, ({ kind }) => kind);
    this.fields = Int32Array.from(
      probes.flatMap((probe) => columns.map(({ field }) => field === "" ? -1 : fieldIndex(probe, field))),
    );
    this.paths = Int32Array.from(probes, (probe) => fieldIndex(probe, "path"));
    this.isOk = Uint8Array.from(probes, (probe) => Number(isOk(probe)));
    this.outcomes = probes.map(({ kind, outcome }) => kind === "server" ? outcome ?? "ok" : undefined);
    this.#marks = Int32Array.from(probes, (probe) => fieldIndex(probe, MARK_FIELD));
    this.#hasSymbol = Uint8Array.from(probes, (probe) => Number(hasSymbol(probe)));
  }

  /** Index of the probe whose symbol is shown for the record; -1 where no handler was named. */
  symbolIndex(view: RecordView): number {
    if (this.#hasSymbol[view.probeIndex] === 0) return -1;
    return symbolIndex(view, this.#marks[view.probeIndex] as number);
  }
}
