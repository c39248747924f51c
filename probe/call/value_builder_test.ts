import assert from "node:assert/strict";
import type { GoType } from "../../go/mod.ts";
import { makeType, pointerTo, STRING, structOf } from "../../go/sample_types.ts";
import type { ValuePlan } from "../value_plan.ts";
import { CALL_LIMITS, type CallField } from "./program.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  BYTES,
  compileOne,
  DURATION,
  environmentOf,
  ERROR,
  FLOAT,
  INT,
  INT8,
  knownTypes,
  mapOf,
  ORDER,
  type SampleFunction,
  sliceOf,
  TIME,
} from "./sample_function.ts";
import { TooMuch, ValueBuilder } from "./value_builder.ts";

const ERROR_STRING = structOf("errors.errorString", 16, [["s", 0, STRING]]);
const TYPES = knownTypes(pointerTo(ERROR_STRING), ERROR_STRING, ORDER);
const GOID_OFFSET = 152;

/** How a parameter of this type is shown, and the fields for it. */
function show(type: GoType, convention: SampleFunction["convention"] = "register", expression = "p") {
  const environment = environmentOf({
    ...convention === undefined ? {} : { convention },
    parameters: [["p", type]],
  });
  const builder = new ValueBuilder(TYPES, GOID_OFFSET);
  const { operand, moment } = compileOne(`main.f(${expression})`, environment, TYPES);
  const value = builder.build("p", operand, moment === "entry");
  return {
    value,
    fields: builder.fields.map(({ start, steps, offset, kind }) => ({ start, steps, offset, kind })),
  };
}

function register(index: number, name: string) {
  return { kind: "register", index, name } as const;
}

const AX = register(0, "AX");
const BX = register(1, "BX");
const STACK = { kind: "stack", offset: 8 } as const;
const COMPLEX = makeType("complex128", "complex128", 16);
const FUNC = makeType("func()", "func", 8);

const SCALARS: readonly (readonly [GoType, ValuePlan])[] = [
  [BOOL, { kind: "bool", field: 0 }],
  [INT8, { kind: "integer", field: 0, bytes: 1, signed: true }],
  [makeType("uint32", "uint32", 4), { kind: "integer", field: 0, bytes: 4, signed: false }],
  [makeType("uintptr", "uintptr", 8), { kind: "integer", field: 0, bytes: 8, signed: false }],
  [DURATION, { kind: "duration", field: 0 }],
  [FUNC, { kind: "pointer", field: 0 }],
  [mapOf(STRING, INT), { kind: "pointer", field: 0 }],
  [pointerTo(INT), { kind: "pointer", field: 0 }],
];

Deno.test("what one register holds is its word; on the stack it is read with its size", () => {
  for (const [type, value] of SCALARS) {
    assert.deepEqual(show(type), {
      value,
      fields: [{ start: AX, steps: [], offset: 0, kind: { kind: "address" } }],
    });
    assert.deepEqual(show(type, "stack"), {
      value,
      fields: [{ start: STACK, steps: [], offset: 0, kind: { kind: "integer", size: type.size } }],
    });
  }
});

Deno.test("texts are a pointer and a length, in memory or in two registers", () => {
  for (const [type, kind] of [[STRING, "string"], [BYTES, "bytes"]] as const) {
    assert.deepEqual(show(type), {
      value: { kind, field: 0 },
      fields: [{
        start: AX,
        steps: [],
        offset: 0,
        kind: { kind: "string-in-registers", lengthRegister: 1 },
      }],
    });
    assert.deepEqual(show(type, "stack").fields, [
      { start: STACK, steps: [], offset: 0, kind: { kind: "string" } },
    ]);
  }
});

Deno.test("floats are shown from the stack, and not from registers", () => {
  assert.deepEqual(show(FLOAT, "stack").value, { kind: "float", field: 0, bytes: 8 });
  assert.deepEqual(show(COMPLEX, "stack").value, { kind: "complex", real: 0, imaginary: 1, bytes: 8 });
  for (const type of [FLOAT, COMPLEX]) {
    assert.deepEqual(show(type), {
      value: { kind: "unreadable", reason: "in register X0, which an eBPF program cannot read" },
      fields: [],
    });
  }
});

