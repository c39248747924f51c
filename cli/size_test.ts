import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../base/errors.ts";
import { MAX_RING_BYTES, parseRingSize } from "./size.ts";

const flag = "--buffer-size";

Deno.test("parseRingSize() takes bytes, K and M", () => {
  assert.equal(parseRingSize("8M", flag), 8 * 1024 * 1024);
  assert.equal(parseRingSize("512k", flag), 512 * 1024);
  assert.equal(parseRingSize("65536", flag), 65536);
  assert.equal(parseRingSize("1024M", flag), MAX_RING_BYTES);
});

Deno.test("parseRingSize() rounds up to a power of two and a page", () => {
  assert.equal(parseRingSize("1", flag), 4096);
  assert.equal(parseRingSize("5000", flag), 8192);
  assert.equal(parseRingSize("3M", flag), 4 * 1024 * 1024);
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX_RING_BYTES }), (bytes) => {
    const size = parseRingSize(String(bytes), flag);
    assert.ok(size >= bytes && size % 4096 === 0 && Number.isInteger(Math.log2(size)));
    assert.ok(size === 4096 || size / 2 < bytes);
  }));
});

Deno.test("parseRingSize() refuses what is not a size, with a hint", () => {
  for (const text of ["", "M", "8G", "8MB", "-8M", "1.5M", "8 M", "0x10", "1e6"]) {
    assert.throws(
      () => parseRingSize(text, flag),
      (error) =>
        error instanceof UsageError && error.message.includes(`"${text}"`) && error.hint.includes("8M"),
      text,
    );
  }
  for (const text of ["0", "1025M", "9".repeat(400)]) {
    assert.throws(() => parseRingSize(text, flag), /out of range/, text);
  }
});
