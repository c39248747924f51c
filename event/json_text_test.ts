import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonBound, jsonInto, toJson } from "./json_text.ts";

function json(bytes: Uint8Array): string {
  const target = new Uint8Array(jsonBound(bytes.length) + 3);
  const end = jsonInto(bytes, 0, bytes.length, target, 1);
  assert.ok(end <= 1 + jsonBound(bytes.length));
  return `"${new TextDecoder().decode(target.subarray(1, end))}"`;
}

const ofText = (text: string) => json(new TextEncoder().encode(text));

Deno.test("jsonInto() writes printable text as it is", () => {
  for (const text of ["", "/ping", "日本語/é", "\u{1f600}", "</script>"]) {
    assert.equal(ofText(text), `"${text}"`);
  }
});

Deno.test("jsonInto() escapes as JSON does, and what a terminal would obey", () => {
  assert.equal(ofText('a"b\\c\n\t\r\b\f'), '"a\\"b\\\\c\\n\\t\\r\\b\\f"');
  assert.equal(ofText("\0\x1b\x7f\x9b"), '"\\u0000\\u001b\\u007f\\u009b"');
  assert.equal(ofText("\u202e\u2028\u200d\ufeff"), '"\\u202e\\u2028\\u200d\\ufeff"');
  assert.equal(ofText("\u{e0001}"), '"\\udb40\\udc01"');
});

Deno.test("jsonInto() gives the text that a TextDecoder gives, for any bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    // Beginnings and ends of sequences, next to each other.
    fc.array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f, 0xff), {
      maxLength: 12,
    }).map((values) => Uint8Array.from(values)),
    fc.string({ unit: "binary", maxLength: 64 }).map((text) => new TextEncoder().encode(text)),
  );
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  fc.assert(
    fc.property(bytes, (value) => {
      const text = json(value);
      assert.equal(JSON.parse(text), decoder.decode(value));
      assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("toJson() escapes the same characters in any value", () => {
  assert.equal(toJson({ a: ["\u202e\x9b", "\ud800", undefined] }), '{"a":["\\u202e\\u009b","\\ud800",null]}');
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = toJson(value);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
  }));
});
