import assert from "node:assert/strict";
import type { GoType } from "../../go/mod.ts";
import { makeType, pointerTo, STRING, structOf } from "../../go/sample_types.ts";
import { ExpressionError } from "../expression/mod.ts";
import type { MemoryOperand } from "./operand.ts";
import {
  ANY,
  arrayOf,
  BYTES,
  compileOne,
  environmentOf,
  ERROR,
  FAILURE,
  FLOAT,
  INT,
  INT8,
  knownTypes,
  mapOf,
  ORDER,
  sliceOf,
} from "./sample_function.ts";

const TYPES = knownTypes(ORDER, pointerTo(FAILURE), FAILURE, STRING, ERROR, BYTES);
const AX = { kind: "register", index: 0, name: "AX" } as const;

/** What `f(p)` shows of a parameter of this type. */
function memoryOf(type: GoType, expression: string, convention: "register" | "stack" = "register") {
  const environment = environmentOf({ convention, parameters: [["p", type]] });
  const { operand } = compileOne(`main.f(${expression})`, environment, TYPES);
  assert.equal(operand.kind, "memory");
  const { type: found, ...place } = operand as MemoryOperand;
  return { ...place, type: found.name };
}

const FROM_AX = { kind: "memory", start: AX } as const;

Deno.test("a field behind a pointer is followed, promoted or not", () => {
  const order = pointerTo(ORDER);
  assert.deepEqual(memoryOf(order, "p.ID"), { ...FROM_AX, steps: [], offset: 0, type: "int" });
  assert.deepEqual(memoryOf(order, "p.CreatedBy"), { ...FROM_AX, steps: [], offset: 8, type: "string" });
  const email = {
    ...FROM_AX,
    steps: [{ kind: "pointer", offset: 24 }],
    offset: 16,
    type: "string",
  };
  assert.deepEqual(memoryOf(order, "p.Customer.Email"), email);
  assert.deepEqual(memoryOf(order, "(*p).Customer.Email"), email);
  assert.deepEqual(memoryOf(order, "(*p.Customer).Email"), email);
});

Deno.test("on the stack a pointer is one step more", () => {
  assert.deepEqual(memoryOf(pointerTo(ORDER), "p.ID", "stack"), {
    kind: "memory",
    start: { kind: "stack", offset: 8 },
    steps: [{ kind: "pointer", offset: 0 }],
    offset: 0,
    type: "int",
  });
});

Deno.test("an element of a slice is there if the length says so, of an array always", () => {
  assert.deepEqual(memoryOf(pointerTo(ORDER), "p.Items[2].Price"), {
    ...FROM_AX,
    steps: [{ kind: "length", word: { offset: 40 }, index: 2 }, { kind: "pointer", offset: 32 }],
    offset: 64,
    type: "int",
  });
  assert.deepEqual(memoryOf(pointerTo(ORDER), "p.Codes[3]"), {
    ...FROM_AX,
    steps: [],
    offset: 62,
    type: "uint16",
  });
  assert.deepEqual(memoryOf(pointerTo(arrayOf(INT, 4)), "p[3]"), {
    ...FROM_AX,
    steps: [],
    offset: 24,
    type: "int",
  });
  assert.deepEqual(memoryOf(sliceOf(INT), "p[0]"), {
    ...FROM_AX,
    steps: [{ kind: "length", word: { register: 1 }, index: 0 }],
    offset: 0,
    type: "int",
  });
  assert.deepEqual(memoryOf(STRING, "p[5]"), {
    ...FROM_AX,
    steps: [{ kind: "length", word: { register: 1 }, index: 5 }],
    offset: 5,
    type: "uint8",
  });
});

Deno.test("a map is searched for a key of its type", () => {
  const { steps, type } = memoryOf(mapOf(STRING, INT), 'p["one"]');
  assert.equal(type, "int");
  const [step] = steps;
  assert.ok(step?.kind === "map");
  assert.deepEqual(step.map.key, { kind: "string", bytes: new TextEncoder().encode("one") });
  const [negative] = memoryOf(mapOf(INT8, INT), "p[-1]").steps;
  assert.deepEqual(negative?.kind === "map" && negative.map.key, { kind: "integer", size: 1, value: 255n });
  const [, behind] = memoryOf(pointerTo(ORDER), 'p.Tags["x"]').steps;
  assert.equal(behind?.kind, "map");
});

