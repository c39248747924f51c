import assert from "node:assert/strict";
import { recordOf, TYPES } from "../event/sample_values.ts";
import { ABSENT, PRESENT } from "../event/sample_values.ts";
import type { RecordView, ValuePlan } from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { decodeUtf8 } from "../event/utf8.ts";
import { ValueRoom } from "./value_room.ts";
import { textWriter } from "./value_text.ts";

function textOf(plan: ValuePlan, view: RecordView, types?: TypeSource): string {
  const target = new Uint8Array(new ValueRoom([plan]).bytesOf(view));
  return decodeUtf8(target.subarray(0, textWriter(plan, types)(view, target, 0)));
}

Deno.test("textWriter() writes values as Go's %+v does", () => {
  for (const { plan, values, text } of PRESENT) assert.equal(textOf(plan, recordOf(values), TYPES), text);
});

Deno.test("textWriter() says by a single backslash why there is no value", () => {
  for (const { plan, values, text } of ABSENT) assert.equal(textOf(plan, recordOf(values), TYPES), text);
});

Deno.test("textWriter() escapes names that the executable gives", () => {
  const types = { typeAt: () => "main.T\n\u202e" };
  assert.equal(textOf({ kind: "type", field: 0 }, recordOf([1]), types), "main.T\\x0a\\u{202e}");
  const plan: ValuePlan = { kind: "struct", fields: [{ name: "a\nb", value: { kind: "omitted" } }] };
  assert.equal(textOf(plan, recordOf([])), "{a\\x0ab:…}");
});

Deno.test("textWriter() cuts a type's name that is too long", () => {
  const types = { typeAt: () => `main.Pair[${"\u200b".repeat(5000)}]` };
  const text = textOf({ kind: "type", field: 0 }, recordOf([1]), types);
  assert.match(text, /^main\.Pair\[(\\u\{200b\}){501}…$/);
});
