/**
 * Options on functions: how many calls are printed, which, and in which form.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runTracer, Tracer } from "../e2e/tracer.ts";
import { CallRecorder } from "./call_recorder.ts";
import { buildCalls, CallsProgram } from "./calls_program.ts";

const VERSION = "1.27.4";
const HOT = "main.hot(id) -> (double)";

Deno.test("-c ends the tracer behind so many calls", async () => {
  const binary = await buildCalls(VERSION);
  await using program = await CallsProgram.start(binary);
  await using tracer = await new Tracer(["--json", "-c", "5", binary, HOT]).started(/"type":"attached"/);
  await program.obey("hot 1 100");
  const { code, stdout } = await tracer.finished();
  assert.equal(code, 0);
  const objects = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(objects.map(({ type }) => type), ["attached", ...Array(5).fill("call"), "summary"]);
  assert.deepEqual(objects.slice(1, 6).map(({ args }) => args.id), [0, 1, 2, 3, 4]);
});

Deno.test("--min-latency prints the calls that took so long, with what they took", async () => {
  const binary = await buildCalls(VERSION);
  await using program = await CallsProgram.start(binary);
  await using recorder = await CallRecorder.start(
    "--min-latency",
    "25ms",
    binary,
    "main.sleeps(d) -> (slept)",
  );
  await program.obey("sleep 6");
  const { calls, filtered } = await recorder.recorded(3);
  assert.deepEqual(calls.map(({ args }) => args["d"]), [30e6, 40e6, 50e6]);
  for (const { args, duration_ms } of calls) {
    const least = Number(args["d"]) / 1e6;
    assert.ok(
      duration_ms! >= least && duration_ms! < least + 50,
      `it slept ${least} ms and took ${duration_ms} ms`,
    );
  }
  assert.equal(filtered, 3);
});

Deno.test("a function that costs more than --max-cost is let go, and named", async () => {
  const binary = await buildCalls(VERSION);
  await using program = await CallsProgram.start(binary);
  await using tracer = await new Tracer(["--json", "--max-cost", "1%", binary, HOT]).started(
    /"type":"attached"/,
  );
  await program.obey("hot 2 1000000", 120_000);
  // It was all that was traced.
  const { code, stdout, stderr } = await tracer.finished();
  assert.equal(code, 1);
  assert.match(stderr, /main\.hot is not traced any more.*--max-cost/);
  assert.ok(stdout.split("\n").length < 1_500_000);
});

for (const [option, column] of [["--json", '"args":{"id":'], ["--output=csv", "id,double"]] as const) {
  Deno.test(`${option} has a key or a column for each expression`, async () => {
    const binary = await buildCalls(VERSION);
    await using program = await CallsProgram.start(binary);
    await using tracer = new Tracer([option, "-c", "3", binary, HOT]);
    await tracer.stdout.atLeast(1);
    await program.obey("hot 1 10");
    const { stdout } = await tracer.finished();
    assert.ok(stdout.includes(column), stdout);
  });
}

Deno.test("the table has a column for each expression, named by it", async () => {
  const binary = await buildCalls(VERSION);
  await using program = await CallsProgram.start(binary);
  await using tracer = new Tracer(["-c", "2", binary, "main.hot(id, name) -> (double, text)"]);
  const header = await tracer.stdout.find("header", (line) => /\bid\b/.test(line));
  assert.match(header, /\bid +name +double +text$/);
  await program.obey("hot 1 10");
  const { stdout } = await tracer.finished();
  assert.match(stdout.split("\n")[1]!, /\b0 +call 0 +0 +call 0 is 0$/);
});

Deno.test("a float in a register is told as what cannot be read", async () => {
  const binary = await buildCalls(VERSION);
  await using program = await CallsProgram.start(binary);
  await using recorder = await CallRecorder.start(binary, "main.betweenFloats(a, x, s)");
  await program.call("all", 1);
  const { calls } = await recorder.recorded(1);
  const reason = "in register X0, which an eBPF program cannot read";
  assert.deepEqual(calls.map(({ args }) => args), [
    { a: 0, x: { $missing: "unreadable", $reason: reason }, s: "end" },
  ]);
});

Deno.test("-l -v shows a function's parameters and results with their types", async () => {
  const { stdout, code } = await runTracer(["-l", "-v", await buildCalls(VERSION), "main.*"]);
  assert.equal(code, 0);
  for (
    const signature of [
      /main\.signed\b.*\(a int8, b int16, c int32, d int64, e int\)/,
      /main\.\(\*store\)\.Get\b.*key string.*val \*main\.item, err error/,
      /main\.variadic\b.*name string, numbers \.*/,
    ]
  ) assert.match(stdout, signature);
});
