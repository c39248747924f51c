import assert from "node:assert/strict";
import { SpanSize } from "../bpf/mod.ts";
import type { FieldPlan } from "../probe/mod.ts";
import { findSpans } from "./spans.ts";

const AX = { kind: "register", index: 0, name: "AX" } as const;

function field(derefs: readonly number[], offset: number, kind: FieldPlan["kind"]): FieldPlan {
  const expression = JSON.stringify([derefs, offset]);
  return { name: "", expression, location: AX, derefs, offset, kind, capBytes: 8, origin: "test" };
}

const STRING = { kind: "string" } as const;
const INTEGER = { kind: "integer", size: 8, signed: true } as const;

Deno.test("findSpans() reads the fields of a struct and the pointer to the next one at once", () => {
  const { spans, places } = findSpans([
    field([8], 0, STRING),
    field([8], 192, STRING),
    field([], 120, INTEGER),
    field([], 56, INTEGER),
  ]);
  assert.deepEqual(spans, [
    { start: AX, parent: 0, pointer: 0, offset: 8, size: 120 },
    { start: AX, parent: 1, pointer: 0, offset: 0, size: 208 },
  ]);
  assert.deepEqual(places, [{ span: 2, at: 0 }, { span: 2, at: 192 }, { span: 1, at: 112 }, {
    span: 1,
    at: 48,
  }]);
});

Deno.test("findSpans() leaves alone what is too far away, and takes the window with the most in it", () => {
  const { spans, places } = findSpans([
    field([], 0, INTEGER),
    field([], SpanSize.bytes - 8, STRING),
    field([], SpanSize.bytes + 8, INTEGER),
    field([], SpanSize.bytes + 16, INTEGER),
  ]);
  assert.deepEqual(spans, [{ start: AX, parent: 0, pointer: 0, offset: SpanSize.bytes - 8, size: 32 }]);
  assert.deepEqual(places.map(({ span }) => span), [0, 1, 1, 1]);
});

Deno.test("findSpans() keeps the pointer to another struct before any fields", () => {
  const { spans, places } = findSpans([
    field([0], 8, STRING),
    field([], 208, INTEGER),
    field([], 216, INTEGER),
  ]);
  assert.deepEqual(spans.map(({ offset, size }) => [offset, size]), [[0, 8], [8, 16]]);
  assert.deepEqual(places.map(({ span }) => span), [2, 0, 0]);
});

Deno.test("findSpans() takes no half words, no words off the grid, and nothing that has no path", () => {
  const { spans, places } = findSpans([
    field([], 0, { kind: "integer", size: 4, signed: false }),
    field([], 16, INTEGER),
    field([], 28, INTEGER),
    field([], 0, { kind: "word" }),
    field([], 0, { kind: "duration" }),
    field([], 0, { kind: "mark" }),
  ]);
  assert.deepEqual(spans, [{ start: AX, parent: 0, pointer: 0, offset: 16, size: 8 }]);
  assert.deepEqual(places.map(({ span }) => span), [0, 1, 0, 0, 0, 0]);
});

Deno.test("findSpans() leaves a struct alone for which there is no room, and those behind it", () => {
  const { spans, places } = findSpans([field([0, 0, 0, 0], 0, STRING), field([0], 8, INTEGER)]);
  assert.deepEqual(spans.map(({ parent }) => parent), [0, 1, 2]);
  assert.deepEqual(places.map(({ span }) => span), [0, 2]);
});
