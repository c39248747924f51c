import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import { parseMaxCost } from "./max_cost.ts";

Deno.test("parseMaxCost() gives the share of a core", () => {
  assert.equal(parseMaxCost("5%", "--max-cost"), 0.05);
  assert.equal(parseMaxCost("0.5%", "--max-cost"), 0.005);
  assert.equal(parseMaxCost(".5%", "--max-cost"), 0.005);
  assert.equal(parseMaxCost("250%", "--max-cost"), 2.5);
  assert.equal(parseMaxCost("off", "--max-cost"), Infinity);
});

Deno.test("parseMaxCost() refuses what is no percentage, with a hint", () => {
  const cases: [text: string, message: RegExp, hint: RegExp][] = [
    ["5", /takes a percentage/, /--max-cost 5%/],
    ["", /takes a percentage/, /a number and %/],
    ["none", /not "none"/, /a number and %/],
    ["-5%", /takes a percentage/, /a number and %/],
    ["1e3%", /takes a percentage/, /a number and %/],
    ["5%%", /takes a percentage/, /a number and %/],
    ["0%", /out of range/, /off/],
    ["0.0%", /out of range/, /off/],
    [`${"9".repeat(400)}%`, /out of range/, /off/],
  ];
  for (const [text, message, hint] of cases) {
    assert.throws(() => parseMaxCost(text, "--max-cost"), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      assert.match(error.hint, hint);
      return true;
    });
  }
});
