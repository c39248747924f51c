import assert from "node:assert/strict";
import { isEmulated, refusal } from "./kernel.ts";

Deno.test("isEmulated() holds on arm64 for branches, adr and adrp", () => {
  // b, bl, b.ls, cbz, tbz, adr, adrp, br x16, blr x1, ret
  for (
    const word of [
      ...[0x14000004, 0x97f9931f, 0x540001c9, 0xb4000144, 0x360000e6, 0x10000000, 0xb0000180],
      ...[0xd61f0200, 0xd63f0020, 0xd65f03c0],
    ]
  ) {
    assert.equal(isEmulated(word), true, word.toString(16));
    assert.equal(refusal(word), "", word.toString(16));
  }
});

Deno.test("isEmulated() does not hold on arm64 for what is stepped out of line", () => {
  // ldr x16, [x28, #16]; cmp; str x30, [sp, #-16]!; sub sp; movz; nop; mrs tpidr_el0
  for (const word of [0xf9400b90, 0xeb3063ff, 0xf81f0ffe, 0xd10043ff, 0xd2800002, 0xd503201f, 0xd53bd040]) {
    assert.equal(isEmulated(word), false, word.toString(16));
    assert.equal(refusal(word), "", word.toString(16));
  }
});

Deno.test("refusal() names on arm64 exclusives, literals, system calls and hints", () => {
  // ldaxr, stlxr, ldr x0 literal, svc, brk, msr, wfe, retaa
  for (
    const word of [
      ...[0xc85ffc00, 0xc801fc02, 0x58000040, 0xd4000001, 0xd4200000, 0xd51bd040, 0xd503205f, 0xd65f0bff],
    ]
  ) {
    assert.notEqual(refusal(word), "", word.toString(16));
  }
});
