import assert from "node:assert/strict";
import { TargetError } from "../base/mod.ts";
import type { GoType } from "../go/mod.ts";
import { HTTP_TYPES, makeType, pointerTo, STRING, structOf } from "../go/sample_types.ts";
import { resolvePath } from "./resolve_path.ts";

const CUSTOMER = structOf("main.Customer", 40, [
  ["Name", 16, STRING],
  ["Age", 32, makeType("int32", "int32", 4)],
]);

/** A pointer in a struct in a struct, and values of some kinds; it refers to itself. */
const ORDER: GoType = {
  ...structOf("main.Order", 128, []),
  get fields() {
    return structOf("main.Order", 128, [
      ["Customer", 8, CUSTOMER],
      ["Next", 64, pointerTo(ORDER)],
      ["Paid", 72, makeType("bool", "bool", 1)],
      ["Rate", 80, makeType("float64", "float64", 8)],
      ["Raw", 88, makeType("[]uint8", "slice", 24, { element: makeType("uint8", "uint8", 1) })],
      ["Flags", 112, makeType("main.Flags", "uint16", 2)],
    ]).fields;
  },
};

const TYPES: ReadonlyMap<string, GoType> = new Map([
  ["w", HTTP_TYPES.responseWriter],
  ["req", HTTP_TYPES.request],
  ["o", pointerTo(ORDER)],
]);

Deno.test("resolvePath() follows the seed's two paths", () => {
  assert.deepEqual(resolvePath("req.Method", TYPES), {
    parameter: "req",
    derefs: [],
    offset: 0,
    kind: { kind: "string" },
  });
  assert.deepEqual(resolvePath("req.URL.Path", TYPES), {
    parameter: "req",
    derefs: [16],
    offset: 56,
    kind: { kind: "string" },
  });
});

Deno.test("resolvePath() adds a struct within a struct and follows each pointer", () => {
  assert.deepEqual(resolvePath("o.Customer.Name", TYPES), {
    parameter: "o",
    derefs: [],
    offset: 24,
    kind: { kind: "string" },
  });
  assert.deepEqual(resolvePath("o.Next.Next.Customer.Age", TYPES), {
    parameter: "o",
    derefs: [64, 64],
    offset: 40,
    kind: { kind: "integer", size: 4, signed: true },
  });
});

Deno.test("resolvePath() finds a promoted field, in a struct that is embedded or that an embedded pointer leads to", () => {
  const stream = structOf("main.Stream", 48, [["method", 16, STRING]]);
  const embedding = (name: string, type: GoType) =>
    pointerTo(
      makeType(name, "struct", 64, { fields: [{ name: "Stream", type, offset: 8, embedded: true }] }),
    );
  const types = new Map([
    ["s", embedding("main.Server", stream)],
    ["p", embedding("main.Client", pointerTo(stream))],
  ]);
  const string = { kind: "string" } as const;
  assert.deepEqual(resolvePath("s.method", types), { parameter: "s", derefs: [], offset: 24, kind: string });
  assert.deepEqual(resolvePath("p.method", types), { parameter: "p", derefs: [8], offset: 16, kind: string });
});

Deno.test("resolvePath() follows a pointer to the type that it is in", () => {
  const node: GoType = pointerTo({
    ...structOf("main.Node", 24, []),
    get fields() {
      return structOf("main.Node", 24, [["Next", 8, node], ["Name", 16, STRING]]).fields;
    },
  });
  assert.deepEqual(resolvePath("n.Next.Next.Name", new Map([["n", node]])).derefs, [8, 8]);
});

Deno.test("resolvePath() reads a named type as what it is made of", () => {
  assert.deepEqual(resolvePath("o.Flags", TYPES).kind, { kind: "integer", size: 2, signed: false });
  assert.deepEqual(resolvePath("o.Paid", TYPES).kind, { kind: "integer", size: 1, signed: false });
  assert.deepEqual(resolvePath("o.Raw", TYPES).kind, { kind: "bytes" });
});

Deno.test("resolvePath() refuses what it does not know, by name", () => {
  const cases: [string, RegExp][] = [
    ["x.Method", /no parameter x/],
    ["w.Method", /w is no pointer/],
    ["req.Nothing", /net\/http\.Request has no field Nothing/],
    ["o.Rate", /type float64 cannot be shown/],
    ["o.Customer", /type main\.Customer cannot be shown/],
    ["o.Paid.X", /bool has no field X/],
    ["req", /type \*net\/http\.Request cannot be shown/],
  ];
  for (const [expression, message] of cases) {
    assert.throws(
      () => resolvePath(expression, TYPES),
      (error) => error instanceof TargetError && message.test(error.message),
      expression,
    );
  }
});
