import { allocate, Native } from "../ffi/mod.ts";

/** linux/bpf.h; the counts go on until its descriptor is closed. */
const BPF_ENABLE_STATS = 32;

/** What the kernel has counted of BPF programs. */
export interface Runs {
  readonly count: number;
  /** Nanoseconds in the programs, and in reading the clock for each run: without the trap. */
  readonly timeNs: number;
}

/** Lets the kernel count runs of programs until the scope ends, whoever else does so at the time. */
export class ProgramRuns implements Disposable {
  readonly #native = new Native();
  readonly #fd: number;

  /** @throws {NativeError} without the privilege. */
  constructor() {
    // union bpf_attr's enable_stats.type is 0, BPF_STATS_RUN_TIME.
    this.#fd = this.#native.checkNegative(
      this.#native.bpf(BPF_ENABLE_STATS, allocate(4)),
      "Cannot count runs",
    );
  }

  /** The runs so far of all programs that this process has loaded and not closed. */
  async read(): Promise<Runs> {
    const byProgram = new Map<string, Runs>();
    for await (const { name } of Deno.readDir("/proc/self/fdinfo")) {
      // A descriptor may be closed in between.
      const text = await Deno.readTextFile(`/proc/self/fdinfo/${name}`).catch(() => "");
      const value = (key: string) => new RegExp(`^${key}:\\s*(\\d+)$`, "m").exec(text)?.[1];
      const id = value("prog_id");
      const count = value("run_cnt");
      if (id === undefined || count === undefined) continue;
      byProgram.set(id, { count: Number(count), timeNs: Number(value("run_time_ns")) });
    }
    return [...byProgram.values()].reduce(
      (sum, runs) => ({ count: sum.count + runs.count, timeNs: sum.timeNs + runs.timeNs }),
      { count: 0, timeNs: 0 },
    );
  }

  [Symbol.dispose](): void {
    this.#native.libc.close(this.#fd);
    this.#native.close();
  }
}
