import assert from "node:assert/strict";
import { quote } from "./quote.ts";

Deno.test("quote() writes what strconv.Quote does", () => {
  // The right side as Go 1.26 printed it.
  const cases: readonly [string, string][] = [
    ["", '""'],
    ["GET", '"GET"'],
    ["a b", '"a b"'],
    ['say "hi"\\', '"say \\"hi\\"\\\\"'],
    ["'`", '"\'`"'],
    ["\x00\x07\b\t\n\v\f\r\x1b\x7f", '"\\x00\\a\\b\\t\\n\\v\\f\\r\\x1b\\x7f"'],
    ["é日😀\u0301", '"é日😀\u0301"'],
    ["\u0085\u00a0\u00ad", '"\\u0085\\u00a0\\u00ad"'],
    ["\u200b\u2028\ufeff\ue000", '"\\u200b\\u2028\\ufeff\\ue000"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["\ufffd", '"\ufffd"'],
  ];
  for (const [text, quoted] of cases) assert.equal(quote(new TextEncoder().encode(text)), quoted);
});

Deno.test("quote() writes bytes that are not UTF-8 as such", () => {
  const cases: readonly [readonly number[], string][] = [
    [[0xff], '"\\xff"'],
    [[0x61, 0xc3], '"a\\xc3"'],
    [[0xc3, 0x61], '"\\xc3a"'],
    [[0x80, 0xc3, 0xa9], '"\\x80é"'],
    [[0xc0, 0x80], '"\\xc0\\x80"'],
    [[0xed, 0xa0, 0x80], '"\\xed\\xa0\\x80"'],
    [[0xef, 0xbf], '"\\xef\\xbf"'],
    [[0xef, 0xbf, 0x41], '"\\xef\\xbfA"'],
    [[0xf4, 0x90, 0x80, 0x80], '"\\xf4\\x90\\x80\\x80"'],
    [[0xf0, 0x9f, 0x98], '"\\xf0\\x9f\\x98"'],
  ];
  for (const [bytes, quoted] of cases) assert.equal(quote(Uint8Array.from(bytes)), quoted);
});
