import { buildProgram, type GoProgram } from "../foreign/go_module.ts";
import { Lines } from "../e2e/lines.ts";

/** The debugger for Go, of which this project uses no part. */
const DELVE: GoProgram = { module: "github.com/go-delve/delve", version: "v1.27.2", package: "./cmd/dlv" };
/** Longer than any string that is compared. */
const STRING_LIMIT = 4096;
const START_LIMIT_MS = 60_000;

/** A function, and what is asked for of its calls, in the syntax that Delve and this project have in common. */
export interface Traced {
  readonly symbol: string;
  readonly expressions: readonly string[];
}

/** A debugger that traces functions of a running process. It ends with that process, or with its scope. */
export class Delve implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Lines;
  readonly #stderr: Lines;
  readonly #functions: readonly Traced[];
  readonly #folder: string;

  private constructor(child: Deno.ChildProcess, functions: readonly Traced[], folder: string) {
    this.#child = child;
    this.#stdout = new Lines(child.stdout);
    this.#stderr = new Lines(child.stderr);
    this.#functions = functions;
    this.#folder = folder;
  }

  /** Attaches to a process, sets a tracepoint on each function and lets the process go on. */
  static async attach(pid: number, functions: readonly Traced[]): Promise<Delve> {
    const folder = await Deno.makeTempDir({ prefix: "delve-" });
    const commands = [
      `config max-string-len ${STRING_LIMIT}`,
      ...functions.flatMap(({ symbol, expressions }, i) => [
        `trace ${nameOf(i)} ${symbol}`,
        ...expressions.map((expression) => `on ${nameOf(i)} print ${expression}`),
      ]),
      'print "ready"',
      "continue",
    ];
    await Deno.writeTextFile(`${folder}/commands`, commands.map((line) => `${line}\n`).join(""));
    const child = new Deno.Command(await buildProgram(DELVE), {
      args: ["attach", String(pid), "--allow-non-terminal-interactive", "--init", `${folder}/commands`],
      env: { HOME: folder, XDG_CONFIG_HOME: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const delve = new Delve(child, functions, folder);
    try {
      await delve.#stdout.find("ready mark", (line) => line === '"ready"', START_LIMIT_MS);
    } catch (error) {
      await delve[Symbol.asyncDispose]();
      throw new Error(`${(error as Error).message}\nstandard error:\n${delve.#stderr.text}`);
    }
    return delve;
  }

  /** Waits for its end, which is the process's; gives the values of each call, function by function. */
  async calls(): Promise<unknown[][][]> {
    await this.#ended();
    const calls: unknown[][][] = this.#functions.map(() => []);
    let values: unknown[] = [];
    for (const line of this.#stdout.lines) {
      const begun = /^> (?:goroutine\(\d+\): )?\[(\w+)\]/.exec(line)?.[1];
      const index = this.#functions.findIndex((_, i) => nameOf(i) === begun);
      if (index >= 0) calls[index]!.push(values = []);
      // A value is a line of its own, behind the expression: `\tr.Method: "GET"`.
      const value = /^\t[^\t].*?: (.*)$/.exec(line)?.[1];
      if (value !== undefined) values.push(JSON.parse(value));
    }
    return calls;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#ended();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #ended(): Promise<void> {
    await this.#child.status;
    await Promise.all([this.#stdout.closed, this.#stderr.closed]);
  }
}

function nameOf(i: number): string {
  return `traced${i}`;
}
