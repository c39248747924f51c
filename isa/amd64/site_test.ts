import assert from "node:assert/strict";
import fc from "fast-check";
import { findProbeSite, type SiteChoice } from "../mod.ts";

const ADDRESS = 0x500000;
const MORESTACK = 0x400000;
const isMorestack = (address: number): boolean => address === MORESTACK;

/** The parts of a function; `jbe`, `jb`, `je` in the prologue are branches to the block, in their long form. */
interface Shape {
  readonly prologue: readonly string[];
  readonly body?: string;
  readonly spills?: string;
  readonly reloads?: string;
  /** Where the block calls. Default: morestack. */
  readonly callee?: number;
  /** Where the block jumps back to. Default: the first instruction. */
  readonly back?: number;
}

const BRANCHES: Readonly<Record<string, number>> = { jb: 0x82, je: 0x84, jbe: 0x86 };
const TLS = "64 48 8b 0c 25 f8 ff ff ff";
const FRAME = "48 83 ec 18 48 89 6c 24 10 c3";
const PUSHED = "55 48 89 e5 48 83 ec 10 5d c3";

function assemble(
  { prologue, body = FRAME, spills = "", reloads = "", callee, back = 0 }: Shape,
): Uint8Array {
  const before = prologue.reduce((size, part) => size + (part in BRANCHES ? 6 : hex(part).length), 0);
  const block = before + hex(body).length;
  const code: number[] = [];
  for (const part of prologue) {
    const opcode = BRANCHES[part];
    if (opcode === undefined) code.push(...hex(part));
    else code.push(0x0f, opcode, ...word(block - code.length - 6));
  }
  code.push(...hex(body), ...hex(spills));
  code.push(0xe8, ...word((callee ?? MORESTACK) - ADDRESS - code.length - 5));
  code.push(...hex(reloads));
  code.push(0xe9, ...word(back - code.length - 5));
  return Uint8Array.from(code);
}

function hex(text: string): number[] {
  return text === "" ? [] : text.split(" ").map((byte) => parseInt(byte, 16));
}

function word(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => value >> shift & 0xff);
}

function find(code: Uint8Array): SiteChoice {
  return findProbeSite(code, { architecture: "x86_64", address: ADDRESS, isMorestack });
}

const R14 = { kind: "register", register: "r14" };

Deno.test("findProbeSite() takes the push behind the check of a small, a large and a huge frame", () => {
  const prologues: readonly (readonly [number, readonly string[]])[] = [
    [10, ["49 3b 66 10", "jbe"]],
    [15, ["4c 8d 64 24 d8", "4d 3b 66 10", "jbe"]],
    [18, ["4c 8d a4 24 f8 fe ff ff", "4d 3b 66 10", "jbe"]],
    [26, ["49 89 e4", "49 81 ec a0 7f 00 00", "jb", "4d 3b 66 10", "jbe"]],
    // The runtime's own functions on the system stack look at stackguard1.
    [10, ["49 3b 66 18", "jbe"]],
  ];
  for (const [offset, prologue] of prologues) {
    const site = find(assemble({ prologue, body: PUSHED }));
    assert.deepEqual(site, {
      offset,
      class: "push",
      guard: "none",
      emulated: true,
      instruction: "push rbp",
      g: R14,
      convention: "register",
      once: true,
      refusal: "",
      reason: "",
    }, prologue.join(" | "));
  }
});

Deno.test("findProbeSite() takes the push behind the short form of the branch", () => {
  const code = hex("49 3b 66 10 76 05 55 48 89 e5 c3 e8 00 00 00 00 eb ee");
  code.splice(12, 4, ...word(MORESTACK - ADDRESS - 16));
  assert.equal(find(Uint8Array.from(code)).offset, 6);
});

Deno.test("findProbeSite() takes the last branch where no push follows, never an earlier one", () => {
  const small = find(assemble({ prologue: ["49 3b 66 10", "jbe"] }));
  assert.deepEqual([small.offset, small.class, small.guard], [4, "branch", "branch-not-taken"]);
  assert.equal(small.instruction, "jbe 0x500014");
  assert.deepEqual([small.emulated, small.once, small.g], [true, true, R14]);
  const huge = find(assemble({ prologue: ["49 89 e4", "49 81 ec a0 7f 00 00", "jb", "4d 3b 66 10", "jbe"] }));
  assert.equal(huge.offset, 20);
});

Deno.test("findProbeSite() follows every way to load g from thread-local storage", () => {
  const loads: readonly (readonly [number | undefined, readonly string[]])[] = [
    [-8, [TLS]],
    [-0x60, ["64 48 8b 0c 25 a0 ff ff ff"]],
    [-8, ["48 c7 c1 f8 ff ff ff", "64 48 8b 09"]],
    [undefined, ["48 8b 0d 11 22 33 00", "64 48 8b 09"]],
  ];
  for (const [offset, load] of loads) {
    const site = find(assemble({ prologue: [...load, "48 3b 61 10", "jbe"] }));
    assert.equal(site.class, "branch", load.join(" | "));
    assert.deepEqual(site.g, { kind: "tls", offset });
    assert.equal(site.convention, "stack");
  }
});

