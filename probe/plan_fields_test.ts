import assert from "node:assert/strict";
import { TargetError } from "../base/mod.ts";
import { type Convention, KNOWN_LAYOUTS, parseFunctionName } from "../go/mod.ts";
import type { Architecture } from "../isa/mod.ts";
import { planFields } from "./plan_fields.ts";
import { netHttpHandler } from "./recipes/net_http.ts";

/** Where `req` is, as text. */
function request(symbol: string, convention: Convention, architecture: Architecture = "x86_64"): string {
  const fields = planFields(netHttpHandler(256), {
    symbol,
    name: parseFunctionName(symbol),
    architecture,
    convention,
    layouts: KNOWN_LAYOUTS,
  });
  const [first, second] = fields.map(({ location }) =>
    location.kind === "register" ? location.name : `sp+${location.offset}`
  );
  assert.equal(first, second);
  return first!;
}

Deno.test("planFields() finds the request of functions, methods, closures and generic instances", () => {
  const cases: [string, Convention, Architecture, string][] = [
    ["main.ping", "register", "x86_64", "CX"],
    ["main.ping", "stack", "x86_64", "sp+24"],
    ["main.ping", "register", "aarch64", "R2"],
    ["main.ping", "stack", "aarch64", "sp+24"],
    ["main.(*Server).ServeHTTP", "register", "x86_64", "DI"],
    ["main.(*Server).ServeHTTP", "stack", "x86_64", "sp+32"],
    ["main.main.func1", "register", "x86_64", "CX"],
    ["main.(*Server).Routes.func1", "register", "x86_64", "CX"],
    ["main.(*Server).Ping-fm", "register", "x86_64", "CX"],
    ["main.Handle[go.shape.int]", "register", "x86_64", "DI"],
    ["main.(*Box[go.shape.int]).ServeHTTP", "register", "x86_64", "SI"],
  ];
  for (const [symbol, convention, architecture, expected] of cases) {
    assert.equal(request(symbol, convention, architecture), expected, symbol);
  }
});

Deno.test("planFields() refuses a value receiver, whose size a symbol does not tell", () => {
  assert.throws(
    () => request("main.H.ServeHTTP", "register"),
    (error) => error instanceof TargetError && error.hint.includes("main.(*H).ServeHTTP"),
  );
});
