import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeBytes, escapedBound, escapeInto, escapeText } from "./escape.ts";

const encoder = new TextEncoder();

/** The inverse of escapeBytes(), as a reader of the output would write it: proof that nothing is lost. */
function unescape(text: string): { bytes: Uint8Array; truncated: boolean } {
  const bytes: number[] = [];
  let truncated = false;
  for (const part of text.matchAll(/\\x([0-9a-f]{2})|\\u\{([0-9a-f]+)\}|\\(\\)|\\(…)|([^\\]+)|(\\)/gu)) {
    assert.equal(truncated, false, "something follows the mark of a cut");
    const [, byte, codePoint, backslash, cut, plain, stray] = part;
    assert.equal(stray, undefined, "a backslash that begins nothing");
    if (byte !== undefined) bytes.push(parseInt(byte, 16));
    else if (codePoint !== undefined) {
      bytes.push(...encoder.encode(String.fromCodePoint(parseInt(codePoint, 16))));
    } else if (backslash !== undefined) bytes.push(0x5c);
    else if (cut !== undefined) truncated = true;
    else bytes.push(...encoder.encode(plain));
  }
  return { bytes: Uint8Array.from(bytes), truncated };
}

const escapeString = (text: string, truncated = false) => escapeBytes(encoder.encode(text), truncated);

