import assert from "node:assert/strict";
import { findCallSite } from "./call_site.ts";

Deno.test("findCallSite() finds the first direct call of a function on amd64, and no jump to it", () => {
  // push rbp; jmp 0x2000; call 0x3000; call 0x2000; ret
  const code = Uint8Array.of(
    0x55,
    ...[0xe9, 0xfa, 0x0f, 0x00, 0x00],
    ...[0xe8, 0xf5, 0x1f, 0x00, 0x00],
    ...[0xe8, 0xf0, 0x0f, 0x00, 0x00],
    0xc3,
  );
  const options = { architecture: "x86_64", address: 0x1000 } as const;
  assert.deepEqual(findCallSite(code, 0x2000, options), {
    offset: 11,
    emulated: true,
    instruction: "call 0x2000",
  });
  assert.equal(findCallSite(code, 0x4000, options), undefined);
  assert.equal(findCallSite(new Uint8Array(0), 0x2000, options), undefined);
});

Deno.test("findCallSite() finds `bl` on arm64", () => {
  // nop; bl 0x2000
  const code = new Uint8Array(Uint32Array.of(0xd503201f, 0x94000000 | (0x2000 - 0x1004) >> 2).buffer);
  const options = { architecture: "aarch64", address: 0x1000 } as const;
  assert.deepEqual(findCallSite(code, 0x2000, options), {
    offset: 4,
    emulated: true,
    instruction: "bl 0x2000",
  });
  assert.equal(findCallSite(code, 0x3000, options), undefined);
});
