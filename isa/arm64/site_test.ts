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

/** The stack checks of real executables, whole servers of Go 1.12 to 1.27: all that occur, but for constants. */
const PROLOGUES: readonly { readonly title: string; readonly words: readonly number[] }[] = [
  // To 1.17, x1 and x2.
  // ldr x1, [x28, #16]; mov x2, sp; cmp x2, x1
  { title: "1.12 to 1.17, small", words: [0xf9400b81, 0x910003e2, 0xeb01005f, LS] },
  // sub x2, sp, #96
  { title: "1.12 to 1.17, medium", words: [0xf9400b81, 0xd10183e2, 0xeb01005f, LS] },
  // ldr x1, [x28, #24]
  { title: "1.12 to 1.17, small, runtime", words: [0xf9400f81, 0x910003e2, 0xeb01005f, LS] },
  { title: "1.12 to 1.17, medium, runtime", words: [0xf9400f81, 0xd10603e2, 0xeb01005f, LS] },
  // mov x27, #-1314; cmp x1, x27; b.eq; add x2, sp, #880; sub x2, x2, x1; mov x3, #9504; cmp x2, x3
  {
    title: "1.12 to 1.16, huge",
    words: [
      ...[0xf9400b81, 0x9280a43b, 0xeb1b003f, EQ],
      ...[0x910dc3e2, 0xcb010042, 0xd2846403, 0xeb03005f, LS],
    ],
  },
  // mov x3, #787; movk x3, #16, lsl #16
  {
    title: "1.12 to 1.16, a mebibyte",
    words: [
      ...[0xf9400b81, 0x9280a43b, 0xeb1b003f, EQ],
      ...[0x910dc3e2, 0xcb010042, 0xd2806203, 0xf2a00203, 0xeb03005f, LS],
    ],
  },
  // subs x2, sp, #4016; b.lo
  { title: "1.17, just huge", words: [0xf9400b81, 0xf13ec3e2, LO, 0xeb01005f, LS] },
  // subs x2, sp, #2, lsl #12
  { title: "1.17, huge and round", words: [0xf9400b81, 0xf1400be2, LO, 0xeb01005f, LS] },
  // mov x27, #8112; subs x2, sp, x27
  { title: "1.17, huge", words: [0xf9400b81, 0xd283f61b, 0xeb3b63e2, LO, 0xeb01005f, LS] },
  // From 1.18 on, x16 and x17.
  // ldr x16, [x28, #16]; mov x17, sp; cmp x17, x16
  { title: "1.18, small", words: [0xf9400b90, 0x910003f1, 0xeb10023f, LS] },
  { title: "1.18, small, runtime", words: [0xf9400f90, 0x910003f1, 0xeb10023f, LS] },
  // cmp sp, x16
  { title: "1.19 to 1.27, small", words: [0xf9400b90, 0xeb3063ff, LS] },
  { title: "1.19 to 1.27, small, runtime", words: [0xf9400f90, 0xeb3063ff, LS] },
  // sub x17, sp, #16
  { title: "1.18 to 1.27, medium", words: [0xf9400b90, 0xd10043f1, 0xeb10023f, LS] },
  { title: "1.18 to 1.27, medium, runtime", words: [0xf9400f90, 0xd10643f1, 0xeb10023f, LS] },
  // subs x17, sp, #3984; b.lo
  { title: "1.18 to 1.27, just huge", words: [0xf9400b90, 0xf13e43f1, LO, 0xeb10023f, LS] },
  // subs x17, sp, #2, lsl #12
  { title: "1.18 to 1.27, huge and round", words: [0xf9400b90, 0xf1400bf1, LO, 0xeb10023f, LS] },
  { title: "1.18 to 1.27, huge", words: [0xf9400b90, 0xd283f61b, 0xeb3b63f1, LO, 0xeb10023f, LS] },
  // mov x27, #65424; movk x27, #15, lsl #16
  {
    title: "1.18 to 1.27, a mebibyte",
    words: [0xf9400b90, 0xd29ff21b, 0xf2a001fb, 0xeb3b63f1, LO, 0xeb10023f, LS],
  },
];

for (const { title, words } of PROLOGUES) {
  Deno.test(`findProbeSite() takes the last branch of an arm64 stack check: Go ${title}`, () => {
    const offset = 4 * (words.length - 1);
    assert.deepEqual(find(assemble({ prologue: words })), {
      offset,
      class: "branch",
      guard: "branch-not-taken",
      emulated: true,
      instruction: `b.ls 0x${(ADDRESS + offset + 12).toString(16)}`,
      g: { kind: "register", register: "x28" },
      convention: (words[0]! & 31) === 1 ? "stack" : "register",
      once: true,
      refusal: "",
      reason: "",
    });
  });

  Deno.test(`findProbeSite() takes no other branch for one of an arm64 stack check: Go ${title}`, () => {
    // b.lt in place of any of them: it is the body then, before the check is complete.
    for (const [i, word] of words.entries()) {
      if ((word & 0xfffffff0) >>> 0 !== BRANCH) continue;
      const prologue = words.with(i, BRANCH + 0xb);
      assert.equal(find(assemble({ prologue })).class, "entry", `branch ${i}`);
    }
  });
}

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
