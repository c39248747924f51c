import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import { parseDuration } from "./duration.ts";

Deno.test("parseDuration() takes us, ms, s and m, and seconds without a unit", () => {
  const cases: readonly [string, number][] = [
    ["10", 10_000],
    ["10s", 10_000],
    ["250ms", 250],
    ["80us", 0.08],
    ["2m", 120_000],
    ["1.5m", 90_000],
    [".5", 500],
    ["0010s", 10_000],
  ];
  for (const [text, durationMs] of cases) assert.equal(parseDuration(text, "--duration"), durationMs, text);
});

Deno.test("parseDuration() refuses what is not a duration, with a hint", () => {
  for (
    const text of [
      "",
      " ",
      "s",
      "10h",
      "10 s",
      "-1s",
      "1e3",
      "1m30s",
      "1.",
      "0x10",
      "Infinity",
      "10S",
      "１０",
    ]
  ) {
    assert.throws(
      () => parseDuration(text, "--duration"),
      (error) =>
        error instanceof UsageError && error.message === `--duration takes a duration, not "${text}"` &&
        error.hint.includes("--duration 10s"),
      text,
    );
  }
});

Deno.test("parseDuration() refuses zero and what a timer cannot wait", () => {
  for (const text of ["0", "0ms", "25000000000", "36000m", "9".repeat(400)]) {
    assert.throws(() => parseDuration(text, "-d"), /out of range/, text);
  }
  assert.equal(parseDuration("2147483647ms", "-d"), 2 ** 31 - 1);
});
