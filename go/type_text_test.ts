import assert from "node:assert/strict";
import { HTTP_TYPES, makeType, STRING, takes } from "./sample_types.ts";
import { signatureText } from "./type_text.ts";

const INT = makeType("int", "int", 8);
const ERROR = makeType("error", "interface", 16);

Deno.test("signatureText() writes parameters with names, without them, and a variadic one", () => {
  const { responseWriter, request } = HTTP_TYPES;
  assert.equal(
    signatureText(takes(["w", responseWriter], ["req", request])),
    "func(w net/http.ResponseWriter, req *net/http.Request)",
  );
  assert.equal(signatureText(takes(["", STRING], ["", INT])), "func(string, int)");
  const strings = makeType("[]string", "slice", 24, { element: STRING });
  assert.equal(signatureText({ ...takes(["list", strings]), variadic: true }), "func(list ...string)");
  assert.equal(signatureText(takes()), "func()");
});

Deno.test("signatureText() writes results, named by the developer or by the compiler", () => {
  const result = (name: string, type = INT) => ({ name, type });
  const text = (...results: ReturnType<typeof result>[]) => signatureText({ ...takes(), results });
  assert.equal(text(result("~r0")), "func() int");
  assert.equal(text(result("")), "func() int");
  assert.equal(text(result("n")), "func() (n int)");
  assert.equal(text(result("~r0"), result("~r1", ERROR)), "func() (int, error)");
  assert.equal(text(result("n"), result("err", ERROR)), "func() (n int, err error)");
});
