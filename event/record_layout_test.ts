import assert from "node:assert/strict";
import fc from "fast-check";
import type { FieldPlan } from "../probe/plan.ts";
import { RecordLayout } from "../bpf/mod.ts";
import { shapeRecords } from "./record_layout.ts";

/** A field of which only the kind and the cap matter here. */
function field(capBytes: number, integer = false): FieldPlan {
  return {
    name: "field",
    expression: "req.Field",
    location: { kind: "register", index: 0, name: "AX" },
    derefs: [],
    offset: 0,
    kind: integer ? { kind: "integer", size: 8, signed: false } : { kind: "string" },
    capBytes,
    origin: "",
  };
}

Deno.test("shapeRecords() gives a method and a path the smallest record when they are short", () => {
  const shape = shapeRecords([field(32), field(256)])!;
  assert.equal(shape.sizes[shape.smallest], 64);
  assert.deepEqual(shape.slots[shape.smallest], [{ offset: 24, capacity: 8 }, { offset: 32, capacity: 32 }]);
  assert.equal(shape.sizes[shape.largest], 512);
  assert.deepEqual(shape.slots[shape.largest]!.map(({ capacity }) => capacity), [32, 256]);
});

Deno.test("shapeRecords() refuses caps that do not fit into the largest record", () => {
  assert.equal(shapeRecords([field(4096), field(4096)]), undefined);
});

Deno.test("shapeRecords(): slots in use lie in the record, apart from each other, with room for every cap at last", () => {
  const fields = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 700 }), fc.boolean()).map(([cap, integer]) => field(cap, integer)),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(fc.property(fields, (fields) => {
    const shape = shapeRecords(fields)!;
    for (let size = shape.smallest; size <= shape.largest; size++) {
      const row = shape.slots[size]!;
      let end = RecordLayout.byteLength + fields.length * RecordLayout.fields.stride;
      for (const { offset, capacity } of row) {
        assert.equal(offset % 8, 0);
        // A size in the middle that has no room for a field is passed over by the program: nothing fits its zeros.
        assert.ok(capacity >= 0);
        if (capacity === 0) continue;
        assert.ok(offset >= end);
        end = offset + capacity;
      }
      assert.ok(end <= shape.sizes[size]!);
    }
    fields.forEach((field, i) => {
      const wanted = field.kind.kind === "integer" ? 8 : field.capBytes;
      assert.equal(shape.slots[shape.largest]![i]!.capacity, wanted);
    });
  }));
});
