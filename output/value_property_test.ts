import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_FIELDS, type ValuePlan } from "../event/record_view.ts";
import { FAULT, NIL, NO_KEY, OTHER_TYPE, RANGE, type SampleValue } from "../event/sample_view.ts";
import { recordOf } from "../event/sample_values.ts";
import { decodeUtf8, isValidUtf8 } from "../event/utf8.ts";
import { jsonWriter } from "./value_json.ts";
import { ValueRoom } from "./value_room.ts";
import { textWriter } from "./value_text.ts";
import type { PutValue } from "./value_writer.ts";

const field = fc.nat({ max: MAX_FIELDS - 1 });
const name = fc.string({ unit: "binary", maxLength: 8 });

/** Plans of all kinds, whose fields hold anything. */
const { plan } = fc.letrec<{ plan: ValuePlan }>((tie) => ({
  plan: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom("bool", "string", "bytes", "pointer", "duration", "type"),
      field,
    }) as fc.Arbitrary<ValuePlan>,
    fc.record({
      kind: fc.constant("integer"),
      field,
      bytes: fc.constantFrom(1, 2, 4, 8),
      signed: fc.boolean(),
    }) as fc.Arbitrary<ValuePlan>,
    fc.record({ kind: fc.constant("float"), field, bytes: fc.constantFrom(4, 8) }) as fc.Arbitrary<ValuePlan>,
    fc.record({
      kind: fc.constant("complex"),
      real: field,
      imaginary: field,
      bytes: fc.constantFrom(4, 8),
    }) as fc.Arbitrary<ValuePlan>,
    fc.record({ kind: fc.constant("time"), wall: field, ext: field }) as fc.Arbitrary<ValuePlan>,
    fc.record({ kind: fc.constant("unreadable"), reason: name }) as fc.Arbitrary<ValuePlan>,
    fc.record({ kind: fc.constant("constant"), value: fc.nat() }) as fc.Arbitrary<ValuePlan>,
    fc.record({ kind: fc.constant("reference"), field, value: tie("plan") }) as fc.Arbitrary<ValuePlan>,
    fc.record({
      kind: fc.constant("struct"),
      fields: fc.array(fc.record({ name, value: tie("plan") }), { maxLength: 4 }),
    }) as fc.Arbitrary<ValuePlan>,
    fc.record({
      kind: fc.constant("interface"),
      type: field,
      candidates: fc.array(fc.record({ typeName: name, value: tie("plan") }), { maxLength: 3 }),
    }) as fc.Arbitrary<ValuePlan>,
    fc.record({
      kind: fc.constant("list"),
      lengthField: fc.option(field, { nil: undefined }),
      length: fc.nat({ max: 5 }),
      elements: fc.array(tie("plan"), { maxLength: 4 }),
    }).filter(({ length, elements }) => elements.length <= length) as fc.Arbitrary<ValuePlan>,
    fc.constant<ValuePlan>({ kind: "omitted" }),
  ),
}));

const someBytes = fc.uint8Array({ maxLength: 24 });
const value: fc.Arbitrary<SampleValue> = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.nat({ max: 3 }),
  someBytes,
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.record({ text: someBytes, more: fc.nat({ max: 5000 }) }),
  fc.record({ mapEntries: fc.nat() }),
  fc.constantFrom(NIL, FAULT, RANGE, OTHER_TYPE, NO_KEY),
);
const values = fc.array(value, { minLength: MAX_FIELDS, maxLength: MAX_FIELDS });
const typeName = fc.option(fc.string({ unit: "binary", maxLength: 600 }), { nil: undefined });

/** What is written, within the room that was told for it. */
function written(
  plan: ValuePlan,
  values: readonly SampleValue[],
  make: (plan: ValuePlan) => PutValue,
): string {
  const view = recordOf(values);
  const target = new Uint8Array(new ValueRoom([plan]).bytesOf(view));
  const end = make(plan)(view, target, 0);
  assert.ok(end <= target.length, `${end} bytes in a room of ${target.length}`);
  const bytes = target.subarray(0, end);
  assert.ok(isValidUtf8(bytes));
  return decodeUtf8(bytes);
}

Deno.test("a value as text is one printable line, whatever the record holds", () => {
  fc.assert(
    fc.property(plan, values, typeName, (plan, values, typeName) => {
      const text = written(plan, values, (plan) => textWriter(plan, { typeAt: () => typeName }));
      assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a value as JSON is one line that can be parsed, whatever the record holds", () => {
  fc.assert(
    fc.property(plan, values, typeName, (plan, values, typeName) => {
      const json = written(plan, values, (plan) => jsonWriter(plan, { typeAt: () => typeName }));
      assert.doesNotMatch(json, /[\p{C}\p{Zl}\p{Zp}]/u);
      JSON.parse(json);
    }),
    { numRuns: 2000 },
  );
});
