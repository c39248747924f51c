import { Lines } from "./lines.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** The header of handler mode: the sign that the probes are attached. */
export const HEADER = "Method     Path";

/**
 * The command that is tested: from source, or GOHTTPSNOOP_BINARY (a compiled one).
 */
export function tracerCommand(): { command: string; args: string[] } {
  const binary = Deno.env.get("GOHTTPSNOOP_BINARY");
  if (binary) return { command: binary, args: [] };
  return { command: Deno.execPath(), args: ["run", "-A", `${ROOT}main.ts`] };
}

/** How long a tracer may take to attach: the verifier shares the machine with others. */
const READY_MS = 60_000;

/** How a run of the tracer ended. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start of the process to its end. */
  readonly durationMs: number;
}

/** How the tracer is started. */
export interface TracerOptions {
  readonly env?: Record<string, string>;
  readonly uid?: number;
  /** A command that starts it, with its arguments: `unshare ...`; a shell's script has it as `"$@"`. */
  readonly through?: readonly string[];
  /** `piped` for {@linkcode Tracer.write}. */
  readonly stdin?: "null" | "piped";
}

/** Runs the tracer to its end. */
export async function runTracer(
  args: readonly string[],
  options: TracerOptions = {},
): Promise<Finished> {
  await using tracer = new Tracer(args, options);
  return await tracer.finished();
}

/** A tracer that is running. It is ended, by its own process id, when it goes out of scope. */
export class Tracer implements AsyncDisposable {
  readonly stdout: Lines;
  readonly stderr: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #started = performance.now();
  readonly #piped: boolean;
  #code: number | undefined;

  constructor(args: readonly string[], options: TracerOptions = {}) {
    const tracer = tracerCommand();
    this.#piped = options.stdin === "piped";
    const [command = "", ...words] = [...options.through ?? [], tracer.command, ...tracer.args, ...args];
    this.#child = new Deno.Command(command, {
      args: words,
      stdin: options.stdin ?? "null",
      stdout: "piped",
      stderr: "piped",
      ...options.env === undefined ? {} : { env: options.env },
      ...options.uid === undefined ? {} : { uid: options.uid },
    }).spawn();
    this.stdout = new Lines(this.#child.stdout);
    this.stderr = new Lines(this.#child.stderr);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for handler mode's header. */
  async ready(): Promise<this> {
    return await this.#until("header", (line) => line === HEADER);
  }

  /** Waits for a line that is the first of other outputs: a header of other columns, or NDJSON's `attached`. */
  async started(first: RegExp): Promise<this> {
    return await this.#until(String(first), (line) => first.test(line));
  }

  /** Ends it where the line does not come, and throws with what it said on standard error. */
  async #until(what: string, wanted: (line: string) => boolean): Promise<this> {
    try {
      await this.stdout.find(what, wanted, READY_MS);
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw new Error(`${(error as Error).message}\nstandard error:\n${this.stderr.text}`);
    }
    return this;
  }

  /** Writes to its standard input. */
  async write(text: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    writer.releaseLock();
  }

  /** The lines behind the header. */
  get requests(): string[] {
    return this.stdout.lines.slice(1);
  }

  /** Waits until so many requests were printed. */
  async printed(count: number, timeoutMs = 15_000): Promise<void> {
    await this.stdout.atLeast(count + 1, timeoutMs);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal = "SIGINT"): Promise<Finished & { readonly stopMs: number }> {
    const start = performance.now();
    this.#child.kill(signal);
    const finished = await this.finished();
    return { ...finished, stopMs: performance.now() - start };
  }

  /** Waits for the end, at most 60 s. */
  async finished(): Promise<Finished> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 60_000);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    if (this.#piped) await this.#child.stdin.close().catch(() => {});
    const durationMs = performance.now() - this.#started;
    this.#code = code;
    await Promise.all([this.stdout.closed, this.stderr.closed]);
    return { code, stdout: this.stdout.text, stderr: this.stderr.text, durationMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#code !== undefined) return;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.finished();
  }
}
