import { Tracer } from "../e2e/tracer.ts";
import type { CallRecord, Recorded } from "./call_record.ts";
import { parseExact } from "./exact_json.ts";

/** As many probes as there are take their time on a machine that is busy. */
const START_LIMIT_MS = 120_000;

/** A tracer of functions that is running. It is ended, by its own process id, with its scope. */
export class CallRecorder implements AsyncDisposable {
  readonly #tracer: Tracer;

  private constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Starts it with these arguments, and waits until its probes are attached. */
  static async start(...args: readonly string[]): Promise<CallRecorder> {
    // Every call is wanted, whatever that costs the program.
    const tracer = new Tracer(["--json", "--max-cost", "off", ...args]);
    try {
      await tracer.stdout.find("ready mark", (line) => line.includes('"type":"attached"'), START_LIMIT_MS);
    } catch (error) {
      await tracer[Symbol.asyncDispose]();
      throw new Error(`${(error as Error).message}\nstandard error:\n${tracer.stderr.text}`);
    }
    return new CallRecorder(tracer);
  }

  /** Waits for so many calls, then ends it: that there are fewer is no error here, the comparison tells which. */
  async recorded(count: number, timeoutMs = 10_000): Promise<Recorded> {
    await this.#tracer.stdout.atLeast(count + 1, timeoutMs).catch(() => {});
    // What comes too much has some time to come.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { code, stdout, stderr } = await this.#tracer.stop();
    const objects = stdout.trimEnd().split("\n").map((line) => parseExact(line) as { readonly type: string });
    const summary = objects.pop() as {
      readonly type: string;
      readonly filtered: number;
      readonly lost: { readonly kernel: number; readonly output: number };
    };
    if (code !== 0 || summary.type !== "summary") {
      throw new Error(`The tracer ended with ${code}:\n${stderr}`);
    }
    const calls = objects.filter((object): object is CallRecord => object.type === "call");
    return { calls, lost: summary.lost.kernel + summary.lost.output, filtered: summary.filtered, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracer[Symbol.asyncDispose]();
  }
}
