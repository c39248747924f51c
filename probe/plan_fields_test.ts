import assert from "node:assert/strict";
import { TargetError } from "../base/mod.ts";
import {
  arrayShape,
  type Convention,
  floatShape,
  integerShape,
  type Shape,
  structShape,
  wordsShape,
} from "../go/mod.ts";
import { HTTP_TYPES } from "../go/sample_types.ts";
import type { Architecture } from "../isa/mod.ts";
import { planFields, type RecipeTarget } from "./plan_fields.ts";
import { netHttpHandler } from "./recipes/net_http.ts";

const HANDLER = netHttpHandler(256);

function target(rest: Partial<RecipeTarget>): RecipeTarget {
  return {
    symbol: "main.ping",
    architecture: "x86_64",
    convention: "register",
    hasDictionary: false,
    types: (name) => {
      assert.equal(name, "*net/http.Request");
      return { type: HTTP_TYPES.request, origin: "DWARF" };
    },
    ...rest,
  };
}

/** Where `req` is, as text. */
function request(rest: Partial<RecipeTarget>): string {
  const [first, second] = planFields(HANDLER, target(rest)).map(({ location }) =>
    location.kind === "register" ? location.name : location.kind === "stack" ? `sp+${location.offset}` : ""
  );
  assert.equal(first, second);
  return first!;
}

Deno.test("planFields() finds the request of functions, methods and generic instances", () => {
  const word = wordsShape(1);
  const cases: [Shape | undefined, boolean, Convention, Architecture, string][] = [
    [undefined, false, "register", "x86_64", "CX"],
    [undefined, false, "stack", "x86_64", "sp+24"],
    [undefined, false, "register", "aarch64", "R2"],
    [undefined, false, "stack", "aarch64", "sp+24"],
    [word, false, "register", "x86_64", "DI"],
    [word, false, "stack", "x86_64", "sp+32"],
    [undefined, true, "register", "x86_64", "DI"],
    [word, true, "register", "x86_64", "SI"],
  ];
  for (const [receiver, hasDictionary, convention, architecture, expected] of cases) {
    const rest = { hasDictionary, convention, architecture, ...receiver === undefined ? {} : { receiver } };
    assert.equal(request(rest), expected, JSON.stringify(rest));
  }
});

Deno.test("planFields() lets a value receiver take its registers, or its place on the stack", () => {
  const text = wordsShape(2);
  assert.equal(request({ receiver: text }), "SI");
  assert.equal(request({ receiver: text, convention: "stack" }), "sp+40");
  assert.equal(request({ receiver: structShape([]) }), "CX");
  // A float takes none of the integer registers; an array of two goes to the stack.
  assert.equal(request({ receiver: structShape([floatShape(8), integerShape(1)]) }), "DI");
  assert.equal(request({ receiver: arrayShape(integerShape(8), 2) }), "CX");
});

Deno.test("planFields() says where the offsets come from", () => {
  const origins = planFields(HANDLER, target({})).map(({ name, origin }) => [name, origin]);
  assert.deepEqual(origins, [["method", "DWARF"], ["path", "DWARF"]]);
});

Deno.test("planFields() finds a request on the stack behind a receiver that fills the registers, and refuses an unknown one", () => {
  // Nine words fill the registers, w and req follow on the stack.
  assert.equal(request({ receiver: wordsShape(9) }), "sp+24");
  const broken = { ...HANDLER, fields: [{ name: "x", expression: "nobody.X", capBytes: 1 }] };
  assert.throws(() => planFields(broken, target({})), TargetError);
});
