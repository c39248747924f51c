import assert from "node:assert/strict";
import { TargetError } from "../base/mod.ts";
import { KNOWN_LAYOUTS, type StructLayouts } from "../go/mod.ts";
import { resolvePath } from "./resolve_path.ts";

const TYPES = new Map([["w", "net/http.ResponseWriter"], ["req", "*net/http.Request"], ["o", "*main.Order"]]);

/** A pointer in a struct in a struct, and values of some kinds. */
const LAYOUTS: StructLayouts = {
  origin: "test",
  field: (type, name) =>
    ({
      "main.Order": {
        Customer: { offset: 8, type: "main.Customer" },
        Next: { offset: 64, type: "*main.Order" },
        Paid: { offset: 72, type: "bool" },
        Rate: { offset: 80, type: "float64" },
      },
      "main.Customer": { Name: { offset: 16, type: "string" }, Age: { offset: 32, type: "int32" } },
    } as Record<string, Record<string, { offset: number; type: string }>>)[type]?.[name],
};

Deno.test("resolvePath() follows the seed's two paths", () => {
  assert.deepEqual(resolvePath("req.Method", TYPES, KNOWN_LAYOUTS), {
    parameter: "req",
    derefs: [],
    offset: 0,
    kind: { kind: "string" },
  });
  assert.deepEqual(resolvePath("req.URL.Path", TYPES, KNOWN_LAYOUTS), {
    parameter: "req",
    derefs: [16],
    offset: 56,
    kind: { kind: "string" },
  });
});

Deno.test("resolvePath() adds a struct within a struct and follows each pointer", () => {
  assert.deepEqual(resolvePath("o.Customer.Name", TYPES, LAYOUTS), {
    parameter: "o",
    derefs: [],
    offset: 24,
    kind: { kind: "string" },
  });
  assert.deepEqual(resolvePath("o.Next.Next.Customer.Age", TYPES, LAYOUTS), {
    parameter: "o",
    derefs: [64, 64],
    offset: 40,
    kind: { kind: "integer", size: 4, signed: true },
  });
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
      () => resolvePath(expression, TYPES, expression.startsWith("o") ? LAYOUTS : KNOWN_LAYOUTS),
      (error) => error instanceof TargetError && message.test(error.message),
      expression,
    );
  }
});
