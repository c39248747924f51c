/**
 * The records of the whole server, made by a tracer in a process of its own: run by itself, this file prints an object
 * a line, and {@linkcode Recorder} reads those. Nothing else of these tests knows how records are made.
 *
 *     deno run -A tests/whole/records.ts BINARY
 *     deno run -A tests/whole/records.ts -p PID
 *
 * @module
 */
import { type EventProbe, FieldStatus, type RecordView } from "../../event/mod.ts";
import type { ProbePlan } from "../../probe/mod.ts";
import { planTargets, Pump, Session } from "../../trace/mod.ts";
import { Lines } from "../e2e/lines.ts";

/** One request, as the tracer saw it. What it does not know is absent. */
export interface RequestRecord {
  readonly pid: number;
  readonly method?: string;
  /** What the request asked for, as it was sent. */
  readonly uri?: string;
  readonly proto?: string;
  readonly host?: string;
  readonly remote?: string;
  readonly route?: string;
  readonly status?: number;
  readonly bytes?: number;
  /** Absent when the request began before the probes were there. */
  readonly duration_ms?: number;
  readonly outcome: "ok" | "panic" | "hijacked";
}

/** What a tracer saw from its first request to its end. */
export interface Recorded {
  readonly records: readonly RequestRecord[];
  readonly lost: number;
  /** Hits at branches that were taken: the same call came again. */
  readonly reentered: number;
}

/** How often programs of the tracer ran. */
export interface Hits {
  /** By the program's id in the kernel. */
  readonly byProgram: ReadonlyMap<string, number>;
  readonly total: number;
}

const FILE = new URL(import.meta.url).pathname;

/** A tracer of a whole server that is running. It is ended, by its own process id, with its scope. */
export class Recorder implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Lines;
  readonly #stderr: Lines;
  #ended = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = new Lines(child.stdout);
    this.#stderr = new Lines(child.stderr);
  }

  /** Starts it, for an executable or for `-p` and a process, and waits until its probes are attached. */
  static async start(...target: readonly string[]): Promise<Recorder> {
    const args = ["run", "--no-check", "-A", FILE, ...target];
    const recorder = new Recorder(
      new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
    );
    try {
      await recorder.#stdout.find("ready mark", (line) => line.includes('"type":"attached"'), 60_000);
    } catch (error) {
      await recorder[Symbol.asyncDispose]();
      throw new Error(`${(error as Error).message}\nstandard error:\n${recorder.#stderr.text}`);
    }
    return recorder;
  }

  /** How many requests were printed so far. */
  get count(): number {
    return this.#stdout.lines.length - 1;
  }

  /** Waits until so many requests were printed; that there are fewer is no error here: the comparison tells which. */
  async printed(count: number, timeoutMs = 10_000): Promise<void> {
    await this.#stdout.atLeast(count + 1, timeoutMs).catch(() => {});
  }

  /** Ends it, and gives what it printed. */
  async stop(): Promise<Recorded> {
    this.#child.kill("SIGINT");
    const { code } = await this.#child.status;
    this.#ended = true;
    await Promise.all([this.#stdout.closed, this.#stderr.closed]);
    const objects = this.#stdout.lines.map((line) => JSON.parse(line));
    const summary = objects.pop();
    if (code !== 0 || summary?.type !== "summary") {
      throw new Error(`The tracer ended with ${code}:\n${this.#stderr.text}`);
    }
    return { records: objects.slice(1), lost: summary.lost.kernel, reentered: summary.reentered };
  }

  /** Ends it by SIGKILL, which it cannot answer. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Promise.all([this.#stdout.closed, this.#stderr.closed]);
  }

  /** How often its programs ran so far; needs kernel.bpf_stats_enabled. */
  async hits(): Promise<Hits> {
    const byProgram = new Map<string, number>();
    const folder = `/proc/${this.#child.pid}/fdinfo`;
    for await (const { name } of Deno.readDir(folder)) {
      // A descriptor may be closed in between.
      const text = await Deno.readTextFile(`${folder}/${name}`).catch(() => "");
      const id = /^prog_id:\s*(\d+)$/m.exec(text)?.[1];
      const runs = /^run_cnt:\s*(\d+)$/m.exec(text)?.[1];
      if (id !== undefined && runs !== undefined) byProgram.set(id, Number(runs));
    }
    return { byProgram, total: [...byProgram.values()].reduce((sum, runs) => sum + runs, 0) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {});
  }
}

/** The tracer itself. */
async function record(args: readonly string[]): Promise<void> {
  const [first = "", second = ""] = args;
  const targets = planTargets(
    first === "-p" ? { pids: [Number(second)], probes: [] } : { binary: first, probes: [] },
  );
  using session = new Session({ targets, bufferBytes: 8 << 20, attach: "auto", libbpfPath: "" });
  let batch = "";
  const pump = new Pump(session, {
    event(view) {
      batch += `${JSON.stringify(toRecord(view, session.probes[view.probeIndex] as ProbePlan))}\n`;
      return true;
    },
    batch() {
      write(batch);
      batch = "";
    },
  });
  Deno.addSignalListener("SIGINT", () => pump.stop());
  write(`${JSON.stringify({ type: "attached" })}\n`);
  await pump.run();
  session.detach();
  const { lost, reentered } = session.counters();
  write(`${JSON.stringify({ type: "summary", lost: { kernel: lost }, reentered })}\n`);
  Deno.exit(0);
}

function write(text: string): void {
  for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
    rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
}

function toRecord(view: RecordView, probe: ProbePlan & EventProbe): RequestRecord {
  const record: Record<string, unknown> = { type: "request", pid: view.pid, outcome: probe.outcome };
  for (const [index, { name, kind }] of probe.fields.entries()) {
    if (view.status[index] === FieldStatus.fault) record[name] = "FAULT";
    if (view.status[index] !== FieldStatus.ok) continue;
    const start = view.start[index]!;
    if (kind.kind === "string") {
      record[name] = new TextDecoder().decode(view.bytes.slice(start, start + view.length[index]!));
      continue;
    }
    const value = Number(
      new DataView(view.bytes.buffer, view.bytes.byteOffset + start).getBigInt64(0, true),
    );
    if (name === "duration") record["duration_ms"] = value / 1e6;
    else if (name !== "status" || value !== 0) record[name] = value;
    // Where a handler returns without a status, net/http sends 200; where it does not return, nothing is sent.
    else if (probe.outcome === "ok") record[name] = 200;
  }
  return record as unknown as RequestRecord;
}

if (import.meta.main) await record(Deno.args);
