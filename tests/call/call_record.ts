/** One call, as the tracer prints it with `--json`. */
export interface CallRecord {
  readonly type: "call";
  readonly pid: number;
  readonly symbol: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly results?: Readonly<Record<string, unknown>>;
  readonly duration_ms?: number;
  readonly goid?: number;
}

/** What a tracer printed from its start to its end. */
export interface Recorded {
  readonly calls: readonly CallRecord[];
  /** In the kernel and at output. */
  readonly lost: number;
  readonly filtered: number;
  readonly stderr: string;
}