/** Bytes with much ASCII and much that is nearly UTF-8, not only noise. */
const someBytes = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 4 }),
    fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => encoder.encode(text)),
    fc.integer({ min: 0x80, max: 0x10ffff }).filter((value) => value < 0xd800 || value > 0xdfff)
      .map((value) => encoder.encode(String.fromCodePoint(value))),
    fc.constantFrom(
      Uint8Array.of(0xed, 0xa0, 0x80),
      Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
      Uint8Array.of(0xe0, 0x80, 0x80),
      Uint8Array.of(0xc0, 0xaf),
      Uint8Array.of(0x5c, 0x5c, 0x78, 0x30, 0x30),
      Uint8Array.of(0xf0, 0x9f, 0x98),
    ),
  ),
  { maxLength: 12 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

Deno.test("escapeBytes() lets printable text through as it is", () => {
  for (const text of ["", "/", "/a b~!\"'<>", "/bücher/日本語/😀", "/e\u0301", "/a\u00a0b", "/नमस्ते"]) {
    assert.equal(escapeString(text), text);
  }
});

Deno.test("escapeBytes() writes control bytes as \\xhh and a backslash as two", () => {
  assert.equal(escapeString("/a\nb\x1b[31m\0\x7f\t\r"), "/a\\x0ab\\x1b[31m\\x00\\x7f\\x09\\x0d");
  assert.equal(escapeString("/a\\x0a"), "/a\\\\x0a");
  assert.equal(escapeString("\\"), "\\\\");
});

Deno.test("escapeBytes() writes what hides, moves or breaks as \\u{h}", () => {
  const cases = [
    [0x80, "C1"],
    [0x9b, "C1 CSI"],
    [0xad, "soft hyphen"],
    [0x34f, "combining grapheme joiner"],
    [0x61c, "Arabic letter mark"],
    [0x200b, "zero-width space"],
    [0x200d, "zero-width joiner"],
    [0x202e, "right-to-left override"],
    [0x2028, "line separator"],
    [0x2029, "paragraph separator"],
    [0x2066, "left-to-right isolate"],
    [0x3164, "Hangul filler"],
    [0xfe0f, "variation selector"],
    [0xfeff, "byte order mark"],
    [0xe000, "private use"],
    [0xffff, "not a character"],
    [0xe0041, "tag"],
    [0x10ffff, "not a character"],
    [0x378, "unassigned"],
  ] as const;
  for (const [codePoint, what] of cases) {
    const text = `/${String.fromCodePoint(codePoint)}z`;
    assert.equal(escapeString(text), `/\\u{${codePoint.toString(16)}}z`, what);
    assert.equal(escapeText(text), `/\\u{${codePoint.toString(16)}}z`, what);
  }
});

Deno.test("escapeBytes() writes bytes that are not UTF-8 one by one", () => {
  const cases: readonly [readonly number[], string][] = [
    [[0xff], "\\xff"],
    [[0xc3], "\\xc3"],
    [[0xc3, 0x28], "\\xc3("],
    [[0xc0, 0xaf], "\\xc0\\xaf"],
    [[0xe0, 0x80, 0x80], "\\xe0\\x80\\x80"],
    [[0xed, 0xa0, 0x80], "\\xed\\xa0\\x80"],
    [[0xf4, 0x90, 0x80, 0x80], "\\xf4\\x90\\x80\\x80"],
    [[0xf5, 0x80, 0x80, 0x80], "\\xf5\\x80\\x80\\x80"],
    [[0xf0, 0x9f, 0x98], "\\xf0\\x9f\\x98"],
    [[0x61, 0x80, 0xe2, 0x82, 0xac], "a\\x80€"],
  ];
  for (const [bytes, text] of cases) assert.equal(escapeBytes(Uint8Array.from(bytes)), text);
});

Deno.test("escapeBytes() marks a cut and leaves out the character that the cut went through", () => {
  assert.equal(escapeString("/abc", true), "/abc\\…");
  assert.equal(escapeString("", true), "\\…");
  for (const character of ["é", "€", "😀", "\u200b"]) {
    const whole = encoder.encode(character);
    for (let length = 1; length < whole.length; length++) {
      const cut = Uint8Array.of(0x2f, ...whole.subarray(0, length));
      assert.equal(escapeBytes(cut, true), "/\\…", `${character} cut after ${length}`);
      assert.match(escapeBytes(cut), /^\/(\\x[0-9a-f]{2})+$/, "not cut: the bytes are the value's own");
    }
    assert.equal(escapeBytes(whole, true), `${escapeBytes(whole)}\\…`);
  }
  assert.equal(escapeBytes(Uint8Array.of(0x2f, 0xe0, 0x80), true), "/\\xe0\\x80\\…", "was never UTF-8");
  assert.equal(escapeBytes(Uint8Array.of(0x80, 0x80, 0x80, 0x80), true), "\\x80\\x80\\x80\\x80\\…");
});

Deno.test("escapeBytes() tells a mark of its own from the same text in the data", () => {
  assert.equal(escapeString("/a\\…"), "/a\\\\…");
  assert.equal(escapeString("\\<nil>"), "\\\\<nil>");
});

Deno.test("escapeBytes() is reversible, one line and printable, for any bytes", () => {
  fc.assert(
    fc.property(someBytes, (bytes) => {
      const text = escapeBytes(bytes);
      assert.match(text, /^[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]*$/u);
      assert.deepEqual(unescape(text), { bytes, truncated: false });
    }),
    { numRuns: 1000 },
  );
});

Deno.test("escapeBytes() of cut bytes gives all of them but at most a partial last character", () => {
  fc.assert(fc.property(someBytes, (bytes) => {
    const { bytes: back, truncated } = unescape(escapeBytes(bytes, true));
    assert.equal(truncated, true);
    assert.ok(bytes.length - back.length <= 3);
    assert.deepEqual(back, bytes.slice(0, back.length));
  }));
});

Deno.test("escapeInto() never writes more than escapedBound() says", () => {
  fc.assert(fc.property(someBytes, fc.boolean(), (bytes, truncated) => {
    const target = new Uint8Array(escapedBound(bytes.length) + 8).fill(0xaa);
    const end = escapeInto(bytes, 0, bytes.length, truncated, target, 4);
    assert.ok(end - 4 <= escapedBound(bytes.length));
    assert.ok(target.subarray(0, 4).every((byte) => byte === 0xaa));
    assert.ok(target.subarray(end).every((byte) => byte === 0xaa));
  }));
});

Deno.test("escapeInto() reads only the range that it is given", () => {
  const source = encoder.encode("xx/päth€");
  const target = new Uint8Array(64);
  const end = escapeInto(source, 2, source.length - 1, false, target, 0);
  assert.equal(new TextDecoder().decode(target.subarray(0, end)), "/päth\\xe2\\x82");
});

Deno.test("escapeText() agrees with escapeBytes() on well-formed text", () => {
  const text = fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((codePoints) =>
    String.fromCodePoint(...codePoints).toWellFormed()
  );
  fc.assert(fc.property(text, (text) => {
    assert.equal(escapeText(text), escapeString(text));
  }));
});

Deno.test("escapeText() escapes a lone surrogate", () => {
  assert.equal(escapeText("a\ud800b"), "a\\u{d800}b");
  assert.equal(escapeText("a\udc00"), "a\\u{dc00}");
});
