/**
 * Expressions that are wrong: the error says what is wrong, and in which column of the probe's text.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runTracer } from "../e2e/tracer.ts";
import { buildCalls } from "./calls_program.ts";

/** What is wrong, with a caret below the column that the error names. */
const WRONG: readonly (readonly [probe: string, caret: string, says: RegExp])[] = [
  ["main.signed(nosuch)", "            ^", /nosuch/],
  ["main.signed(a, b, other)", "                  ^", /other/],
  ["main.signed(a.field)", "              ^", /field|int8/],
  ["main.byPointer(o.Customer.Emial)", "                          ^", /Emial/],
  ["main.byPointer(o.ID", "              ^", /\(/],
  ["main.byPointer(o.ID[0])", "               ^", /int/],
  ["main.byPointer(*o.ID)", "               ^", /int|pointer/],
  ["main.byPointer(len(o.ID))", "               ^", /len|int/],
  ["main.byPointer(o.Tags[1])", "                      ^", /string|key/],
  ["main.byPointer(o..ID)", "                 ^", /./],
  ["main.byPointer(o.ID) -> (ret0)", "                         ^", /ret0|result/],
  ["main.failures(plain.(*main.nosuch).Code)", "                     ^", /nosuch/],
];

for (const [probe, caret, says] of WRONG) {
  Deno.test(`a wrong expression is told with its column: ${probe}`, async () => {
    const { code, stdout, stderr } = await runTracer([await buildCalls("1.27.4"), probe]);
    assert.ok(code === 2 || code === 4, `it ended with ${code}`);
    assert.equal(stdout, "");
    assert.match(stderr, says);
    assert.equal(Number(/column (\d+)/.exec(stderr)?.[1]), caret.indexOf("^") + 1, stderr);
    assert.match(stderr, /^gohttpsnoop: .*\n {2}hint: /);
  });
}
