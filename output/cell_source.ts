import { grpcStatusField } from "../event/grpc_status.ts";
import { hasSymbol, isOk, outcomeOf, symbolIndex } from "../event/measures.ts";
import {
  type EventProbe,
  fieldIndex,
  HIJACKED_FIELD,
  MARK_FIELD,
  type Outcome,
  type RecordView,
} from "../event/record_view.ts";
import { type Column, ColumnKind } from "./columns.ts";
import { ascii } from "./put.ts";

/** How a cell is written: as its column says, unless its probe has something else to show there. */
export const CellKind = {
  ...ColumnKind,
  /** A text that all of the probe's records have. */
  constant: 19,
  /** The status column of gRPC: the name of a code. */
  grpcStatusName: 20,
} as const;

/** What is written of each outcome, and where a request is told before it has one. */
export function byOutcome(
  none: Uint8Array,
  of: (outcome: Outcome) => Uint8Array,
): Readonly<Record<Outcome | "none", Uint8Array>> {
  return { none, ok: of("ok"), panic: of("panic"), hijacked: of("hijacked") };
}

/** Where the cells of a table's columns come from, for each of the run's probes; flat arrays for the sinks. */
export class CellSource {
  /** How many columns there are. */
  readonly count: number;
  /** [probe * count + column]: a {@linkcode CellKind}. */
  readonly kinds: Uint8Array;
  /** [probe * count + column]: the field, or -1 when this probe does not have it; of a `constant` its index in `constants`. */
  readonly fields: Int32Array;
  /** In ASCII. */
  readonly constants: readonly Uint8Array[];
  /** [probe]: the field of a decoded path, which is taken where there is no target as it was sent; or -1. */
  readonly paths: Int32Array;
  /** [probe]: whether its requests ended as they should. */
  readonly isOk: Uint8Array;
  /** [probe]: how its requests end, unless the field below tells otherwise. */
  readonly #outcomes: readonly (Outcome | "none")[];
  /** [probe]: the field that tells of a connection that was taken over, or -1. */
  readonly #hijacked: Int32Array;
  /** [probe]: the field that names the handler's probe, or -1. */
  readonly #marks: Int32Array;
  /** [probe]: whether its records tell of a handler that was named. */
  readonly #hasSymbol: Uint8Array;

  constructor(columns: readonly Column[], probes: readonly EventProbe[]) {
    this.count = columns.length;
    const constants: Uint8Array[] = [];
    const cells = probes.flatMap((probe) => columns.map((column) => cellOf(column, probe, constants)));
    this.kinds = Uint8Array.from(cells, ({ kind }) => kind);
    this.fields = Int32Array.from(cells, ({ field }) => field);
    this.constants = constants;
    this.paths = Int32Array.from(probes, (probe) => fieldIndex(probe, "path"));
    this.isOk = Uint8Array.from(probes, (probe) => Number(isOk(probe)));
    this.#outcomes = probes.map(({ kind, outcome }) => kind === "server" ? outcome ?? "ok" : "none");
    this.#hijacked = Int32Array.from(probes, (probe) => fieldIndex(probe, HIJACKED_FIELD));
    this.#marks = Int32Array.from(probes, (probe) => fieldIndex(probe, MARK_FIELD));
    this.#hasSymbol = Uint8Array.from(probes, (probe) => Number(hasSymbol(probe)));
  }

  /** How the record's request ended: at a handler's entry not at all. */
  outcome(view: RecordView): Outcome | "none" {
    const outcome = this.#outcomes[view.probeIndex] as Outcome | "none";
    return outcome === "none" ? outcome : outcomeOf(view, outcome, this.#hijacked[view.probeIndex] as number);
  }

  /** Index of the probe whose symbol is shown for the record; -1 where no handler was named. */
  symbolIndex(view: RecordView): number {
    if (this.#hasSymbol[view.probeIndex] === 0) return -1;
    return symbolIndex(view, this.#marks[view.probeIndex] as number);
  }
}

/** One cell of all records of a probe; a text that they share is added to `constants`. */
function cellOf(
  { kind, field: name }: Column,
  probe: EventProbe,
  constants: Uint8Array[],
): { readonly kind: number; readonly field: number } {
  const field = name === "" ? -1 : fieldIndex(probe, name);
  if (field >= 0) return { kind, field };
  if (kind === ColumnKind.status && grpcStatusField(probe) >= 0) {
    return { kind: CellKind.grpcStatusName, field: grpcStatusField(probe) };
  }
  const constant = probe.constants?.[name];
  return constant === undefined
    ? { kind, field }
    : { kind: CellKind.constant, field: constants.push(ascii(constant)) - 1 };
}
