import assert from "node:assert/strict";
import fc from "fast-check";
import { hexDigit, INTEGER_BYTES, putInteger, putPadded } from "./digits.ts";

function integer(value: number): string {
  const target = new Uint8Array(INTEGER_BYTES + 2);
  return new TextDecoder().decode(target.subarray(1, putInteger(value, target, 1)));
}

Deno.test("putInteger() writes what String() gives, for any safe integer", () => {
  for (const value of [0, 9, 10, 99, 1e9 - 1, 1e9, 2 ** 31, -1, Number.MAX_SAFE_INTEGER, -(2 ** 53)]) {
    assert.equal(integer(value), String(value));
  }
  fc.assert(fc.property(fc.maxSafeInteger(), (value) => assert.equal(integer(value), String(value))));
});

Deno.test("putPadded() writes leading zeros", () => {
  const target = new Uint8Array(9);
  assert.equal(putPadded(70_001, 9, target, 0), 9);
  assert.equal(new TextDecoder().decode(target), "000070001");
});

Deno.test("hexDigit() gives the digits in their order", () => {
  const digits = Array.from({ length: 16 }, (_, value) => String.fromCharCode(hexDigit(value)));
  assert.equal(digits.join(""), "0123456789abcdef");
});
