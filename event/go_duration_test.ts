import assert from "node:assert/strict";
import { goDuration } from "./go_duration.ts";

Deno.test("goDuration() is Go's Duration.String()", () => {
  const cases: readonly (readonly [number | bigint, string])[] = [
    [0, "0s"],
    [1, "1ns"],
    [999, "999ns"],
    [1000, "1µs"],
    [-1500, "-1.5µs"],
    [1_000_000, "1ms"],
    [87_654_321, "87.654321ms"],
    [1_500_000_000, "1.5s"],
    [59_999_999_999, "59.999999999s"],
    [60_000_000_000, "1m0s"],
    [3_600_000_000_000, "1h0m0s"],
    [360_000_000_000_001n, "100h0m0.000000001s"],
    [2n ** 63n - 1n, "2562047h47m16.854775807s"],
    [-(2n ** 63n), "-2562047h47m16.854775808s"],
  ];
  for (const [ns, text] of cases) assert.equal(goDuration(ns), text);
});
