import assert from "node:assert/strict";
import { ABSENT, PRESENT, recordOf, TYPES } from "../event/sample_values.ts";
import type { RecordView, ValuePlan } from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { decodeUtf8 } from "../event/utf8.ts";
import { jsonObjectWriter, jsonWriter } from "./value_json.ts";
import { ValueRoom } from "./value_room.ts";

function jsonOf(plan: ValuePlan, view: RecordView, types?: TypeSource): string {
  const target = new Uint8Array(new ValueRoom([plan]).bytesOf(view));
  return decodeUtf8(target.subarray(0, jsonWriter(plan, types)(view, target, 0)));
}

Deno.test("jsonWriter() writes values as its docstring says", () => {
  for (const { plan, values, json } of PRESENT) {
    assert.equal(jsonOf(plan, recordOf(values), TYPES), json);
    JSON.parse(json);
  }
});

Deno.test("jsonWriter() tells apart why there is no value", () => {
  for (const { plan, values, json } of ABSENT) {
    assert.equal(jsonOf(plan, recordOf(values), TYPES), json);
    JSON.parse(json);
  }
});

Deno.test("jsonWriter() escapes names that the executable gives", () => {
  const types = { typeAt: () => 'main.T"\n\u202e' };
  assert.equal(jsonOf({ kind: "type", field: 0 }, recordOf([1]), types), '"main.T\\"\\n\\u202e"');
  const plan: ValuePlan = { kind: "struct", fields: [{ name: 'a"\n', value: { kind: "omitted" } }] };
  assert.deepEqual(JSON.parse(jsonOf(plan, recordOf([]))), { 'a"\n': { $missing: "omitted" } });
});

Deno.test("jsonObjectWriter() names values by their expressions, each once", () => {
  const value: ValuePlan = { kind: "bool", field: 0 };
  const shown = ["x", 'm["key"]', "x"].map((text) => ({ text, value }));
  const target = new Uint8Array(new ValueRoom([value, value, value]).bytesOf(recordOf([1])));
  const end = jsonObjectWriter(shown, undefined)(recordOf([1]), target, 0);
  assert.equal(decodeUtf8(target.subarray(0, end)), '{"x":true,"m[\\"key\\"]":true}');
});
