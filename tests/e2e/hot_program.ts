import { buildGo, ensureToolchain } from "../toolchains.ts";
import { Lines } from "./lines.ts";

/** Functions beside the hot one. */
export const FUNCTIONS = 1000;
/** How often in a second the hot one is called, where nothing slows it down. */
export const HOT_CALLS_PER_SECOND = 5_000_000;
const VERSION = "1.27.4";

/** `f0007`, which is called with 21 and returns 28. */
export function nameOf(index: number): string {
  return `f${String(index).padStart(4, "0")}`;
}

/**
 * Builds a program that calls `main.fHot` 5,000,000 times a second, with -1 or, once in a millisecond, 7; and its other
 * functions each twice a second. It runs until its standard input ends, or so many seconds as it is told.
 */
export async function buildHot(): Promise<string> {
  const toolchain = await ensureToolchain(VERSION);
  return await buildGo({ toolchain, files: { "main.go": source() }, output: "hot" });
}

/** The program, running. It is ended, by closing its standard input, with its scope. */
export class HotProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: Lines;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#lines = new Lines(child.stdout);
  }

  /** Starts it, and waits until it calls. */
  static async start(binary: string): Promise<HotProgram> {
    const child = new Deno.Command(binary, { stdin: "piped", stdout: "piped" }).spawn();
    const program = new HotProgram(child);
    await program.rate();
    return program;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The calls of the hot function within the next full 100 ms, by the second. */
  async rate(): Promise<number> {
    const first = this.#lines.lines.length + 1;
    await this.#lines.atLeast(first + 1);
    return rateOf(this.#lines.lines[first]!);
  }

  /** Waits until it calls so often; on a machine that is busy that may come and go. */
  async reaches(callsPerSecond: number): Promise<void> {
    const first = this.#lines.lines.length + 1;
    const isReached = () => this.#lines.lines.slice(first).some((line) => rateOf(line) >= callsPerSecond);
    await this.#lines.until(`rate of ${callsPerSecond} calls a second`, isReached, 10_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close().catch(() => {});
    const { code } = await this.#child.status;
    await this.#lines.closed;
    if (code !== 0) throw new Error(`The program ended with ${code}`);
  }
}

/** What a line says of the 100 ms before it. */
function rateOf(line: string): number {
  return Number(line) * 10;
}

function source(): string {
  const indexes = Array.from({ length: FUNCTIONS }, (_, i) => i);
  return `package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

var count atomic.Int64

func main() {
	go hot()
	go others()
	go report()
	if len(os.Args) > 1 {
		duration, _ := time.ParseDuration(os.Args[1])
		time.Sleep(duration)
		return
	}
	io.Copy(io.Discard, os.Stdin)
}

func hot() {
	for range time.Tick(time.Millisecond) {
		fHot(7)
		for i := 1; i < ${HOT_CALLS_PER_SECOND / 1000}; i++ {
			fHot(-1)
		}
		count.Add(${HOT_CALLS_PER_SECOND / 1000})
	}
}

func report() {
	for range time.Tick(100 * time.Millisecond) {
		fmt.Println(count.Swap(0))
	}
}

func others() {
	for range time.Tick(500 * time.Millisecond) {
${indexes.map((i) => `\t\t${nameOf(i)}(${3 * i})`).join("\n")}
	}
}

var calls [${FUNCTIONS + 1}]int

//go:noinline
func fHot(n int) int { calls[${FUNCTIONS}]++; return n + 1 }

${
    indexes.map((i) => `//go:noinline\nfunc ${nameOf(i)}(n int) int { calls[${i}]++; return n + ${i} }`).join(
      "\n\n",
    )
  }
`;
}
