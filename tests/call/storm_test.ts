/**
 * One function that many goroutines call at once, on all cores: no record has a part of another, and each call is
 * printed or counted as lost.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Tracer } from "../e2e/tracer.ts";
import type { CallRecord } from "./call_record.ts";
import { buildCalls, CallsProgram } from "./calls_program.ts";

const WORKERS = 8;
const CALLS = 125_000;
const PROBE = "main.hot(id, name) -> (double, text)";
const LIMIT_MS = 240_000;

for (const version of ["1.16.15", "1.20.14", "1.27.4"]) {
  Deno.test(`of ${WORKERS} times ${CALLS} calls at once each is printed whole, or counted as lost: Go ${version}`, async () => {
    const binary = await buildCalls(version);
    const file = await Deno.makeTempFile({ prefix: "calls-", suffix: ".ndjson" });
    try {
      await using program = await CallsProgram.start(binary);
      await using tracer = new Tracer([
        "-v",
        "--json",
        "--max-cost",
        "off",
        "--output-file",
        file,
        binary,
        PROBE,
      ]);
      await attached(file, tracer);
      await program.obey(`hot ${WORKERS} ${CALLS}`, LIMIT_MS);
      const { code, stderr } = await tracer.stop();
      assert.equal(code, 0, stderr);
      const { printed, lost, problems } = await checkFile(file);
      assert.deepEqual(problems, []);
      assert.equal(printed + lost, WORKERS * CALLS);
    } finally {
      await Deno.remove(file);
    }
  });
}

/** Waits for the ready mark in the file. */
async function attached(file: string, tracer: Tracer): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await Deno.readTextFile(file)).includes('"type":"attached"')) {
    if (performance.now() > end) throw new Error(`There is no ready mark:\n${tracer.stderr.text}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Reads what was printed, a line at a time: it is some hundred megabytes. */
async function checkFile(file: string) {
  const problems: string[] = [];
  const seen = new Uint8Array(WORKERS * CALLS);
  let printed = 0;
  let lost = -1;
  for await (const line of linesOf(file)) {
    const object = JSON.parse(line);
    if (object.type === "summary") lost = object.lost.kernel + object.lost.output;
    if (object.type !== "call") continue;
    printed++;
    const problem = checkCall(object, seen);
    if (problem !== undefined && problems.length < 5) problems.push(`${problem}: ${line}`);
  }
  return { printed, lost, problems };
}

function checkCall({ args, results }: CallRecord, seen: Uint8Array): string | undefined {
  const id = args["id"];
  if (typeof id !== "number" || id >= seen.length) return "no such call was made";
  if (seen[id]! > 0) return "it is printed twice";
  seen[id] = 1;
  const name = `call ${id}`;
  if (args["name"] !== name) return "the arguments are of two calls";
  if (results?.["double"] !== 2 * id || results["text"] !== `${name} is ${2 * id}`) {
    return "the results are of another call";
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  using opened = await Deno.open(file);
  let rest = "";
  for await (const text of opened.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
