import assert from "node:assert/strict";
import { median, quantile, ratios, spread } from "./statistics.ts";

Deno.test("median() is the middle of the sorted values, between two of an even count", () => {
  assert.equal(median([30, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 30]), 3);
  assert.ok(Number.isNaN(median([])));
});

Deno.test("quantile() lies between neighbours in proportion", () => {
  assert.equal(quantile([10, 20, 30], 0.25), 15);
  assert.equal(quantile([10, 20, 30], 1), 30);
});

Deno.test("spread() does not see one outlier in many values, and sees two camps", () => {
  assert.equal(spread([...Array<number>(20).fill(100), 1000]), 0);
  assert.equal(spread([80, 80, 80, 100, 120, 120, 120]), 0.4);
});

Deno.test("ratios() takes the untraced runs around each", () => {
  assert.deepEqual(ratios([90, 60], [110, 90, 30]), [0.9, 1]);
});