Deno.test("an assertion asks an interface with methods for its itab's type, an empty one for its type", () => {
  const behindPointer = (type: GoType) => structOf("main.box", 16, [["Value", 0, type]]);
  assert.deepEqual(memoryOf(pointerTo(behindPointer(ERROR)), "p.Value.(*main.failure).Code"), {
    ...FROM_AX,
    steps: [
      { kind: "type", word: { offset: 0 }, isItab: true, address: 0x2000, name: "*main.failure" },
      { kind: "pointer", offset: 8 },
    ],
    offset: 0,
    type: "int",
  });
  // A struct lies behind the interface's data word.
  assert.deepEqual(memoryOf(ANY, "p.(main.failure).Op"), {
    kind: "memory",
    start: { kind: "register", index: 1, name: "BX" },
    steps: [{ kind: "type", word: { register: 0 }, isItab: false, address: 0x3000, name: "main.failure" }],
    offset: 8,
    type: "string",
  });
  assert.equal(memoryOf(ANY, "p.([]byte)").type, "[]uint8");
});

Deno.test("a value of a type may be asserted to be of it", () => {
  assert.equal(memoryOf(pointerTo(ORDER), "p.(*main.order).ID").offset, 0);
});

Deno.test("len(), cap() and type() are of what has them", () => {
  assert.equal(memoryOf(pointerTo(ORDER), "len(p.Items)").offset, 40);
  assert.equal(memoryOf(pointerTo(ORDER), "cap(p.Items)").offset, 48);
  assert.equal(memoryOf(pointerTo(ORDER), "len(p.CreatedBy)").offset, 16);
  assert.deepEqual(memoryOf(makeType("chan int", "chan", 8, { element: INT }), "cap(p)"), {
    ...FROM_AX,
    steps: [],
    offset: 8,
    type: "int",
    nilIsZero: true,
  });
  const environment = environmentOf({ parameters: [["p", ERROR], ["a", arrayOf(INT, 3)]] });
  assert.equal(compileOne("main.f(type(p))", environment, TYPES).operand.kind, "type");
  assert.deepEqual(compileOne("main.f(len(a))", environment, TYPES).operand, { kind: "constant", value: 3 });
});

Deno.test("&x is the address of what lies in memory", () => {
  const environment = environmentOf({ parameters: [["p", pointerTo(ORDER)]] });
  const { operand } = compileOne("main.f(&p.Paid)", environment, TYPES);
  assert.equal(operand.kind === "address" && operand.of.offset, 88);
});

Deno.test("words of unknown type are what the user says", () => {
  const environment = environmentOf({ symbol: "main.f" });
  const compile = (text: string) => compileOne(text, environment, TYPES).operand;
  assert.equal(compile("main.f(arg0)").kind, "word");
  assert.deepEqual(compile("main.f(arg0.(*main.order).CreatedBy)"), {
    ...FROM_AX,
    type: STRING,
    steps: [],
    offset: 8,
  });
  const text = compile("main.f(arg1.(string))");
  assert.deepEqual(
    text.kind === "registers" && text.parts.map(({ location }) => "name" in location && location.name),
    [
      "BX",
      "CX",
    ],
  );
  const stack = environmentOf({ symbol: "main.f", convention: "stack" });
  assert.deepEqual(compileOne("main.f(arg1.(*main.order).ID)", stack, TYPES).operand, {
    kind: "memory",
    type: INT,
    start: { kind: "stack", offset: 16 },
    steps: [{ kind: "pointer", offset: 0 }],
    offset: 0,
  });
});

Deno.test("a result is read when the function returns, and $duration whatever list it is in", () => {
  const environment = environmentOf({ parameters: [["p", INT]], results: [["err", ERROR]] });
  assert.equal(compileOne("main.f -> err", environment, TYPES).moment, "return");
  assert.equal(compileOne("main.f($duration)", environment, TYPES).moment, "return");
  assert.equal(compileOne("main.f($goid)", environment, TYPES).moment, "entry");
});

const AMBIGUOUS = makeType("main.both", "struct", 16, {
  fields: ["A", "B"].map((name, i) => ({
    name,
    offset: 8 * i,
    type: structOf(`main.${name}`, 8, [["ID", 0, INT]]),
    embedded: true,
  })),
});

const PARAMETERS = [
  ["o", pointerTo(ORDER)],
  ["n", INT],
  ["x", FLOAT],
  ["err", ERROR],
  ["any", ANY],
  ["a", arrayOf(INT, 3)],
  ["both", pointerTo(AMBIGUOUS)],
  ["floats", mapOf(FLOAT, INT)],
  ["bytes", mapOf(INT8, INT)],
  ["odd", makeType("map[int]int", "map", 8, { key: INT, element: INT })],
] as const;

