const SWITCH = "/proc/sys/kernel/bpf_stats_enabled";

/** What the kernel has counted of one program. */
export interface ProgramStats {
  readonly id: number;
  /** Instructions after the verifier has deleted what the plan does not take. */
  readonly instructions: number;
  readonly hits: number;
  readonly ns: number;
}

/** Makes the kernel count hits and time of all BPF programs until it is disposed; costs some 30 ns a hit. */
export class ProgramCounting implements Disposable {
  readonly #before = Deno.readTextFileSync(SWITCH);

  constructor() {
    Deno.writeTextFileSync(SWITCH, "1");
  }

  [Symbol.dispose](): void {
    Deno.writeTextFileSync(SWITCH, this.#before);
  }
}

/** The programs that a process holds, by their ids: in the order in which they were loaded. */
export function programsOf(pid: number): ProgramStats[] {
  const found = new Map<number, ProgramStats>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fdinfo`)) {
    const text = readIfThere(`/proc/${pid}/fdinfo/${name}`);
    const number = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+)$`, "m").exec(text)?.[1] ?? NaN);
    const id = number("prog_id");
    // A link names its program too, but has no counts.
    if (Number.isNaN(id) || Number.isNaN(number("run_cnt"))) continue;
    found.set(id, {
      id,
      instructions: number("verified_insns"),
      hits: number("run_cnt"),
      ns: number("run_time_ns"),
    });
  }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
