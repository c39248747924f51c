import assert from "node:assert/strict";
import fc from "fast-check";
import { goComplex, goFloat } from "./go_float.ts";

Deno.test("goFloat() prints a float64 as Go's %v does", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [-1.5, "-1.5"],
    [0.1, "0.1"],
    [100_000, "100000"],
    [999_999, "999999"],
    [1e6, "1e+06"],
    [1_234_567, "1.234567e+06"],
    [123_456.75, "123456.75"],
    [1e20, "1e+20"],
    [1e100, "1e+100"],
    [0.0001, "0.0001"],
    [0.00012345, "0.00012345"],
    [0.00001, "1e-05"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.MIN_VALUE, "5e-324"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of cases) assert.equal(goFloat(value, 8), text);
});

Deno.test("goFloat() prints a float32 with the digits that it needs, and half to even as Go does", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0.1, "0.1"],
    [16_777_216, "1.6777216e+07"],
    [1_344_884.25, "1.3448842e+06"],
    [180_227.125, "180227.12"],
    [2 ** -96, "1.2621775e-29"],
    [3.4028234663852886e38, "3.4028235e+38"],
    [1.401298464324817e-45, "1e-45"],
  ];
  for (const [value, text] of cases) assert.equal(goFloat(Math.fround(value), 4), text);
});

Deno.test("goFloat() is read back as the same float", () => {
  const finite = { noNaN: true, noDefaultInfinity: true };
  fc.assert(fc.property(fc.double(finite), (value) => {
    assert.equal(Number(goFloat(value, 8)), value);
  }));
  fc.assert(fc.property(fc.float(finite), (value) => {
    assert.equal(Math.fround(Number(goFloat(value, 4))), value);
  }));
});

Deno.test("goComplex() prints both parts with their signs", () => {
  assert.equal(goComplex(1, 2, 8), "(1+2i)");
  assert.equal(goComplex(-1e6, -0.5, 8), "(-1e+06-0.5i)");
  assert.equal(goComplex(Infinity, NaN, 8), "(+Inf+NaNi)");
  assert.equal(goComplex(NaN, Infinity, 8), "(NaN+Infi)");
});
