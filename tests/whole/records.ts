import { Lines } from "../e2e/lines.ts";
import { tracerCommand } from "../e2e/tracer.ts";

/** One request, as the tracer saw it. What it does not know is absent. */
export interface RequestRecord {
  readonly pid: number;
  readonly method?: string;
  /** Decoded, without the query. */
  readonly path?: string;
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
  /** In the kernel and at output. */
  readonly lost: number;
}

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
    const { command, args } = tracerCommand();
    const recorder = new Recorder(
      new Deno.Command(command, {
        args: [...args, "--json", ...target],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
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
      const last = this.#stdout.lines.slice(-2).join("\n");
      throw new Error(`The tracer ended with ${code}, its last lines:\n${last}\n${this.#stderr.text}`);
    }
    const records = objects.filter(({ type }) => type === "request");
    return { records, lost: summary.lost.kernel + summary.lost.output };
  }

  /** Ends it by SIGKILL, which it cannot answer. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Promise.all([this.#stdout.closed, this.#stderr.closed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill().catch(() => {});
  }
}