/** The expression, a caret below the place that the error names, and what it says. */
const WRONG: readonly (readonly [probe: string, caret: string, says: RegExp, hint: RegExp])[] = [
  ["main.f(nope)", "       ^", /no parameter nope/, /It has o, n, x/],
  ["main.f(out)", "       ^", /out is a result/, /behind an arrow/],
  ["main.f -> n", "          ^", /n is a parameter/, /before the arrow/],
  ["main.f -> nope", "          ^", /no result nope/, /It has out/],
  ["main.f(o.Nope)", "         ^", /has no field Nope/, /ID, audit, Customer/],
  ["main.f(n.Nope)", "         ^", /int has no field/, /Only structs/],
  ["main.f(err.Code)", "           ^", /is an interface/, /\.\(\*T\)\.Code/],
  ["main.f(both.ID)", "            ^", /ambiguous/, /A\.ID or B\.ID/],
  ["main.f(*n)", "       ^", /int is no pointer/, /Leave the \* out/],
  ["main.f(&n)", "       ^", /n has no address/, /in memory/],
  ["main.f(n[0])", "       ^", /int has no elements/, /Only arrays/],
  ["main.f(a[3])", "         ^", /no element 3/, /It has 3/],
  ["main.f(o.Items[-1])", "               ^", /a whole number from 0/, /Only a map/],
  ['main.f(o.Items["x"])', "               ^", /a whole number from 0/, /Only a map/],
  ["main.f(o.Items[2147483648])", "               ^", /an index is at most/, /nearer/],
  ["main.f(o.Tags[1])", "              ^", /the keys are string/, /Write a string/],
  ['main.f(bytes["x"])', "             ^", /the keys are int8/, /whole number/],
  ["main.f(bytes[128])", "             ^", /128 is no int8/, /it can have/],
  ["main.f(floats[1])", "              ^", /the keys are float64/, /Only strings and whole numbers/],
  ["main.f(odd[1])", "           ^", /how map\[int\]int lies/, /len\(\)/],
  [`main.f(o.Tags["${"k".repeat(65)}"])`, "              ^", /at most 64 bytes/, /len\(\)/],
  ["main.f(any.(main.nope))", "            ^", /main\.nope is not known/, /whole path/],
  ["main.f(any.(error))", "            ^", /can hold error/, /type\(x\)/],
  ["main.f(n.(string))", "          ^", /only an interface/, /Leave the assertion out/],
  ["main.f(len(n))", "       ^", /len\(\) is not for int/, /strings, slices/],
  ["main.f(cap(o.CreatedBy))", "       ^", /cap\(\) is not for string/, /strings, slices/],
  ["main.f(type(n))", "       ^", /type\(\) is for interfaces/, /Leave it out/],
  ["main.f($goid.x)", "             ^", /has nothing in it/, /as it is/],
];

for (const [probe, caret, says, hint] of WRONG) {
  Deno.test(`a wrong expression is told with its column: ${probe.slice(0, 40)}`, () => {
    const environment = environmentOf({ parameters: PARAMETERS, results: [["out", INT]] });
    assert.throws(() => compileOne(probe, environment, TYPES), (error) => {
      assert.ok(error instanceof ExpressionError);
      assert.equal(error.column, caret.indexOf("^"), error.message);
      assert.match(error.message, says);
      assert.match(error.hint, hint);
      return true;
    });
  });
}

Deno.test("what an executable does not say is told precisely", () => {
  const unknown = environmentOf({ symbol: "main.f" });
  const compile = (text: string, environment = unknown) => () => compileOne(text, environment, TYPES);
  assert.throws(compile("main.f(req)"), /there is no req: this executable does not name parameters/);
  assert.throws(compile("main.f(arg0.Method)"), /the type of arg0 is not known/);
  assert.throws(compile("main.f(arg0.(main.failure))", environmentOf({ symbol: "main.T.f" })), /no arg0/);
  const blank = environmentOf({ parameters: [["p", ERROR]], lacksBlanks: true, argsBytes: 24 });
  for (const expression of ["p.(*main.failure)", "type(p)", "len(p)"]) {
    assert.throws(compile(`main.f(${expression})`, blank), /a place that cannot be told/);
  }
  const old = environmentOf({ parameters: [], results: [], lacksResults: true });
  assert.throws(compile("main.f -> ret0", old), /results are not described/);
});
