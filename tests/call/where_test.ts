/**
 * `--where`: only the calls that a condition holds for are printed, and the others are counted.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CallRecorder } from "./call_recorder.ts";
import { buildCalls, CallsProgram } from "./calls_program.ts";

const CALLS = 1000;
const PROBE = "main.hot(id, name) -> (double)";
const ids = Array.from({ length: CALLS }, (_, id) => id);

const CONDITIONS: readonly (readonly [condition: string, holds: (id: number) => boolean])[] = [
  ["id >= 500", (id) => id >= 500],
  ["id > 10 && id <= 20", (id) => id > 10 && id <= 20],
  ["id == 7 || id == 9", (id) => id === 7 || id === 9],
  ["id != 0", (id) => id !== 0],
  ['name == "call 123"', (id) => id === 123],
  ['id < 200 && name != "call 5"', (id) => id < 200 && id !== 5],
  ['hasPrefix(name, "call 12")', (id) => String(id).startsWith("12")],
  ["len(name) == 8", (id) => id >= 100],
];

for (const version of ["1.16.15", "1.27.4"]) {
  for (const [condition, holds] of CONDITIONS) {
    Deno.test(`--where '${condition}' prints the calls that it holds for: Go ${version}`, async () => {
      const binary = await buildCalls(version);
      const expected = ids.filter(holds);
      await using program = await CallsProgram.start(binary);
      await using recorder = await CallRecorder.start("--where", condition, binary, PROBE);
      await program.obey(`hot 1 ${CALLS}`);
      const { calls, lost, filtered } = await recorder.recorded(expected.length);
      assert.deepEqual(calls.map(({ args }) => args["id"]), expected);
      assert.deepEqual(calls.map(({ results }) => results?.["double"]), expected.map((id) => 2 * id));
      assert.deepEqual({ lost, filtered }, { lost: 0, filtered: CALLS - expected.length });
    });
  }
}
