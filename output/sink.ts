import type { EventProbe, RecordView } from "../event/record_view.ts";
import type { Counts } from "./status.ts";
import type { Clock } from "../event/clock.ts";
import type { Column } from "./columns.ts";
import type { NameSource } from "./names.ts";

/** Options of a sink that shows records in columns. */
export interface ColumnSinkOptions {
  /** The names that records have only numbers of. */
  readonly names?: NameSource | undefined;
  /** What to show. */
  readonly columns: readonly Column[];
  readonly clock: Clock;
  /** Whether the header is written. Default true. */
  readonly header?: boolean;
}

/** What is said of a run when its probes are attached. */
export interface RunInfo {
  readonly targets: readonly TargetInfo[];
  /** The Go versions of the targets' executables, as they say themselves: `go1.26.8`. */
  readonly goVersions: readonly string[];
  /** When the probes were attached, in the clock's time: a request that began before has lasted at least since then. */
  readonly attachedNs: number;
}

/** One target of a run. */
export interface TargetInfo {
  /** The executable as the user knows it. */
  readonly path: string;
  /** The process; absent when it is every one that runs the executable. */
  readonly pid?: number;
}

/** Where a run's requests go, in one of the formats. All but {@linkcode Sink.write} may do nothing in some of them. */
export interface Sink {
  /** The first line, which scripts take for the sign that the probes are attached. */
  begin(run: RunInfo): void;
  /** Takes the run's probes anew: more are added when another executable is attached. The columns stay. */
  learn(probes: readonly EventProbe[]): void;
  /** One line for the record. Returns false when the writer dropped it. */
  write(view: RecordView): boolean;
  /** The losses so far, in the kernel and at the output; nothing is said when there are no new ones. */
  lost(kernel: number, output: number): void;
  /** Something that the user may want to know, with more about it where there is. */
  note(text: string, details?: Readonly<Record<string, string | number>>): void;
  /** The last line of a run that took `durationMs`. */
  summary(counts: Counts, durationMs: number): void;
}
