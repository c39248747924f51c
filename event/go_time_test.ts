import assert from "node:assert/strict";
import fc from "fast-check";
import { goTime } from "./go_time.ts";

/** From year 1 to 1970. */
const UNIX_SECONDS = 62_135_596_800;
/** From 1885 to 1970. */
const SECONDS_SINCE_1885 = 2_682_288_000;

/** A time as `time.Unix()` makes it, or one with a monotonic time as `time.Now()` does. */
function timeOf(unixSeconds: number, nanoseconds: number, isMonotonic = false): string {
  if (!isMonotonic) return goTime(0, nanoseconds, unixSeconds + UNIX_SECONDS);
  const wall = 1n << 63n | BigInt(unixSeconds + SECONDS_SINCE_1885) << 30n | BigInt(nanoseconds);
  return goTime(Number(wall >> 32n), Number(wall & 0xffff_ffffn), 4711);
}

Deno.test("goTime() knows the zero time, and both forms of another", () => {
  assert.equal(goTime(0, 0, 0), "0001-01-01T00:00:00Z");
  for (const isMonotonic of [false, true]) {
    assert.equal(timeOf(1_772_357_400, 1, isMonotonic), "2026-03-01T09:30:00.000000001Z");
    assert.equal(timeOf(1_772_357_400, 500_000_000, isMonotonic), "2026-03-01T09:30:00.5Z");
    assert.equal(timeOf(0, 0, isMonotonic), "1970-01-01T00:00:00Z");
  }
});

Deno.test("goTime() goes beyond the years of a Date, as Go does", () => {
  assert.equal(timeOf(2 ** 40, 5), "36812-02-20T00:36:16.000000005Z");
  assert.equal(timeOf(-(2 ** 40), 5), "-32873-11-12T23:23:44.000000005Z");
  assert.equal(timeOf(2 ** 53, 0), "285428751-11-12T07:36:32Z");
});

Deno.test("goTime() agrees with a Date in its years", () => {
  const fourDigits = { min: new Date("0001-01-01T00:00:00Z"), max: new Date("9999-12-31T23:59:59Z") };
  fc.assert(fc.property(fc.date({ ...fourDigits, noInvalidDate: true }), (date) => {
    const seconds = Math.floor(date.getTime() / 1000);
    assert.equal(timeOf(seconds, 0), `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`);
  }));
});
