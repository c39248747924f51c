import assert from "node:assert/strict";
import fc from "fast-check";
import { codePointAt, isValidUtf8, sequenceLength, wholeEnd } from "./utf8.ts";

const encoder = new TextEncoder();
const text = fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((codePoints) =>
  String.fromCodePoint(...codePoints)
);
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decodes(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

Deno.test("sequenceLength() and codePointAt() read every code point that is not a surrogate", () => {
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += codePoint < 0x10000 ? 1 : 97) {
    if (codePoint >= 0xd800 && codePoint <= 0xdfff) continue;
    const bytes = encoder.encode(String.fromCodePoint(codePoint));
    assert.equal(sequenceLength(bytes, 0, bytes.length), bytes.length);
    assert.equal(codePointAt(bytes, 0, bytes.length), codePoint);
  }
});

Deno.test("isValidUtf8() agrees with TextDecoder on every two and three bytes at the edges of the ranges", () => {
  // deno-fmt-ignore
  const edges = [
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1,
    0xf3, 0xf4, 0xf5, 0xff,
  ];
  for (const a of edges) {
    for (const b of edges) {
      const two = Uint8Array.of(a, b);
      if (isValidUtf8(two) !== decodes(two)) assert.fail(`${a} ${b}`);
      for (const c of edges) {
        const three = Uint8Array.of(a, b, c);
        if (isValidUtf8(three) !== decodes(three)) assert.fail(`${a} ${b} ${c}`);
      }
    }
  }
});

Deno.test("isValidUtf8() agrees with TextDecoder on any bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    text.map((value) => encoder.encode(value)),
  );
  fc.assert(fc.property(bytes, (value) => assert.equal(isValidUtf8(value), decodes(value))));
});

Deno.test("wholeEnd() of text that was cut anywhere is where its last whole character ends", () => {
  fc.assert(fc.property(text, fc.nat(), (value, seed) => {
    const bytes = encoder.encode(value);
    const cut = bytes.length === 0 ? 0 : seed % (bytes.length + 1);
    const end = wholeEnd(bytes, 0, cut);
    assert.ok(end <= cut && cut - end < 4);
    assert.ok(decodes(bytes.subarray(0, end)));
    assert.ok(value.toWellFormed().startsWith(strict.decode(bytes.subarray(0, end))));
    if (decodes(bytes.subarray(0, cut))) assert.equal(end, cut);
  }));
});

Deno.test("wholeEnd() does not look before its start", () => {
  assert.equal(wholeEnd(Uint8Array.of(0xe2, 0x82, 0x80), 1, 2), 2);
  assert.equal(wholeEnd(Uint8Array.of(0xe2, 0x82), 0, 2), 0);
  assert.equal(wholeEnd(new Uint8Array(0), 0, 0), 0);
});