Deno.test("findProbeSite() knows the large and huge frames of Go 1.16 and older", () => {
  const large = find(assemble({ prologue: [TLS, "48 8d 44 24 b0", "48 3b 41 10", "jbe"] }));
  assert.deepEqual([large.offset, large.class], [18, "branch"]);
  const compare = ["48 8d 84 24 a0 03 00 00", "48 29 f0", "48 3d 40 83 00 00"];
  const prologue = [TLS, "48 8b 71 10", "48 81 fe de fa ff ff", "je", ...compare, "jbe"];
  const huge = find(assemble({ prologue }));
  assert.deepEqual([huge.offset, huge.class, huge.guard], [43, "branch", "branch-not-taken"]);
});

Deno.test("findProbeSite() knows assembly that loads g into R14, with its arguments on the stack", () => {
  const site = find(
    assemble({ prologue: ["64 4c 8b 34 25 f8 ff ff ff", "49 3b 66 10", "jbe"], body: PUSHED }),
  );
  assert.deepEqual([site.offset, site.class, site.convention], [19, "push", "stack"]);
  assert.deepEqual(site.g, { kind: "tls", offset: -8 });
});

Deno.test("findProbeSite() is not confused by a wrapper's look at g._panic", () => {
  // mov r12, [r14+0x20]; test r12, r12; jne +1: behind the frame in every version.
  const look = "4d 8b 66 20 4d 85 e4 75 01 90 c3";
  const pushed = find(
    assemble({ prologue: ["49 3b 66 10", "jbe"], body: `55 48 89 e5 48 83 ec 08 ${look}` }),
  );
  assert.deepEqual([pushed.offset, pushed.class], [10, "push"]);
  const framed = find(assemble({ prologue: ["49 3b 66 10", "jbe"], body: `48 83 ec 08 ${look}` }));
  assert.deepEqual([framed.offset, framed.class], [4, "branch"]);
  // NOSPLIT: g is loaded for the look alone, and there is no check.
  const nosplit = find(Uint8Array.from(hex(`${TLS} 48 83 ec 08 48 8b 59 20 48 85 db 75 01 90 c3`)));
  assert.deepEqual([nosplit.offset, nosplit.class, nosplit.reason], [0, "entry", "no stack check"]);
});

Deno.test("findProbeSite() accepts spills and reloads of every width around the call", () => {
  const site = find(assemble({
    prologue: ["49 3b 66 10", "jbe"],
    body: PUSHED,
    spills: "48 89 44 24 08 88 5c 24 10 66 89 4c 24 12 f2 0f 11 44 24 18 f3 0f 11 4c 24 20 90",
    reloads: "48 8b 44 24 08 0f b6 5c 24 10 0f b7 4c 24 12 f2 0f 10 44 24 18 f3 0f 10 4c 24 20 0f 1f 00",
  }));
  assert.equal(site.class, "push");
});

Deno.test("findProbeSite() decides by the comparison alone when the block lies behind the bytes given", () => {
  const code = assemble({ prologue: ["49 3b 66 10", "jbe"], body: PUSHED });
  for (const size of [11, 16, 24, code.length - 1]) {
    const site = find(code.subarray(0, size));
    assert.deepEqual([site.offset, site.class], [10, "push"], String(size));
  }
  // Cut off before the push, nothing tells a push from none.
  assert.equal(find(code.subarray(0, 10)).class, "branch");
});

Deno.test("findProbeSite() explains an unknown prologue and does not trust its entry to be hit once", () => {
  const check = ["49 3b 66 10", "jbe"];
  const cases: Readonly<Record<string, Uint8Array>> = {
    "another callee": assemble({ prologue: check, callee: MORESTACK + 16 }),
    "jumps back elsewhere": assemble({ prologue: check, back: 4 }),
    "another condition": assemble({ prologue: ["49 3b 66 10", "je"] }),
    "other work in the block": assemble({ prologue: check, spills: "48 31 c0" }),
    "an argument is overwritten": assemble({ prologue: ["48 8d 44 24 b0", "49 3b 46 10", "jbe"] }),
    "a spill before the check": assemble({ prologue: ["48 89 44 24 08", ...check] }),
    "branches back": Uint8Array.from(hex("49 3b 66 10 76 fa 55 c3")),
  };
  for (const [what, code] of Object.entries(cases)) {
    const site = find(code);
    assert.deepEqual([site.offset, site.class, site.once], [0, "entry", false], what);
    assert.match(site.reason, /^unknown prologue: /, what);
  }
});

Deno.test("findProbeSite() takes the first instruction without a stack check, and says what the kernel makes of it", () => {
  const pushed = find(Uint8Array.from(hex(PUSHED)));
  assert.deepEqual([pushed.class, pushed.emulated, pushed.instruction], ["entry", true, "push rbp"]);
  assert.deepEqual([pushed.reason, pushed.once, pushed.g], ["no stack check", true, { kind: "unknown" }]);
  const stepped = find(Uint8Array.from(hex("48 83 ec 18 c3")));
  assert.deepEqual([stepped.emulated, stepped.instruction], [false, "sub rsp, 0x18"]);
  const refused = find(Uint8Array.from(hex("f0 48 0f b1 0b c3")));
  assert.match(refused.refusal, /LOCK/);
  assert.match(find(new Uint8Array()).refusal, /cannot be decoded/);
});

Deno.test("findProbeSite() says when a loop goes back to the first instruction", () => {
  const site = find(Uint8Array.from(hex("8b 08 85 c9 74 fa c3")));
  assert.deepEqual([site.class, site.once], ["entry", false]);
  assert.match(site.reason, /loop/);
});

Deno.test("findProbeSite() answers any bytes with a site inside them", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (code) => {
    const site = find(code);
    assert.ok(site.offset <= code.length);
    assert.equal(site.class === "entry", site.reason !== "");
  }));
});
