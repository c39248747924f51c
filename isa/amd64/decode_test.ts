import assert from "node:assert/strict";
import fc from "fast-check";
import { decode } from "./decode.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" ").map((byte) => parseInt(byte, 16)));
}

Deno.test("decode() reads operands: cmp rsp, [r14+0x10]", () => {
  const instruction = decode(bytes("49 3b 66 10"), 0);
  assert.ok(instruction);
  assert.equal(instruction.length, 4);
  assert.equal(instruction.opcode, 0x3b);
  assert.equal(instruction.reg, 4);
  assert.deepEqual(instruction.memory, {
    base: 14,
    index: undefined,
    scale: 1,
    displacement: 0x10,
    ripRelative: false,
  });
});

Deno.test("decode() reads a load from thread-local storage without a base register", () => {
  const instruction = decode(bytes("64 48 8b 0c 25 f8 ff ff ff"), 0);
  assert.equal(instruction?.length, 9);
  assert.deepEqual(instruction?.prefixes, [0x64]);
  assert.equal(instruction?.memory?.base, undefined);
  assert.equal(instruction?.memory?.displacement, -8);
  assert.equal(instruction?.memory?.ripRelative, false);
});

Deno.test("decode() gives branch targets relative to the code, forwards and backwards", () => {
  assert.equal(decode(bytes("90 90 76 35"), 2)?.target, 4 + 0x35);
  assert.equal(decode(bytes("e9 07 ff ff ff"), 0)?.target, 5 - 0xf9);
  assert.equal(decode(bytes("0f 86 cd 00 00 00"), 0)?.target, 6 + 0xcd);
});

Deno.test("decode() knows the lengths of immediates, SIB bytes, VEX and EVEX", () => {
  const lengths: Readonly<Record<string, number>> = {
    "55": 1,
    "41 57": 2,
    "48 b8 01 02 03 04 05 06 07 08": 10,
    "b8 01 02 03 04": 5,
    "66 b8 01 02": 4,
    "48 a1 01 02 03 04 05 06 07 08": 10,
    "f6 c1 07": 3,
    "f6 d1": 2,
    "48 f7 c1 01 00 00 00": 7,
    "66 f7 c1 01 00": 5,
    "c8 10 00 00": 4,
    "c2 08 00": 3,
    "4c 8d a4 24 f8 fe ff ff": 8,
    "66 0f 1f 84 00 00 00 00 00": 9,
    "66 0f 3a 0f c1 08": 6,
    "66 0f 38 00 c1": 5,
    "c5 f8 77": 3,
    "c4 e3 7d 39 c1 01": 6,
    "62 f1 fe 48 6f 06": 6,
    "0f c2 c1 02": 4,
    "f0 0f b1 0a": 4,
  };
  for (const [hex, length] of Object.entries(lengths)) {
    assert.equal(decode(bytes(hex), 0)?.length, length, hex);
  }
});

Deno.test("decode() refuses what is cut off, too long, or no instruction", () => {
  for (const hex of ["49 3b 66", "0f", "64", "e8 00 00", "06", "ea 00 00 00 00 00 00", "c4 e0 7d 39 c1"]) {
    assert.equal(decode(bytes(hex), 0), undefined, hex);
  }
  assert.equal(decode(new Uint8Array(20).fill(0x66), 0), undefined);
  assert.equal(decode(bytes("55"), 1), undefined);
  assert.equal(decode(bytes("55"), -1), undefined);
});

Deno.test("decode() stays within the bytes, whatever they are", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), (code) => {
    const instruction = decode(code, 0);
    if (instruction === undefined) return;
    assert.ok(instruction.length >= 1 && instruction.length <= Math.min(15, code.length));
    // What follows an instruction never changes it.
    assert.deepEqual(decode(code.subarray(0, instruction.length), 0), instruction);
  }));
});
