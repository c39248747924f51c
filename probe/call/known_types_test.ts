import assert from "node:assert/strict";
import { makeType } from "../../go/sample_types.ts";
import { BYTES, knownTypes, ORDER } from "./sample_function.ts";

Deno.test("a pointer is known by what it points to, also where the executable does not name it", () => {
  const found = knownTypes(ORDER).find("**main.order");
  assert.equal(found?.name, "**main.order");
  assert.equal(found.element?.element, ORDER);
  assert.equal(knownTypes(ORDER).find("*main.other"), undefined);
});

Deno.test("types are found by what a developer writes", () => {
  const pair = makeType("main.Pair[int,string]", "struct", 0);
  const types = knownTypes(pair, BYTES);
  assert.equal(types.find("main.Pair[int, string]"), pair);
  assert.equal(types.find("[]byte"), BYTES);
  assert.equal(types.descriptorAddress("[]byte"), 0x2000);
  assert.equal(types.descriptorAddress("*main.Pair[int, string]"), undefined);
});
