import assert from "node:assert/strict";
import fc from "fast-check";
import { findProbeSite, type SiteChoice } from "../mod.ts";

const ADDRESS = 0x20000;
const MORESTACK = 0x10000;

/** Marks a branch to the block; its condition is added. */
const BRANCH = 0x54000000;
const LO = BRANCH + 3;
const EQ = BRANCH + 0;
const LS = BRANCH + 9;
/** str x30, [sp, #-32]!; ret. */
const BODY: readonly number[] = [0xf81e0ffe, 0xd65f03c0];

interface Shape {
  readonly prologue: readonly number[];
  readonly spills?: readonly number[];
  readonly reloads?: readonly number[];
  readonly callee?: number;
}

function assemble({ prologue, spills = [], reloads = [], callee = MORESTACK }: Shape): Uint8Array {
  const block = prologue.length + BODY.length;
  const words = prologue.map((word, i) =>
    (word & 0xfffffff0) >>> 0 === BRANCH ? word | (block - i) << 5 : word
  );
  words.push(...BODY, ...spills, 0xaa1e03e3);
  words.push((0x94000000 | (callee - ADDRESS - 4 * words.length) / 4 & 0x3ffffff) >>> 0);
  words.push(...reloads);
  words.push((0x14000000 | -words.length & 0x3ffffff) >>> 0);
  return toBytes(words);
}

function toBytes(words: readonly number[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [0, 8, 16, 24].map((shift) => word >>> shift & 0xff)));
}

function find(code: Uint8Array): SiteChoice {
  return findProbeSite(code, {
    architecture: "aarch64",
    address: ADDRESS,
    isMorestack: (address) => address === MORESTACK,
  });
}

Deno.test("findProbeSite() takes the b.ls of every arm64 frame size since Go 1.18", () => {
  const prologues: readonly (readonly number[])[] = [
    [0xf9400b90, 0xeb3063ff, LS],
    // sub x17, sp, #0xb0; cmp x17, x16
    [0xf9400b90, 0xd102c3f1, 0xeb10023f, LS],
    // mov x27, #5040; subs x17, sp, x27; b.lo; cmp x17, x16
    [0xf9400b90, 0xd282761b, 0xeb3b63f1, LO, 0xeb10023f, LS],
    // mov x27, #65456; movk x27, #15, lsl #16; ...
    [0xf9400b90, 0xd29ff61b, 0xf2a001fb, 0xeb3b63f1, LO, 0xeb10023f, LS],
  ];
  for (const prologue of prologues) {
    const site = find(assemble({ prologue }));
    const offset = 4 * (prologue.length - 1);
    assert.deepEqual(site, {
      offset,
      class: "branch",
      guard: "branch-not-taken",
      emulated: true,
      instruction: `b.ls 0x${(ADDRESS + offset + 12).toString(16)}`,
      g: { kind: "register", register: "x28" },
      convention: "register",
      once: true,
      refusal: "",
      reason: "",
    });
  }
});

Deno.test("findProbeSite() takes the b.ls of every arm64 frame size to Go 1.17, with stack arguments", () => {
  const prologues: readonly (readonly number[])[] = [
    // mov x2, sp; cmp x2, x1
    [0xf9400b81, 0x910003e2, 0xeb01005f, LS],
    // mov x27, #-1314; cmp x1, x27; b.eq; add x2, sp, #928; sub x2, x2, x1; mov x3, #33616; cmp x2, x3
    [0xf9400b81, 0x9280a43b, 0xeb1b003f, EQ, 0x910e83e2, 0xcb010042, 0xd2906a03, 0xeb03005f, LS],
    // 1.17: mov x27, #5040; subs x2, sp, x27; b.lo; cmp x2, x1
    [0xf9400b81, 0xd282761b, 0xeb3b63e2, LO, 0xeb01005f, LS],
  ];
  for (const prologue of prologues) {
    const site = find(assemble({ prologue }));
    assert.deepEqual([site.offset, site.class], [4 * (prologue.length - 1), "branch"]);
    assert.equal(site.convention, "stack");
  }
});

Deno.test("findProbeSite() accepts arm64 spills, near and through x27", () => {
  const prologue = [0xf9400b90, 0xeb3063ff, LS];
  // stp x0, x1, [sp, #8]; strb w4, [sp, #545]; add x27, sp, #520; stp x0, x1, [x27]
  const spills = [0xa90087e0, 0x390887e4, 0x910823fb, 0xa9000760];
  const reloads = [0x910823fb, 0xa9400760, 0x394887e4, 0xf9410fe2];
  assert.equal(find(assemble({ prologue, spills, reloads })).class, "branch");
});

Deno.test("findProbeSite() explains an unknown arm64 prologue", () => {
  const cases: readonly Uint8Array[] = [
    assemble({ prologue: [0xf9400b90, 0xeb3063ff, LS], callee: MORESTACK + 4 }),
    assemble({ prologue: [0xf9400b90, 0xeb3063ff, LO] }),
    // The guard in x0, which holds an argument.
    assemble({ prologue: [0xf9400b80, 0xeb2063ff, LS] }),
    // A store before the check.
    assemble({ prologue: [0xf90007e0, 0xf9400b90, 0xeb3063ff, LS] }),
    toBytes([0xf9400b90, 0xeb3063ff, 0x54ffffe9]),
  ];
  for (const [i, code] of cases.entries()) {
    const site = find(code);
    assert.deepEqual([site.offset, site.class, site.once], [0, "entry", false], String(i));
    assert.match(site.reason, /^unknown prologue: /, String(i));
  }
});

Deno.test("findProbeSite() decides on arm64 by the comparison alone when the block is cut off", () => {
  const code = assemble({ prologue: [0xf9400b90, 0xeb3063ff, LS] });
  for (const size of [12, 16, 24, code.length - 1]) assert.equal(find(code.subarray(0, size)).offset, 8);
});

Deno.test("findProbeSite() takes the first arm64 instruction without a stack check", () => {
  const plain = find(toBytes([0xf81e0ffe, 0xd65f03c0]));
  assert.deepEqual([plain.class, plain.reason, plain.once], ["entry", "no stack check", true]);
  assert.deepEqual([plain.instruction, plain.emulated, plain.refusal], ["str x30, [sp, #-32]!", false, ""]);
  const returns = find(toBytes([0xd65f03c0]));
  assert.deepEqual([returns.instruction, returns.emulated], ["ret", true]);
  // ldr w1, [x0]; cbz w1, back; ret
  const loop = find(toBytes([0xb9400001, 0x34ffffe1, 0xd65f03c0]));
  assert.equal(loop.once, false);
  assert.match(find(toBytes([0x58000040])).refusal, /literal/);
  assert.match(find(new Uint8Array(3)).refusal, /cannot be decoded/);
});

Deno.test("findProbeSite() answers any arm64 words with a site inside them", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 0xffffffff }), { maxLength: 24 }), (words) => {
    const site = find(toBytes(words));
    assert.ok(site.offset <= 4 * words.length);
    assert.equal(site.class === "entry", site.reason !== "");
  }));
});
