import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ARGUMENT_REGISTERS, assignArguments, type AssignedArgument } from "./calling_convention.ts";
import { arrayShape, floatShape, integerShape, type Shape, structShape, wordsShape } from "./shape.ts";

const POINTER = wordsShape(1);
const INTERFACE = wordsShape(2);
const STRING = wordsShape(2);
const SLICE = wordsShape(3);

/** E.g. `BX CX`, `SP+8 SP+16`, `X0`, `SP+8[]` for an array. */
function written(argument: AssignedArgument | undefined): string {
  assert.ok(argument !== undefined);
  if (argument.components.length === 0) return `SP+${argument.stackOffset}[]`;
  return argument.components
    .map((place) => place.kind === "stack" ? `SP+${place.offset}` : place.name).join(" ");
}

function assigned(
  convention: "stack" | "register",
  parameters: readonly Shape[],
  receiver?: Shape,
  architecture: "x86_64" | "aarch64" = "x86_64",
): string[] {
  const result = assignArguments({ convention, architecture, parameters, ...(receiver ? { receiver } : {}) });
  return [...(receiver ? [result.receiver] : []), ...result.parameters].map(written);
}

Deno.test("a handler's arguments are in AX, BX and CX, or on the stack from SP+8", () => {
  assert.deepEqual(assigned("register", [INTERFACE, POINTER]), ["AX BX", "CX"]);
  assert.deepEqual(assigned("stack", [INTERFACE, POINTER]), ["SP+8 SP+16", "SP+24"]);
  assert.deepEqual(assigned("register", [INTERFACE, POINTER], undefined, "aarch64"), ["R0 R1", "R2"]);
  assert.deepEqual(assigned("stack", [INTERFACE, POINTER], undefined, "aarch64"), ["SP+8 SP+16", "SP+24"]);
});

Deno.test("the receiver comes first, whatever its size", () => {
  assert.deepEqual(assigned("register", [INTERFACE, POINTER], POINTER), ["AX", "BX CX", "DI"]);
  assert.deepEqual(assigned("stack", [INTERFACE, POINTER], POINTER), ["SP+8", "SP+16 SP+24", "SP+32"]);
  assert.deepEqual(assigned("register", [INTERFACE, POINTER], STRING), ["AX BX", "CX DI", "SI"]);
  // A receiver of no size takes no register.
  assert.deepEqual(assigned("register", [INTERFACE, POINTER], structShape([])), ["SP+8[]", "AX BX", "CX"]);
});

Deno.test("an argument that does not fit goes to the stack as a whole and leaves its registers to the next", () => {
  assert.deepEqual(
    assigned("register", [SLICE, SLICE, STRING, STRING, POINTER, POINTER]),
    ["AX BX CX", "DI SI R8", "R9 R10", "SP+8 SP+16", "R11", "SP+24"],
  );
});

Deno.test("floats have registers of their own", () => {
  assert.deepEqual(
    assigned("register", [floatShape(8), POINTER, structShape([floatShape(4), POINTER])]),
    ["X0", "AX", "X1 BX"],
  );
  assert.deepEqual(assigned("register", [floatShape(8)], undefined, "aarch64"), ["F0"]);
  assert.deepEqual(assigned("register", Array(16).fill(floatShape(8))).slice(14), ["X14", "SP+8"]);
  assert.deepEqual(assigned("stack", [floatShape(4), floatShape(4), POINTER]), ["SP+8", "SP+12", "SP+16"]);
});

Deno.test("arrays of more than one element go to the stack, others are their element", () => {
  // The example of abi-internal.md: f(a1 uint8, a2 [2]uintptr, a3 uint8).
  const parameters = [integerShape(1), arrayShape(POINTER, 2), integerShape(1)];
  assert.deepEqual(assigned("register", parameters), ["AX", "SP+8[]", "BX"]);
  assert.deepEqual(assigned("stack", parameters), ["SP+8", "SP+16[]", "SP+32"]);
  assert.deepEqual(assigned("register", [arrayShape(STRING, 1), arrayShape(STRING, 0)]), ["AX BX", "SP+8[]"]);
  assert.deepEqual(assigned("register", [structShape([POINTER, arrayShape(POINTER, 2)]), POINTER]), [
    "SP+8[]",
    "AX",
  ]);
});

Deno.test("small values are packed on the stack, and each has a register of its own", () => {
  const parameters = [integerShape(1), integerShape(1), integerShape(4), integerShape(8), integerShape(2)];
  assert.deepEqual(assigned("stack", parameters), ["SP+8", "SP+9", "SP+12", "SP+16", "SP+24"]);
  assert.deepEqual(assigned("register", parameters), ["AX", "BX", "CX", "DI", "SI"]);
  assert.deepEqual(assigned("register", [structShape([integerShape(1), integerShape(8)])]), ["AX BX"]);
  assert.deepEqual(assigned("stack", [structShape([integerShape(1), integerShape(8)])]), ["SP+8 SP+16"]);
});

