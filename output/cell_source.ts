import { isOk } from "../event/measures.ts";
import { type EventProbe, fieldIndex } from "../event/record_view.ts";
import { type Column, ColumnKind } from "./columns.ts";

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
  readonly outcomes: readonly ("ok" | "panic" | "hijacked" | undefined)[];

  constructor(columns: readonly Column[], probes: readonly EventProbe[]) {
    this.count = columns.length;
    this.kinds = Uint8Array.from(columns, ({ kind }) => kind);
    this.fields = Int32Array.from(
      probes.flatMap((probe) => columns.map(({ field }) => field === "" ? -1 : fieldIndex(probe, field))),
    );
    this.paths = Int32Array.from(probes, (probe) => fieldIndex(probe, "path"));
    this.isOk = Uint8Array.from(probes, (probe) => Number(isOk(probe)));
    this.outcomes = probes.map(({ kind, outcome }) => kind === "server" ? outcome ?? "ok" : undefined);
    for (const probe of probes) {
      for (const column of columns) if (isMissing(column, probe)) throw missingField(column, probe);
    }
  }
}

/** Every record has to have a method and a path; the rest is shown as not known. */
function isMissing({ kind, field }: Column, probe: EventProbe): boolean {
  if (kind === ColumnKind.path) return fieldIndex(probe, field) < 0 && fieldIndex(probe, "path") < 0;
  return kind === ColumnKind.text && fieldIndex(probe, field) < 0;
}

function missingField({ key }: Column, { symbol }: EventProbe): TypeError {
  return new TypeError(`the probe on ${symbol} has no field ${key}`);
}
