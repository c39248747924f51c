import assert from "node:assert/strict";
import type { GoType } from "../go/mod.ts";
import { makeType, pointerTo, STRING, structOf } from "../go/sample_types.ts";
import { listLayout, searchLayout } from "./map_search.ts";
import { arrayOf, BYTE, INT, mapOf } from "./call/sample_function.ts";

function bucketMap(key: GoType, slot: GoType): GoType {
  const group = structOf("bucket", 16 + 8 * (slot.size + INT.size), [
    ["topbits", 0, arrayOf(BYTE, 8)],
    ["keys", 8, arrayOf(slot, 8)],
    ["elems", 8 + 8 * slot.size, arrayOf(INT, 8)],
    ["overflow", 8 + 8 * (slot.size + INT.size), makeType("unsafe.Pointer", "unsafe.Pointer", 8)],
  ]);
  return makeType("map", "map", 8, { key, element: INT, mapParts: { header: undefined, group } });
}

Deno.test("searchLayout() of buckets has the places in the header and in a bucket", () => {
  assert.deepEqual(searchLayout(bucketMap(STRING, STRING)), {
    design: "buckets",
    count: 0,
    buckets: 16,
    oldBuckets: 24,
    logBuckets: 9,
    overflow: 200,
    flags: 8,
    groupSize: 208,
    keys: 8,
    keyStride: 16,
    elems: 136,
    elemStride: 8,
    elemIndirect: 0,
  });
});

Deno.test("searchLayout() of a swiss map has the places in the header, a table and a group", () => {
  assert.deepEqual(searchLayout(mapOf(STRING, INT)), {
    design: "swiss",
    count: 0,
    buckets: 16,
    oldBuckets: 24,
    logBuckets: 16,
    overflow: 24,
    flags: 0,
    groupSize: 200,
    keys: 8,
    keyStride: 24,
    elems: 24,
    elemStride: 24,
    elemIndirect: 0,
  });
});

Deno.test("searchLayout() is undefined for keys behind pointers, and where a map is not described", () => {
  const large = makeType("main.large", "struct", 136);
  assert.equal(searchLayout(bucketMap(large, pointerTo(large))), undefined);
  assert.equal(searchLayout(makeType("map[int]int", "map", 8, { key: INT, element: INT })), undefined);
});

Deno.test("listLayout() has the places of keys and values in a slice of structs, and of nothing else", () => {
  const bytes = makeType("[]uint8", "slice", 24, { element: BYTE });
  const entry = structOf("argsKV", 56, [["key", 0, bytes], ["value", 24, bytes], ["noValue", 48, BYTE]]);
  const list = makeType("[]argsKV", "slice", 24, { element: entry });
  const { design, count, buckets, groupSize, keys, elems } = listLayout(list)!;
  assert.deepEqual([design, count, buckets, groupSize, keys, elems], ["list", 8, 0, 56, 0, 24]);
  assert.equal(listLayout(makeType("[]int", "slice", 24, { element: INT })), undefined);
  assert.equal(listLayout(entry), undefined);
});
