import assert from "node:assert/strict";
import { HTTP_TYPES, makeType, STRING, takes } from "./sample_types.ts";
import { declarationText, signatureText } from "./type_text.ts";

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
  assert.equal(text(result("~r0"), result("err", ERROR)), "func() (_ int, err error)");
});

Deno.test("signatureText() writes a blank parameter among named ones as Go does", () => {
  const { responseWriter, request } = HTTP_TYPES;
  assert.equal(
    signatureText(takes(["", responseWriter], ["req", request])),
    "func(_ net/http.ResponseWriter, req *net/http.Request)",
  );
});

Deno.test("declarationText() writes a function with the names that an expression can use", () => {
  const results = [{ name: "id", type: STRING }, { name: "err", type: ERROR }];
  const signature = { ...takes(["order", makeType("*main.Order", "pointer", 8)], ["retry", INT]), results };
  const text = (symbol: string, receiver?: string, lacksResults = false) => {
    const type = makeType("*main.Shop", "pointer", 8);
    const whole = receiver === undefined ? signature : { ...signature, receiver: { name: receiver, type } };
    return declarationText(symbol, { signature: whole, lacksBlanks: false, lacksResults });
  };
  const list = "(order *main.Order, retry int)";
  assert.equal(text("main.charge"), `main.charge${list} (id string, err error)`);
  assert.equal(
    text("main.(*Shop).charge", "s"),
    `main.(*Shop).charge${list} (id string, err error) // receiver s`,
  );
  assert.equal(text("main.(*Shop).charge", ""), `main.(*Shop).charge${list} (id string, err error)`);
  assert.equal(
    text("main.(*Shop).charge", "s", true),
    `main.(*Shop).charge${list} // receiver s; results are not described`,
  );
});
