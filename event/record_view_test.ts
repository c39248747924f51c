import assert from "node:assert/strict";
import fc from "fast-check";
import { integerAt } from "./record_view.ts";
import { sampleView, serverProbe } from "./sample_view.ts";

Deno.test("integerAt() reads 64 bits, signed and little-endian", () => {
  const probes = [serverProbe(["method", "bytes"])];
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), (bytes) => {
    assert.equal(integerAt(sampleView(probes, { method: "GET", bytes }), 1), Number(bytes));
  }));
});
