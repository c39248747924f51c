import assert from "node:assert/strict";
import { makeType, pointerTo, STRING, structOf } from "../../go/sample_types.ts";
import { shapeOfType } from "../../go/mod.ts";
import { asserted, behind, inRegisters, onStack, partOf, startOf, withCheck } from "./operand.ts";
import { arrayOf, FLOAT, INT, INT8 } from "./sample_function.ts";

const AX = { kind: "register", index: 0, name: "AX" } as const;
const BX = { kind: "register", index: 1, name: "BX" } as const;
const CX = { kind: "register", index: 2, name: "CX" } as const;
const X0 = { kind: "float-register", index: 0, name: "X0" } as const;
const PAIR = structOf("main.pair", 24, [["Small", 0, INT8], ["Text", 8, STRING]]);

Deno.test("partOf() of a value in registers keeps the registers of that part, counted from its start", () => {
  const pair = inRegisters(PAIR, shapeOfType(PAIR), [AX, BX, CX]);
  assert.deepEqual(partOf(pair, 8, STRING), {
    kind: "registers",
    type: STRING,
    parts: [{ offset: 0, location: BX }, { offset: 8, location: CX }],
    steps: [],
  });
});

Deno.test("partOf() of a value in memory moves along", () => {
  assert.equal((partOf(onStack(PAIR, 16), 8, STRING) as { offset: number }).offset, 8);
});

Deno.test("behind() follows a pointer in memory by a step, and one in a register by starting there", () => {
  const pointer = pointerTo(PAIR);
  const inMemory = behind({ ...onStack(pointer, 8), offset: 24 }, 0, PAIR);
  assert.deepEqual(inMemory?.steps, [{ kind: "pointer", offset: 24 }]);
  const inRegister = behind(inRegisters(pointer, shapeOfType(pointer), [BX]), 0, PAIR);
  assert.deepEqual(inRegister, { kind: "memory", type: PAIR, start: BX, steps: [], offset: 0 });
});

Deno.test("startOf() refuses a float register, and a part that is nowhere", () => {
  const float = inRegisters(FLOAT, shapeOfType(FLOAT), [X0]);
  assert.equal(startOf(float, 0), undefined);
  assert.equal(startOf(inRegisters(INT, shapeOfType(INT), [AX]), 8), undefined);
});

Deno.test("withCheck() looks at a word in memory before the pointer beside it is followed", () => {
  const slice = { ...onStack(makeType("[]int", "slice", 24, { element: INT }), 8), offset: 40 };
  const element = behind(slice, 0, INT)!;
  const checked = withCheck(element, slice, 8, (word) => ({ kind: "length", word, index: 2 }));
  assert.deepEqual(checked?.steps, [
    { kind: "length", word: { offset: 48 }, index: 2 },
    { kind: "pointer", offset: 40 },
  ]);
});

Deno.test("withCheck() of a value in registers names the register, and refuses one that cannot be read", () => {
  const slice = makeType("[]int", "slice", 24, { element: INT });
  const inThree = inRegisters(slice, shapeOfType(slice), [AX, BX, CX]);
  const checked = withCheck(inThree, inThree, 8, (word) => ({ kind: "length", word, index: 2 }));
  assert.deepEqual(checked?.steps, [{ kind: "length", word: { register: 1 }, index: 2 }]);
  assert.equal(withCheck(inThree, inThree, 4, (word) => ({ kind: "length", word, index: 2 })), undefined);
});

Deno.test("asserted() takes as many registers as the type has parts", () => {
  const text = asserted({ kind: "word", words: [BX, CX] }, STRING);
  assert.deepEqual(text?.kind === "registers" && text.parts, [
    { offset: 0, location: BX },
    { offset: 8, location: CX },
  ]);
});

Deno.test("asserted() takes what is on the stack as it lies there", () => {
  const words = [{ kind: "stack", offset: 16 }, { kind: "stack", offset: 24 }] as const;
  assert.deepEqual(asserted({ kind: "word", words }, PAIR), onStack(PAIR, 16));
});

Deno.test("asserted() refuses a float, an array, and what the registers that are left do not hold", () => {
  const words = [BX, CX];
  assert.equal(asserted({ kind: "word", words }, FLOAT), undefined);
  assert.equal(asserted({ kind: "word", words }, arrayOf(INT, 2)), undefined);
  assert.equal(asserted({ kind: "word", words }, PAIR), undefined);
  const half = [CX, { kind: "stack", offset: 8 }] as const;
  assert.equal(asserted({ kind: "word", words: half }, STRING), undefined);
});