Deno.test("results take the registers anew, and lie on the stack behind the arguments", () => {
  const signature = {
    architecture: "x86_64",
    parameters: [STRING, POINTER],
    results: [SLICE, INTERFACE],
  } as const;
  const results = (convention: "stack" | "register") =>
    assignArguments({ convention, ...signature }).results.map(written);
  assert.deepEqual(results("register"), ["AX BX CX", "DI SI"]);
  assert.deepEqual(results("stack"), ["SP+32 SP+40 SP+48", "SP+56 SP+64"]);
  assert.deepEqual(
    assignArguments({ convention: "stack", architecture: "aarch64", parameters: [] }).results,
    [],
  );
});

Deno.test("results on the stack begin at a word behind the arguments there: the example of abi-internal.md", () => {
  // func f(a1 uint8, a2 [2]uintptr, a3 uint8) (r1 struct { x uintptr; y [2]uintptr }, r2 string)
  const signature = {
    parameters: [integerShape(1), arrayShape(POINTER, 2), integerShape(1)],
    results: [structShape([POINTER, arrayShape(POINTER, 2)]), STRING],
  };
  const of = (convention: "stack" | "register", architecture: "x86_64" | "aarch64") =>
    assignArguments({ convention, architecture, ...signature }).results.map(written);
  assert.deepEqual(of("register", "x86_64"), ["SP+24[]", "AX BX"]);
  assert.deepEqual(of("register", "aarch64"), ["SP+24[]", "R0 R1"]);
  // By ABI0: a1 at 8, a2 at 16, a3 at 32, and a1's end aligned to a word.
  assert.deepEqual(of("stack", "x86_64"), ["SP+40[]", "SP+64 SP+72"]);
});

Deno.test("small results are packed on the stack behind a whole word of arguments", () => {
  const signature = {
    parameters: [integerShape(1)],
    results: [integerShape(1), integerShape(4), floatShape(8)],
  };
  const of = (convention: "stack" | "register") =>
    assignArguments({ convention, architecture: "x86_64", ...signature }).results.map(written);
  assert.deepEqual(of("stack"), ["SP+16", "SP+20", "SP+24"]);
  assert.deepEqual(of("register"), ["AX", "BX", "X0"]);
});

Deno.test("a result that does not fit goes to the stack, and those behind it to registers", () => {
  const results = [SLICE, SLICE, SLICE, POINTER, POINTER];
  const place = (parameters: readonly Shape[], results: readonly Shape[]) =>
    assignArguments({ convention: "register", architecture: "x86_64", parameters, results }).results.map(
      written,
    );
  assert.deepEqual(place([POINTER], results), ["AX BX CX", "DI SI R8", "R9 R10 R11", "SP+8", "SP+16"]);
  assert.deepEqual(place([], [SLICE, SLICE, STRING, STRING, POINTER]), [
    "AX BX CX",
    "DI SI R8",
    "R9 R10",
    "SP+8 SP+16",
    "R11",
  ]);
});

Deno.test("structShape() lays fields out as Go does", () => {
  const shape = structShape([
    integerShape(1),
    integerShape(4),
    structShape([integerShape(2)]),
    structShape([]),
  ]);
  assert.equal(shape.size, 12);
  assert.equal(shape.align, 4);
  assert.deepEqual(shape.components?.map(({ offset, size }) => [offset, size]), [[0, 1], [4, 4], [8, 2]]);
  assert.equal(structShape([POINTER, structShape([])]).size, 16);
  assert.equal(structShape([]).size, 0);
});

Deno.test("no register is used twice, and arguments on the stack do not overlap", () => {
  const shape = fc.oneof(
    fc.constantFrom(
      POINTER,
      STRING,
      SLICE,
      integerShape(1),
      floatShape(8),
      arrayShape(POINTER, 3),
      structShape([]),
    ),
    fc.array(fc.constantFrom(POINTER, STRING, integerShape(2), floatShape(4)), { maxLength: 5 }).map(
      structShape,
    ),
  );
  const architecture = fc.constantFrom("x86_64" as const, "aarch64" as const);
  fc.assert(fc.property(fc.array(shape, { maxLength: 12 }), architecture, (parameters, architecture) => {
    const result = assignArguments({ convention: "register", architecture, parameters }).parameters;
    const names = result.filter(({ stackOffset }) => stackOffset === undefined)
      .flatMap(({ components }) => components.map((place) => place.kind === "stack" ? "stack" : place.name));
    assert.equal(new Set(names).size, names.length);
    const registers: readonly string[] = [
      ...ARGUMENT_REGISTERS[architecture].integer,
      ...ARGUMENT_REGISTERS[architecture].float,
    ];
    assert.ok(names.every((name) => registers.includes(name)));
    let end = 8;
    result.forEach(({ stackOffset }, i) => {
      if (stackOffset === undefined) return;
      assert.ok(stackOffset >= end && stackOffset % (parameters[i]?.align ?? 1) === 0);
      end = stackOffset + (parameters[i]?.size ?? 0);
    });
  }));
});
