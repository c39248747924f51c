import assert from "node:assert/strict";
import { decode, type Instruction } from "./decode.ts";
import { isEmulated, refusal } from "./kernel.ts";

function instruction(hex: string): Instruction {
  const decoded = decode(Uint8Array.from(hex.split(" ").map((byte) => parseInt(byte, 16))), 0);
  assert.ok(decoded, hex);
  return decoded;
}

Deno.test("isEmulated() holds for push, direct branches, call and nop", () => {
  for (
    const hex of [
      "55",
      "41 57",
      "76 35",
      "0f 86 00 00 00 00",
      "eb 00",
      "e9 00 00 00 00",
      "e8 00 00 00 00",
      "90",
    ]
  ) {
    assert.equal(isEmulated(instruction(hex)), true, hex);
  }
});

Deno.test("isEmulated() does not hold for what is single-stepped", () => {
  // cmp, ret, sub rsp, mov, push imm, call [rax], jmp rax, xchg r8 rax, nopw, setbe
  const stepped = [
    "49 3b 66 10",
    "c3",
    "48 83 ec 18",
    "48 89 e5",
    "6a 01",
    "ff 10",
    "ff e0",
    "41 90",
    "0f 96 c0",
  ];
  for (const hex of [...stepped, "66 0f 1f 44 00 00", "66 55"]) {
    assert.equal(isEmulated(instruction(hex)), false, hex);
    assert.equal(refusal(instruction(hex)), "", hex);
  }
});

Deno.test("refusal() names LOCK and segment prefixes, but accepts fs", () => {
  assert.match(refusal(instruction("f0 0f b1 0a")), /LOCK/);
  assert.match(refusal(instruction("2e 90")), /CS, DS, ES or SS/);
  assert.match(refusal(instruction("3e 48 8b 00")), /CS, DS, ES or SS/);
  assert.equal(refusal(instruction("64 48 8b 0c 25 f8 ff ff ff")), "");
});

Deno.test("refusal() names privileged and trapping instructions, and AVX, which the kernel misreads", () => {
  // hlt, int3, int, iret, out, vzeroupper, vpxor, 16-bit jmp
  for (const hex of ["f4", "cc", "cd 80", "cf", "ef", "c5 f8 77", "c5 fd ef c0", "66 e9 00 00 00 00"]) {
    assert.notEqual(refusal(instruction(hex)), "", hex);
    assert.equal(isEmulated(instruction(hex)), false, hex);
  }
});

Deno.test("refusal() accepts what lies behind 0f", () => {
  // syscall, popcnt, mfence, pshufb, pclmulqdq
  for (const hex of ["0f 05", "f3 0f b8 c1", "0f ae f0", "66 0f 38 00 c1", "66 0f 3a 44 c1 00"]) {
    assert.equal(refusal(instruction(hex)), "", hex);
  }
});
