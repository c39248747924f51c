import { Tracer } from "../e2e/tracer.ts";

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
  /** Of a call of gRPC. */
  readonly grpc_status?: number;
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
  readonly #tracer: Tracer;

  private constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Starts it, for an executable or for `-p` and a process, and waits until its probes are attached. */
  static async start(...target: readonly string[]): Promise<Recorder> {
    return new Recorder(await new Tracer(["--json", ...target]).started(/"type":"attached"/));
  }

  /** Waits until so many requests were printed; that there are fewer is no error here: the comparison tells which. */
  async printed(count: number): Promise<void> {
    await this.#tracer.printed(count).catch(() => {});
  }

  /** Ends it, and gives what it printed. */
  async stop(): Promise<Recorded> {
    const { code, stdout, stderr } = await this.#tracer.stop();
    const lines = stdout.split("\n").slice(0, -1);
    const objects = lines.map((line) => JSON.parse(line));
    const summary = objects.pop();
    if (code !== 0 || summary?.type !== "summary") {
      throw new Error(
        `The tracer ended with ${code}, its last lines:\n${lines.slice(-2).join("\n")}\n${stderr}`,
      );
    }
    const records = objects.filter(({ type }) => type === "request");
    return { records, lost: summary.lost.kernel + summary.lost.output };
  }

  /** Ends it by SIGKILL, which it cannot answer. */
  async kill(): Promise<void> {
    await this.#tracer.stop("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracer[Symbol.asyncDispose]();
  }
}
