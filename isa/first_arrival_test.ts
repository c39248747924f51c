import assert from "node:assert/strict";
import { findProbeSite } from "./find_probe_site.ts";

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.trim().split(/\s+/), (byte) => parseInt(byte, 16));
}

/** Index of CX, and R2, in Go's order of argument registers. */
const REQUEST = 2;

/** A prologue of Go 1.26, and a block that grows the stack: `spills`, call morestack, `reloads`, jmp 0. */
function amd64(spills: string, reloads: string): Uint8Array {
  const head = bytes("49 3b 66 10 76 08 55 48 89 e5 5d c3 90 90"); // cmp rsp,[r14+16]; jbe +8; push rbp; ..; ret
  const block = [...bytes(spills || "90"), ...bytes("e8 00 10 00 00"), ...bytes(reloads || "90")];
  const jump = -(head.length + block.length + 2);
  return Uint8Array.from([...head, ...block, 0xeb, jump & 0xff]);
}

Deno.test("findProbeSite() keeps the push where the registers that are read come back from morestack", () => {
  // mov [rsp+24],rcx; .. mov rcx,[rsp+24]
  const code = amd64("48 89 4c 24 18", "48 8b 4c 24 18");
  const site = findProbeSite(code, { architecture: "x86_64", address: 0x1000, reads: [REQUEST] });
  assert.equal(site.class, "push");
  assert.equal(site.guard, "none");
});

Deno.test("findProbeSite() takes the branch, at first arrivals, where a register that is read does not come back", () => {
  for (const [spills, reloads] of [["", ""], ["48 89 44 24 08", "48 8b 44 24 08"]] as const) {
    const code = amd64(spills, reloads);
    const site = findProbeSite(code, { architecture: "x86_64", address: 0x1000, reads: [REQUEST] });
    assert.equal(site.class, "branch");
    assert.equal(site.guard, "first-arrival");
    assert.equal(site.offset, 4);
    assert.equal(site.emulated, true);
    const stack = findProbeSite(code, { architecture: "x86_64", address: 0x1000 });
    assert.equal(stack.class, "push");
  }
});

Deno.test("findProbeSite() does not take half a register for a whole one", () => {
  // mov ecx,[rsp+24]
  const site = findProbeSite(amd64("89 4c 24 18", "8b 4c 24 18"), {
    architecture: "x86_64",
    address: 0x1000,
    reads: [REQUEST],
  });
  assert.equal(site.guard, "first-arrival");
});

/** Words of arm64 code. */
function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

Deno.test("findProbeSite() looks at the reloads of arm64: ldr and ldp", () => {
  // ldr x16,[x28,#16]; cmp sp,x16; b.ls +12; ret; nop; [spill] mov x3,x30; bl; [reload] b 0
  const head = [0xf9400b90, 0xeb3063ff, 0x54000069, 0xd65f03c0, 0xd503201f];
  const code = (...reloads: number[]) => {
    const block = [0xaa1e03e3, 0x94000400, ...reloads];
    const at = head.length + block.length;
    return words(...head, ...block, (0x14000000 | -at & 0x3ffffff) >>> 0);
  };
  const guard = (bytes: Uint8Array) =>
    findProbeSite(bytes, { architecture: "aarch64", address: 0x10000, reads: [REQUEST] }).guard;
  assert.equal(guard(code(0xf9400fe2)), "branch-not-taken"); // ldr x2,[sp,#24]
  assert.equal(guard(code(0xa9408be1)), "branch-not-taken"); // ldp x1,x2,[sp,#8]
  assert.equal(guard(code(0xf9400be1)), "first-arrival"); // ldr x1,[sp,#16]
  assert.equal(guard(code()), "first-arrival");
});
