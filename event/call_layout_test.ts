import assert from "node:assert/strict";
import { RecordLayout as Head } from "../bpf/mod.ts";
import type { CallField } from "../probe/call/program.ts";
import { shapeCall } from "./call_layout.ts";
import { RECORD_SIZES } from "./record_layout.ts";

function field(capBytes: number, fromEntry: boolean): CallField {
  return {
    name: "x",
    start: { kind: "g" },
    steps: [],
    offset: 0,
    kind: { kind: "string" },
    capBytes,
    fromEntry,
    origin: "",
  };
}

/** Where the slots of so many fields begin. */
function firstSlot(fields: number): number {
  return Math.ceil((Head.byteLength + fields * Head.fields.stride) / 8) * 8;
}

Deno.test("shapeCall() lays out first what is kept from the entry on, each slot at a multiple of 8", () => {
  const shape = shapeCall([field(5, false), field(3, true), field(16, true)])!;
  const first = firstSlot(3);
  assert.deepEqual(shape.slots[shape.largest], [
    { offset: first + 24, capacity: 5 },
    { offset: first, capacity: 3 },
    { offset: first + 8, capacity: 16 },
  ]);
  assert.equal(shape.keptBytes, first + 24);
  assert.equal(shape.bytes, first + 32);
});

Deno.test("shapeCall() takes the smallest record that has the room, and only that", () => {
  for (const [i, size] of RECORD_SIZES.entries()) {
    const shape = shapeCall([field(size - firstSlot(1), true)])!;
    assert.deepEqual([shape.smallest, shape.largest, shape.bytes], [i, i, size]);
  }
});

Deno.test("shapeCall() without fields is a head", () => {
  const shape = shapeCall([])!;
  assert.equal(shape.bytes, firstSlot(0));
  assert.equal(shape.keptBytes, shape.bytes);
});

Deno.test("shapeCall() is undefined where the largest record has no room", () => {
  assert.equal(shapeCall([field(RECORD_SIZES.at(-1)!, true)]), undefined);
});
