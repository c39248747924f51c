import assert from "node:assert/strict";
import { decodeUtf8 } from "../event/utf8.ts";
import { quoteCell, quoteText } from "./csv_quote.ts";

Deno.test("quoteCell() and quoteText() quote what has commas or quotes, and nothing else", () => {
  const cases = [["", ""], ["a b", "a b"], ["a,b", '"a,b"'], ['"', '""""'], ['x"y,"', '"x""y,"""']] as const;
  for (const [text, cell] of cases) {
    assert.equal(quoteText(text), cell);
    const target = new Uint8Array(20).fill(0x2d);
    new TextEncoder().encodeInto(text, target.subarray(3));
    const end = quoteCell(target, 3, 3 + text.length);
    assert.equal(decodeUtf8(target.subarray(0, end + 1)), `---${cell}-`);
  }
});
