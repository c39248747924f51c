import { Lines } from "../e2e/lines.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** At most so long may a child take to be ready. */
const READY_MS = 60_000;
/** How often it is asked. */
const LOOK_MS = 5;
const CLOCK_TICKS_A_SECOND = 100;

/** A child that says when it is ready, and ends on SIGINT. It is ended, by its own process id, with its scope. */
export class Process implements AsyncDisposable {
  readonly pid: number;
  /** From its start until it was ready. */
  readonly readyMs: number;
  readonly stdout: Lines;
  readonly #child: Deno.ChildProcess;
  readonly #stderr: Lines;
  #ended: Promise<string> | undefined;

  private constructor(child: Deno.ChildProcess, stdout: Lines, stderr: Lines, readyMs: number) {
    this.pid = child.pid;
    this.readyMs = readyMs;
    this.#child = child;
    this.stdout = stdout;
    this.#stderr = stderr;
  }

  /** Starts `command` and waits until a line of its standard output has `ready` in it, or until `ready()` is true. */
  static async start(
    command: string,
    args: readonly string[],
    ready: string | (() => Promise<boolean>),
  ): Promise<Process> {
    const start = performance.now();
    const child = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdout = new Lines(child.stdout);
    const stderr = new Lines(child.stderr);
    try {
      if (typeof ready === "string") {
        await stdout.find(`line with "${ready}" of ${command}`, (line) => line.includes(ready), READY_MS);
      } else {
        await untilTrue(ready, child);
      }
    } catch (error) {
      await end(child, 0);
      throw new Error(`${(error as Error).message}\nstandard error:\n${stderr.text}`);
    }
    return new Process(child, stdout, stderr, performance.now() - start);
  }

  /** A script of this folder, run by Deno. */
  static script(name: string, args: readonly string[]): Promise<Process> {
    return Process.start(
      Deno.execPath(),
      ["run", "--quiet", "--no-check", "-A", `${ROOT}tests/bench/${name}`, ...args],
      "ready",
    );
  }

  /** Resident memory in bytes. */
  get residentBytes(): number {
    const status = Deno.readTextFileSync(`/proc/${this.pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? NaN) * 1024;
  }

  /** Sends SIGINT and gives the last line of its standard output, and how long it took to end. */
  async stop(): Promise<{ readonly last: string; readonly stopMs: number }> {
    const start = performance.now();
    const last = await (this.#ended ??= this.#stop());
    return { last, stopMs: performance.now() - start };
  }

  async #stop(): Promise<string> {
    await end(this.#child, 20_000);
    await Promise.all([this.stdout.closed, this.#stderr.closed]);
    return this.stdout.lines.at(-1) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#ended ??= this.#stop());
  }
}

/** Processor time that a process has used so far, in milliseconds; with `children`, that of its children that have ended. */
export function cpuMs(pid: number, children = false): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  const [user, system] = children ? [fields[13], fields[14]] : [fields[11], fields[12]];
  return (user! + system!) * 1000 / CLOCK_TICKS_A_SECOND;
}

/** Asks until it is true. */
async function untilTrue(ready: () => Promise<boolean>, child: Deno.ChildProcess): Promise<void> {
  let ended = false;
  void child.status.then(() => ended = true);
  for (const start = performance.now(); !await ready();) {
    if (ended) throw new Error("the child has ended before it was ready");
    if (performance.now() - start > READY_MS) throw new Error(`the child is not ready after ${READY_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** SIGINT, and SIGKILL where that was not enough. */
async function end(child: Deno.ChildProcess, patienceMs: number): Promise<void> {
  const kill = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
  };
  if (patienceMs > 0) kill("SIGINT");
  const timer = setTimeout(() => kill("SIGKILL"), patienceMs);
  await child.status;
  clearTimeout(timer);
}
