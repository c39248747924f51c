import assert from "node:assert/strict";
import { BytesSource } from "../base/mod.ts";
import { PcValues } from "./pc_values.ts";

/** Value differences +1 (to 0), +2 (to 2), -1 (to 1), then the end; a byte before, since offset 0 means no table. */
const TABLE = [99, 2, 4, 4, 0x80, 1, 1, 3, 0, 77];

Deno.test("a table's first and largest values are read up to its end", () => {
  const values = new PcValues(new BytesSource(Uint8Array.from(TABLE)));
  assert.equal(values.first(1), 0);
  assert.equal(values.largest(1), 2);
});

Deno.test("a difference of 0 is the end only behind the first", () => {
  const values = new PcValues(new BytesSource(Uint8Array.of(99, 0, 8, 4, 2, 0)));
  assert.equal(values.first(1), -1);
  assert.equal(values.largest(1), 1);
});

Deno.test("no table has no value, and one that ends too early ends there", () => {
  const values = new PcValues(new BytesSource(Uint8Array.from([99, 2, 4, 4])));
  assert.equal(values.first(0), -1);
  assert.equal(values.largest(0), -1);
  assert.equal(values.largest(1), 0);
  assert.equal(values.largest(4), -1);
  assert.equal(new PcValues(new BytesSource(Uint8Array.of(1, 0xff, 0xff, 0xff, 0xff, 0xff))).largest(1), -1);
});
