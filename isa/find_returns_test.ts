import assert from "node:assert/strict";
import fc from "fast-check";
import { findReturns } from "./find_returns.ts";
import type { Returns } from "./returns.ts";

/** Of amd64 code at 0x401000, written in hexadecimal. */
function amd64(hex: string): Returns {
  const code = Uint8Array.from(hex.trim().split(/\s+/), (byte) => parseInt(byte, 16));
  return findReturns(code, { architecture: "x86_64", address: 0x401000 });
}

/** Of arm64 code at 0x10000. */
function arm64(...words: number[]): Returns {
  const code = new Uint8Array(Uint32Array.from(words).buffer);
  return findReturns(code, { architecture: "aarch64", address: 0x10000 });
}

function offsets({ returns }: Returns): number[] {
  return returns.map(({ offset }) => offset);
}

const NOP = 0xd503201f;
const RET = 0xd65f03c0;

Deno.test("findReturns() finds each ret of amd64, which the kernel single-steps", () => {
  // test eax, eax; je +1; ret; rep ret; ret 8
  const found = amd64("85 c0 74 01 c3 f3 c3 c2 08 00");
  assert.deepEqual(found, {
    returns: [
      { offset: 4, size: 1, instruction: "ret", emulated: false, refusal: "" },
      { offset: 5, size: 2, instruction: "rep ret", emulated: false, refusal: "" },
      { offset: 7, size: 3, instruction: "ret 0x8", emulated: false, refusal: "" },
    ],
    tailJumps: [],
    complete: true,
    reason: "",
  });
});

Deno.test("findReturns() finds each ret of arm64, which the kernel emulates", () => {
  // cbz x0, +8; ret; ret x5
  const found = arm64(0xb4000040, RET, 0xd65f00a0);
  assert.deepEqual(found, {
    returns: [
      { offset: 4, size: 4, instruction: "ret", emulated: true, refusal: "" },
      { offset: 8, size: 4, instruction: "ret x5", emulated: true, refusal: "" },
    ],
    tailJumps: [],
    complete: true,
    reason: "",
  });
});

Deno.test("findReturns() takes no byte within another instruction for a ret", () => {
  // mov eax, 0xc3c3c3c3; add ebx, eax (01 c3); vmovdqu ymm0, ymm3 (c5 fe 6f c3); vmovdqu64 zmm0, zmm3; ret
  const found = amd64("b8 c3 c3 c3 c3  01 c3  c5 fe 6f c3  62 f1 fe 48 6f c3  c3");
  assert.deepEqual(offsets(found), [17]);
  assert.equal(found.complete, true);
});

Deno.test("findReturns() passes over the padding behind the code", () => {
  assert.deepEqual(offsets(amd64("c3 cc cc cc")), [0]);
  for (const padding of ["cc", "00", "00 00 00", "90 66 90", "66 2e 0f 1f 84 00 00 00 00 00"]) {
    assert.equal(amd64(`c3 ${padding}`).complete, true, padding);
  }
  assert.deepEqual(offsets(arm64(RET, 0, 0)), [0]);
  assert.equal(arm64(RET, NOP, 0).complete, true);
});

Deno.test("findReturns() tells the jumps that leave the function from those within it", () => {
  // jmp -5 (to 0xfb, outside); je +5 (outside); jmp -8 (to 0, within); call outside; jmp rax; jmp [rdx+8]
  const found = amd64("eb f9  74 70  eb fa  e8 00 10 00 00  ff e0  ff 62 08  c3");
  assert.deepEqual(found.tailJumps, [0, 2, 11, 13]);
  assert.deepEqual(offsets(found), [16]);
  // b -4; b.eq +0x100; b 0; bl outside; br x16; ret
  const other = arm64(0x17ffffff, 0x54000800, 0x17fffffe, 0x94000400, 0xd61f0200, RET);
  assert.deepEqual(other.tailJumps, [0, 4, 16]);
  assert.deepEqual(offsets(other), [20]);
});

Deno.test("findReturns() takes a jump table for no jump out of the function", () => {
  // jmp [rcx+rax*8]
  assert.deepEqual(amd64("ff 24 c1 c3").tailJumps, []);
  // ldr x27, [x1, x0, lsl #3]; br x27; ret
  assert.deepEqual(arm64(0xf860783b, 0xd61f0360, RET).tailJumps, []);
  // ldr x26, [x1, x0, lsl #3]; br x27
  assert.deepEqual(arm64(0xf860783a, 0xd61f0360, RET).tailJumps, [4]);
});

Deno.test("findReturns() passes over the literals among the code of arm64", () => {
  // ldr x0, +8; ret; a literal of two words, each of which would be a ret; ret
  assert.deepEqual(offsets(arm64(0x58000040, RET, RET, RET, RET)), [4, 16]);
  // ldr w0, +8: one word
  assert.deepEqual(offsets(arm64(0x18000040, RET, RET, RET)), [4, 12]);
  // ldr q0, +8: four words
  assert.deepEqual(offsets(arm64(0x9c000040, RET, RET, RET, RET, RET, RET)), [4, 24]);
});

Deno.test("findReturns() says where it could not read on", () => {
  // ret; an opcode that is invalid in 64-bit mode; ret
  const invalid = amd64("c3 06 c3");
  assert.deepEqual(offsets(invalid), [0]);
  assert.equal(invalid.complete, false);
  assert.equal(invalid.reason, "no instruction at +1");
  assert.equal(amd64("c3 e8 00 00").reason, "no instruction at +1");
  const cut = findReturns(Uint8Array.of(0xc0, 0x03, 0x5f, 0xd6, 0xc0), {
    architecture: "aarch64",
    address: 0x10000,
  });
  assert.deepEqual([offsets(cut), cut.complete], [[0], false]);
  assert.equal(cut.reason, "the last 1 bytes are no whole instruction");
});

Deno.test("findReturns() is not complete where data among the code moves the instructions", () => {
  // jmp +1, over a byte of data that takes the ret with it: mov eax, imm32
  const found = amd64("eb 01  b8  c3 90 90 90  c3");
  assert.equal(found.complete, false);
  assert.equal(found.reason, "a branch leads into the middle of an instruction, at +3");
});

Deno.test("findReturns() names the kernel's refusal", () => {
  // cs ret
  assert.match(amd64("2e c3").returns[0]!.refusal, /CS, DS, ES or SS/);
  // retaa, retab
  const found = arm64(0xd65f0bff, 0xd65f0fff);
  assert.deepEqual(found.returns.map(({ instruction }) => instruction), ["retaa", "retab"]);
  for (const { refusal, emulated } of found.returns) {
    assert.match(refusal, /refuses/);
    assert.equal(emulated, false);
  }
});

Deno.test("findReturns() gives an answer for any bytes, with sites within them", () => {
  const architecture = fc.constantFrom("x86_64" as const, "aarch64" as const);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), architecture, (code, architecture) => {
    const { returns, tailJumps, complete, reason } = findReturns(code, { architecture, address: 0x1000 });
    assert.equal(complete, reason === "");
    for (const { offset, size } of returns) assert.ok(offset >= 0 && offset + size <= code.length);
    assert.deepEqual(tailJumps, tailJumps.toSorted((a, b) => a - b));
  }));
});
