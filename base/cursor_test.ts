import assert from "node:assert/strict";
import { Cursor } from "./cursor.ts";
import { FormatError } from "./errors.ts";

function cursorOver(...bytes: number[]): Cursor {
  return new Cursor(Uint8Array.from(bytes), { name: ".test", base: 0x10 });
}

/** The examples of DWARF 5, table 7.8, and numbers with more bytes than they need. */
const SIGNED: readonly (readonly [number, readonly number[]])[] = [
  [2, [2]],
  [-2, [0x7e]],
  [127, [0xff, 0]],
  [-127, [0x81, 0x7f]],
  [128, [0x80, 1]],
  [-128, [0x80, 0x7f]],
  [-129, [0xff, 0x7e]],
  [-1, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  [1, [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]],
  [2 ** 31, [0x80, 0x80, 0x80, 0x80, 8]],
  [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
  [Number.MIN_SAFE_INTEGER, [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x70]],
];

Deno.test("sleb128() reads signed numbers, however many bytes they take", () => {
  for (const [value, bytes] of SIGNED) {
    const cursor = cursorOver(...bytes, 0xaa);
    assert.equal(cursor.sleb128(), value);
    assert.equal(cursor.position, bytes.length);
  }
});

Deno.test("sleb128() reports a number that is cut off, and one of more than 64 bits", () => {
  assert.throws(() => cursorOver(0x80, 0x80).sleb128(), FormatError);
  const long = cursorOver(0, ...Array.from({ length: 11 }, () => 0x80)).skip(1);
  assert.throws(() => long.sleb128(), /Cannot read \.test at 0x11: a variable-length number is too large/);
});
