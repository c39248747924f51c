import { Lines } from "../e2e/lines.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { parseExact } from "./exact_json.ts";

const DIR = new URL("../servers/calls", import.meta.url).pathname;

/** The ways to build that are tested. */
export const BUILDS = {
  default: [],
  "-N -l": ["-gcflags=all=-N -l"],
  stripped: ["-ldflags=-s -w"],
} as const;
/** A key of {@linkcode BUILDS}. */
export type Build = keyof typeof BUILDS;

/** A function of the program, and what is asked for of its calls. */
export interface CallCase {
  readonly name: string;
  readonly probe: string;
  /** Whether it can be asked of an executable without DWARF. */
  readonly stripped: boolean;
}

/** What the program says of a call that it made: the values that have to be printed, by their expressions. */
export interface Truth {
  readonly case: string;
  readonly symbol: string;
  readonly goid: number;
  readonly args: Readonly<Record<string, unknown>>;
  readonly results?: Readonly<Record<string, unknown>>;
}

/** Builds the program whose functions are traced. */
export async function buildCalls(version: string, build: Build = "default"): Promise<string> {
  const toolchain = await ensureToolchain(version);
  return await buildGo({ toolchain, dir: DIR, flags: BUILDS[build], output: "calls" });
}

/** The cases that an executable has: older toolchains build fewer. */
export async function listCases(binary: string): Promise<CallCase[]> {
  const { stdout } = await new Deno.Command(binary, { args: ["--list-probes"], stdin: "null" }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
}

/** The program, running and waiting for commands. It is ended, by its own process id, with its scope. */
export class CallsProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Lines;
  readonly #stderr: Lines;
  /** How many lines belong to commands that are done. */
  #read = 1;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = new Lines(child.stdout);
    this.#stderr = new Lines(child.stderr);
  }

  /** Starts it and waits until it is ready; also one that only speaks the same way. */
  static async start(binary: string): Promise<CallsProgram> {
    const child = new Deno.Command(binary, { stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    const program = new CallsProgram(child);
    await program.#stdout.atLeast(1);
    return program;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Lets it obey a command, and gives the lines that it prints for it. */
  async obey(command: string, timeoutMs = 15_000): Promise<string[]> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${command}\n`));
    writer.releaseLock();
    const first = this.#read;
    let end = -1;
    await this.#stdout.until(`end of ${command}`, () => {
      end = this.#stdout.lines.indexOf("done", first);
      return end >= 0;
    }, timeoutMs).catch((error) => {
      throw new Error(`${(error as Error).message}\nstandard error:\n${this.#stderr.text}`);
    });
    this.#read = end + 1;
    return this.#stdout.lines.slice(first, end);
  }

  /** Lets it call a case so often, or `all` of them; gives the truth of each call. */
  async call(name: string, times: number): Promise<Truth[]> {
    return (await this.obey(`call ${name} ${times}`)).map((line) => parseExact(line) as Truth);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close().catch(() => {});
    await this.#child.status;
    await Promise.all([this.#stdout.closed, this.#stderr.closed]);
  }
}
