import assert from "node:assert/strict";
import { findCallees } from "./callees.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" "), (byte) => parseInt(byte, 16));
}

Deno.test("findCallees() finds calls and tail jumps of amd64, and leaves out jumps within", () => {
  // push rbp; call +0x100 (ends at 6); jmp -1 (within); jmp rel32 backwards out (ends at 13); call rax
  const code = bytes("55 e8 00 01 00 00 eb fe e9 00 ff ff ff ff d0");
  assert.deepEqual(
    findCallees(code, { architecture: "x86_64", address: 0x401000 }),
    new Set([0x401106, 0x400f0d]),
  );
});

Deno.test("findCallees() stops at bytes that are no instruction", () => {
  const code = bytes("90 06 e8 00 01 00 00");
  assert.deepEqual(findCallees(code, { architecture: "x86_64", address: 0x1000 }), new Set());
});

Deno.test("findCallees() finds bl and b of arm64", () => {
  // bl +0x100; b . (within); b -0x20; ret
  const code = bytes("40 00 00 94 00 00 00 14 f8 ff ff 17 c0 03 5f d6");
  assert.deepEqual(
    findCallees(code, { architecture: "aarch64", address: 0x10000 }),
    new Set([0x10100, 0x10008 - 0x20]),
  );
});
