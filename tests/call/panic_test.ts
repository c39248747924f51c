/**
 * Functions that panic: a call that never returns has no results, and the next one at its place in the stack is not
 * taken for it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CallRecorder } from "./call_recorder.ts";
import { buildCalls, CallsProgram } from "./calls_program.ts";

const TIMES = 100;

for (const version of ["1.16.15", "1.20.14", "1.27.4"]) {
  Deno.test(`the returns behind a panic are joined with their own entries: Go ${version}`, async () => {
    const binary = await buildCalls(version);
    await using program = await CallsProgram.start(binary);
    const probes = ["main.mayPanic(n) -> (ret0)", "main.throughPanic(n) -> (ret0)"];
    await using recorder = await CallRecorder.start(binary, ...probes);
    await program.obey(`panics ${TIMES}`);
    const { calls, lost } = await recorder.recorded(TIMES);
    assert.equal(lost, 0);
    const returned = calls.filter(({ results }) => results !== undefined);
    const even = Array.from({ length: TIMES / 2 }, (_, i) => 2 * i);
    for (const [symbol, more] of [["main.mayPanic", 0], ["main.throughPanic", 1]] as const) {
      assert.deepEqual(
        returned.filter((call) => call.symbol === symbol).map((
          { args, results },
        ) => [args["n"], results?.["ret0"]]),
        even.map((n) => [n, 10 * n + more]),
      );
    }
    // What panicked may be told, but not as if it had returned.
    for (const { args, duration_ms } of calls.filter(({ results }) => results === undefined)) {
      assert.equal(Number(args["n"]) % 2, 1);
      assert.equal(duration_ms, undefined);
    }
  });
}
