import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeText } from "../event/escape.ts";
import { cellWidth, cutToColumns } from "./cells.ts";

Deno.test("cellWidth() counts columns, not characters", () => {
  const cases: readonly [string, number][] = [["", 0], ["/a\\x0a", 6], ["/日本", 5], ["/e\u0301", 2], [
    "/\\…",
    3,
  ]];
  for (const [text, width] of cases) assert.equal(cellWidth(text), width, text);
});

Deno.test("cutToColumns() leaves alone what fits", () => {
  assert.equal(cutToColumns("/12345678", 9), "/12345678");
  assert.equal(cutToColumns("/日本", 5), "/日本");
});

Deno.test("cutToColumns() divides no escape, mark or grapheme", () => {
  assert.equal(cutToColumns("/ab\\x0acd", 6), "/ab…");
  assert.equal(cutToColumns("/ab\\u{202e}cd", 10), "/ab…");
  assert.equal(cutToColumns("/ab\\\\cd", 5), "/ab…");
  assert.equal(cutToColumns("\\<fault>", 7), "…");
  assert.equal(cutToColumns("/日本", 4), "/日…");
  assert.equal(cutToColumns("/日本", 3), "/…");
  assert.equal(cutToColumns("/ae\u0301e\u0301", 3), "/a…");
});

Deno.test("cutToColumns() gives a beginning of the text that fits, for any text", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      (raw, columns) => {
        const text = escapeText(raw);
        const cut = cutToColumns(text, columns);
        assert.ok(cellWidth(cut) <= columns, cut);
        assert.ok(cut === text || (cut.endsWith("…") && text.startsWith(cut.slice(0, -1))));
      },
    ),
  );
});
