import assert from "node:assert/strict";
import { argumentInfoOf, mayTakeRequest } from "./handler_shape.ts";

/** As Go 1.26 writes them, to the end mark. */
const INFO = {
  handler: [0xfe, 0, 8, 8, 8, 0xfd, 16, 8],
  pointerMethod: [0, 8, 0xfe, 8, 8, 16, 8, 0xfd, 24, 8],
  shape: [0xfe, 8, 8, 16, 8, 0xfd, 24, 8],
  stringReceiver: [0xfe, 0xfe, 0, 8, 8, 8, 0xfd, 0xfd, 0xfe, 16, 8, 24, 8, 0xfd, 32, 8],
  threeInts: [0, 8, 8, 8, 16, 8],
  long: [0xfe, 0, 8, 8, 8, 0xfd, 0xfc],
};

function facts(argsBytes: number, info?: readonly number[], pointerWords?: readonly boolean[]) {
  return { argsBytes, pointerWords, argumentInfo: info && Uint8Array.from(info) };
}

Deno.test("a function of 24 bytes, an interface and a pointer, may be a handler", () => {
  assert.ok(mayTakeRequest(facts(24, INFO.handler), "none", false));
  assert.ok(mayTakeRequest(facts(24, undefined, [false, true, true]), "none", false));
  assert.ok(mayTakeRequest(facts(24, undefined, [false, false, false]), "none", false));
  assert.ok(!mayTakeRequest(facts(24, INFO.threeInts), "none", false));
  assert.ok(!mayTakeRequest(facts(24, undefined, [true, false, false]), "none", false));
  assert.ok(!mayTakeRequest(facts(16), "none", false));
  assert.ok(!mayTakeRequest(facts(32), "none", false));
});

Deno.test("a receiver and a dictionary come first", () => {
  assert.ok(mayTakeRequest(facts(32, INFO.pointerMethod), "pointer", false));
  assert.ok(!mayTakeRequest(facts(24, INFO.handler), "pointer", false));
  assert.ok(mayTakeRequest(facts(40, INFO.stringReceiver), "value", false));
  assert.ok(mayTakeRequest(facts(24, INFO.handler), "value", false));
  assert.ok(!mayTakeRequest(facts(16), "value", false));
  assert.ok(mayTakeRequest(facts(32, INFO.shape), "none", true));
  assert.ok(!mayTakeRequest(facts(32, INFO.shape), "none", false));
});

Deno.test("of a closure in a generic function the first argument is not said", () => {
  const closure = [16, 8];
  assert.ok(mayTakeRequest(facts(24, closure, [false, true, false]), "none", false));
  assert.ok(!mayTakeRequest(facts(24, closure, [true, true, false]), "none", false));
  assert.ok(!mayTakeRequest(facts(32, closure), "none", false));
  assert.ok(!mayTakeRequest(facts(24, closure), "none", true));
});

Deno.test("a large receiver leaves no registers for what comes behind it", () => {
  const dictionary = [72, 8];
  const onStack = [...dictionary, 0xfe, 0, 8, 8, 8, 0xfd, 80, 8];
  assert.ok(mayTakeRequest(facts(88, onStack), "value", true));
  assert.ok(!mayTakeRequest(facts(88, onStack), "pointer", true));
  assert.ok(mayTakeRequest(facts(80, [0xfe, 64, 8, 72, 8, 0xfd, 0, 8]), "value", false));
  assert.ok(mayTakeRequest(facts(96, [0xfe, 0, 8, 8, 8, 0xfd, 16, 8]), "value", false));
  assert.ok(!mayTakeRequest(facts(88, onStack, [true]), "value", true));
});

Deno.test("what is not known speaks for a handler", () => {
  const unknown = { argsBytes: undefined, pointerWords: undefined, argumentInfo: undefined };
  assert.ok(mayTakeRequest(unknown, "none", false));
  assert.ok(mayTakeRequest(facts(24, INFO.long), "none", false));
  assert.equal(argumentInfoOf(Uint8Array.of(0, 8)), undefined);
  assert.deepEqual(argumentInfoOf(Uint8Array.of(0, 8, 0xff, 1)), Uint8Array.of(0, 8));
});