Deno.test("a time is two words of it", () => {
  const { value, fields } = show(TIME);
  assert.deepEqual(value, { kind: "time", wall: 0, ext: 1 });
  assert.deepEqual(fields.map(({ start }) => start), [AX, BX]);
});

Deno.test("an interface is its dynamic type, an error its text where that is known", () => {
  const any = show(ANY);
  assert.deepEqual(any.value, { kind: "interface", type: 0, candidates: [] });
  assert.deepEqual(any.fields[0]?.kind, { kind: "address" });
  const error = show(ERROR);
  assert.deepEqual(error.value, {
    kind: "interface",
    type: 0,
    candidates: [{ typeName: "*errors.errorString", value: { kind: "string", field: 1 } }],
  });
  assert.deepEqual(error.fields, [
    { start: AX, steps: [], offset: 0, kind: { kind: "itab-type", inRegister: true } },
    {
      start: BX,
      steps: [
        { kind: "type", word: { register: 0 }, isItab: true, address: 0x1000, name: "*errors.errorString" },
      ],
      offset: 0,
      kind: { kind: "string" },
    },
  ]);
});

Deno.test("a pointer to a struct is followed once, and structs two deep", () => {
  const { value } = show(pointerTo(ORDER));
  assert.ok(value.kind === "reference" && value.value.kind === "struct");
  const kinds = Object.fromEntries(value.value.fields.map(({ name, value: { kind } }) => [name, kind]));
  assert.deepEqual(kinds, {
    ID: "integer",
    audit: "struct",
    Customer: "pointer",
    Items: "list",
    Codes: "list",
    Tags: "pointer",
    Err: "interface",
    Paid: "bool",
  });
  const inner = structOf("main.inner", 8, [["N", 0, INT]]);
  const middle = structOf("main.middle", 8, [["Inner", 0, inner]]);
  const outer = show(structOf("main.outer", 8, [["Middle", 0, middle]])).value;
  assert.deepEqual(outer, {
    kind: "struct",
    fields: [{
      name: "Middle",
      value: { kind: "struct", fields: [{ name: "Inner", value: { kind: "omitted" } }] },
    }],
  });
});

Deno.test("of a list the first three are shown; of a slice those that its length says are there", () => {
  const array = show(arrayOf(INT, 5), "stack");
  assert.ok(array.value.kind === "list");
  assert.deepEqual({ length: array.value.length, shown: array.value.elements.length }, {
    length: 5,
    shown: 3,
  });
  const slice = show(sliceOf(INT));
  assert.ok(slice.value.kind === "list");
  assert.equal(slice.value.lengthField, 0);
  assert.deepEqual(
    slice.fields.slice(1).map(({ steps, offset }) => [steps, offset]),
    [0, 1, 2].map((index) => [[{ kind: "length", word: { register: 1 }, index }], 8 * index]),
  );
});

Deno.test("the length of an array is no field", () => {
  assert.deepEqual(show(arrayOf(INT, 3), "stack", "len(p)"), {
    value: { kind: "constant", value: 3 },
    fields: [],
  });
});

Deno.test("fields that are equal are one, but not what is read at another time", () => {
  const environment = environmentOf({ parameters: [["p", pointerTo(ORDER)]] });
  const builder = new ValueBuilder(TYPES, GOID_OFFSET);
  const { operand } = compileOne("main.f(p.ID)", environment, TYPES);
  builder.build("p.ID", operand, true);
  builder.build("p.ID", operand, true);
  assert.equal(builder.fields.length, 1);
  builder.build("p.ID", operand, false);
  assert.deepEqual(builder.fields.map(({ fromEntry }) => fromEntry), [true, false]);
});

