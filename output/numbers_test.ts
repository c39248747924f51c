import assert from "node:assert/strict";
import fc from "fast-check";
import { NUMBER_BYTES, putLatency, putMilliseconds, putSize } from "./numbers.ts";

type Put = (value: number, target: Uint8Array, at: number) => number;

function text(put: Put, value: number): string {
  const target = new Uint8Array(NUMBER_BYTES + 1);
  const end = put(value, target, 1);
  assert.ok(end <= target.length);
  return new TextDecoder().decode(target.subarray(1, end));
}

const latency = (ns: number) => text(putLatency, ns);
const size = (bytes: number) => text(putSize, bytes);

Deno.test("putLatency() shows two or three digits and the unit that fits", () => {
  const cases: readonly [number, string][] = [
    [0, "0us"],
    [499, "0us"],
    [1_000, "1us"],
    [87_300, "87us"],
    [999_499, "999us"],
    [999_500, "1.0ms"],
    [1_234_567, "1.2ms"],
    [99_949_999, "99.9ms"],
    [99_950_000, "100ms"],
    [123_456_789, "123ms"],
    [999_900_000, "999ms"],
    [999_960_000, "1.0s"],
    [3_400_000_000, "3.4s"],
    [59_940_000_000, "59.9s"],
    [59_960_000_000, "1m0s"],
    [123_999_999_999, "2m3s"],
    [3_599_999_999_999, "59m59s"],
    [3_600e9, "1h0m"],
    [3_900e9, "1h5m"],
    [359_999e9, "99h59m"],
    [360_000e9, "4d4h"],
    [86_399_999e9, "999d23h"],
    [86_400_000e9, "1000d"],
    [2 ** 64, "213503d"],
  ];
  for (const [ns, wanted] of cases) assert.equal(latency(ns), wanted, String(ns));
});

Deno.test("putLatency() takes at most 7 columns, and is off by less than a tenth from 10 us on", () => {
  const unit: Readonly<Record<string, number>> = {
    us: 1e3,
    ms: 1e6,
    s: 1e9,
    m: 60e9,
    h: 3600e9,
    d: 86_400e9,
  };
  fc.assert(
    fc.property(fc.double({ min: 4, max: 19.2, noNaN: true }), (exponent) => {
      const ns = Math.floor(10 ** exponent);
      const shown = latency(ns);
      assert.ok(shown.length <= 7, shown);
      const parts = [...shown.matchAll(/([0-9.]+)([a-z]+)/g)];
      const value = parts.reduce((sum, [, number, letter]) => sum + Number(number) * unit[letter!]!, 0);
      assert.ok(Math.abs(value - ns) <= ns / 10, `${shown} for ${ns}`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("putSize() shows the number to five digits, then K, M and so on", () => {
  const cases: readonly [number, string][] = [
    [0, "0"],
    [5, "5"],
    [99_999, "99999"],
    [100_000, "97.7K"],
    [102_399, "100K"],
    [123_456, "121K"],
    [1_022_975, "999K"],
    [1_023_488, "1.0M"],
    [1_258_291, "1.2M"],
    [123 * 1024 ** 2, "123M"],
    [2 ** 40, "1.0T"],
    [2 ** 63, "8.0E"],
    [-1, "-1"],
  ];
  for (const [bytes, wanted] of cases) assert.equal(size(bytes), wanted, String(bytes));
});

Deno.test("putSize() takes at most 5 columns", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 63, noNaN: true }), (exponent) => {
    assert.ok(size(Math.floor(2 ** exponent)).length <= 5);
  }));
});

Deno.test("putMilliseconds() is exact", () => {
  assert.equal(text(putMilliseconds, 0), "0");
  assert.equal(text(putMilliseconds, 1), "0.000001");
  assert.equal(text(putMilliseconds, 12_000_000), "12");
  assert.equal(text(putMilliseconds, 1_500_000), "1.5");
  fc.assert(fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (ns) => {
    const [whole, rest = ""] = text(putMilliseconds, ns).split(".");
    assert.equal(BigInt(whole!) * 1_000_000n + BigInt(rest.padEnd(6, "0")), BigInt(ns));
    assert.doesNotMatch(rest, /0$/);
  }));
});
