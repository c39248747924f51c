/**
 * A function that calls itself: each return is joined with its own entry, also where the stack has moved in between.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { CallRecord } from "./call_record.ts";
import { CallRecorder } from "./call_recorder.ts";
import { type Build, buildCalls, CallsProgram } from "./calls_program.ts";

const DEPTH = 1000;
const TIMES = 5;
const PROBE = "main.descend(n, name) -> (sum, text)";

for (const version of ["1.16.15", "1.18.10", "1.22.12", "1.27.4"]) {
  for (const build of ["default", "-N -l"] as const satisfies Build[]) {
    Deno.test(`each of ${DEPTH} calls inside each other is joined with its return: Go ${version} ${build}`, async () => {
      const binary = await buildCalls(version, build);
      await using program = await CallsProgram.start(binary);
      await using recorder = await CallRecorder.start("-e", binary, PROBE);
      for (let i = 0; i < TIMES; i++) await program.obey(`recurse ${DEPTH}`);
      const { calls, lost } = await recorder.recorded(TIMES * (DEPTH + 1));
      assert.equal(lost, 0);
      assert.equal(calls.length, TIMES * (DEPTH + 1));
      for (let i = 0; i < TIMES; i++) assertDescent(calls.slice(i * (DEPTH + 1), (i + 1) * (DEPTH + 1)));
    });
  }
}

/** The innermost call returns first, and none takes less time than the one that it makes. */
function assertDescent(calls: readonly CallRecord[]): void {
  const expected = calls.map((_, n) => ({
    args: { n, name: `depth ${n}` },
    results: { sum: n * (n + 1) / 2, text: n === 0 ? "bottom" : `sum of depth ${n}` },
  }));
  assert.deepEqual(calls.map(({ args, results }) => ({ args, results })), expected);
  assert.equal(new Set(calls.map(({ goid }) => goid)).size, 1);
  assert.ok(calls[0]!.goid! > 0);
  for (const [n, { duration_ms }] of calls.entries()) {
    assert.ok(n === 0 || duration_ms! >= calls[n - 1]!.duration_ms!, `call ${n} took ${duration_ms} ms`);
  }
}