Deno.test("what is known of every call needs no argument", () => {
  const builder = new ValueBuilder(TYPES, GOID_OFFSET);
  const build = (name: "goid" | "duration" | "pid") => builder.build(name, { kind: "variable", name }, true);
  assert.deepEqual(build("goid"), { kind: "integer", field: 0, bytes: 8, signed: true });
  assert.deepEqual(build("duration"), { kind: "duration", field: 1 });
  assert.deepEqual(build("pid"), { kind: "integer", field: 2, bytes: 8, signed: true });
  assert.equal(builder.fields[0]?.offset, GOID_OFFSET);
  assert.deepEqual(builder.fields.map(({ fromEntry }) => fromEntry), [true, false, true]);
  const nothing = new ValueBuilder(TYPES, undefined);
  assert.throws(() => nothing.build("$goid", { kind: "variable", name: "goid" }, true), TooMuch);
});

Deno.test("more values, steps or keys than a program takes are too much", () => {
  const builder = new ValueBuilder(TYPES, GOID_OFFSET);
  const path = (offset: number, steps: CallField["steps"] = []) =>
    ({ start: AX, steps, offset, kind: { kind: "integer", size: 8 } }) as const;
  const pointer = { kind: "pointer", offset: 0 } as const;
  assert.throws(() => builder.add("x", path(0, Array(CALL_LIMITS.steps + 1).fill(pointer)), true), /6 steps/);
  assert.throws(() => builder.add("x", path(2 ** 31), true), /too far/);
  assert.throws(() => builder.add("x", path(0, [{ kind: "pointer", offset: -(2 ** 31) }]), true), /too far/);
  for (let i = 0; i < CALL_LIMITS.fields; i++) builder.add("x", path(8 * i), true);
  assert.throws(() => builder.add("x", path(-8), true), /24 values/);
  assert.equal(builder.add("x", path(0), true), 0);
  const keys = new ValueBuilder(TYPES, GOID_OFFSET);
  const environment = environmentOf({ parameters: [["m", mapOf(STRING, INT)]] });
  const search = (key: string) =>
    keys.build("m", compileOne(`main.f(m["${key}"])`, environment, TYPES).operand, true);
  for (const key of ["a", "b", "a"]) search(key);
  assert.throws(() => search("c"), /2 keys/);
});

Deno.test("of what is shown whole, that is left out which does not fit", () => {
  const wide = structOf(
    "main.wide",
    8 * 30,
    Array.from({ length: 30 }, (_, i) => [`F${i}`, 8 * i, INT] as const),
  );
  const { value, fields } = show(pointerTo(wide));
  assert.ok(value.kind === "reference" && value.value.kind === "struct");
  assert.equal(fields.length, CALL_LIMITS.fields);
  const kinds = value.value.fields.map(({ value: { kind } }) => kind);
  // The pointer itself is a value too.
  assert.equal(kinds.indexOf("omitted"), CALL_LIMITS.fields - 1);
  assert.equal(kinds.length, 30);
});

Deno.test("what a condition compares of a value is one field", () => {
  const environment = environmentOf({
    parameters: [["s", sliceOf(INT)], ["t", STRING], ["o", pointerTo(ORDER)], ["e", ERROR]],
  });
  const compared = (text: string, isWithNil: boolean) => {
    const builder = new ValueBuilder(TYPES, GOID_OFFSET);
    const { operand } = compileOne(`main.f(${text})`, environment, TYPES);
    assert.ok(operand.kind === "memory" || operand.kind === "registers");
    const field = builder.compared(text, operand, true, isWithNil);
    assert.equal(builder.fields.length, field === undefined ? 0 : 1);
    return field === undefined ? undefined : builder.fields[field]?.start;
  };
  // A slice is nil by its pointer, not by its length.
  assert.deepEqual(compared("s", true), AX);
  assert.equal(compared("s", false), undefined);
  assert.deepEqual(compared("t", false), register(3, "DI"));
  assert.deepEqual(compared("o", true), register(5, "R8"));
  assert.equal(compared("o", false), undefined);
  assert.deepEqual(compared("e", true), register(6, "R9"));
});
