import assert from "node:assert/strict";
import { median, quantile, ratios, slope, spread } from "./statistics.ts";

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

Deno.test("slope() is that of a line, and of points around it", () => {
  const line = [1, 2, 4, 5].map((x) => ({ x, y: 100 + 25 * x }));
  assert.equal(slope(line), 25);
  const around = [{ x: 0, y: 1 }, { x: 0, y: -1 }, { x: 2, y: 3 }, { x: 2, y: 5 }];
  assert.equal(slope(around), 2);
});

Deno.test("slope() of points above one another is none", () => {
  assert.ok(Number.isNaN(slope([{ x: 3, y: 1 }])));
});
