import assert from "node:assert/strict";
import { FormatError } from "../base/mod.ts";
import type { GoKind, GoType } from "./go_type.ts";
import { makeType } from "./make_type.ts";
import { shapeOfType } from "./type_shape.ts";

function simple(kind: GoKind, size: number, more: Partial<GoType> = {}): GoType {
  return makeType(kind, kind, size, more);
}

function struct(size: number, types: readonly GoType[]): GoType {
  const fields = types.map((type, i) => ({ name: `f${i}`, offset: 0, type, embedded: false }));
  return simple("struct", size, { fields });
}

const parts = (type: GoType) =>
  shapeOfType(type).components?.map(({ kind, offset, size }) => `${kind} ${offset}:${size}`);

const BOOL = simple("bool", 1);
const INT = simple("int", 8);
const STRING = simple("string", 16);
const EMPTY = struct(0, []);
const array = (element: GoType, length: number) =>
  simple("array", element.size * length, { element, length });

Deno.test("shapeOfType() makes one integer of what is one word or less", () => {
  assert.deepEqual(parts(BOOL), ["integer 0:1"]);
  assert.deepEqual(parts(simple("int16", 2)), ["integer 0:2"]);
  assert.deepEqual(parts(simple("uint32", 4)), ["integer 0:4"]);
  for (const kind of ["uintptr", "chan", "func", "map", "pointer", "unsafe.Pointer"] as const) {
    assert.deepEqual(parts(simple(kind, 8)), ["integer 0:8"]);
  }
});

Deno.test("shapeOfType() makes words of strings, interfaces and slices", () => {
  assert.deepEqual(parts(STRING), ["integer 0:8", "integer 8:8"]);
  assert.deepEqual(parts(simple("interface", 16)), ["integer 0:8", "integer 8:8"]);
  assert.deepEqual(parts(simple("slice", 24)), ["integer 0:8", "integer 8:8", "integer 16:8"]);
});

Deno.test("shapeOfType() makes floats of floats, and two of a complex number", () => {
  assert.deepEqual(parts(simple("float32", 4)), ["float 0:4"]);
  assert.deepEqual(parts(simple("complex64", 8)), ["float 0:4", "float 4:4"]);
  assert.deepEqual(parts(simple("complex128", 16)), ["float 0:8", "float 8:8"]);
});

Deno.test("shapeOfType() takes a struct by its fields, with the padding between them", () => {
  assert.deepEqual(parts(struct(24, [BOOL, STRING])), ["integer 0:1", "integer 8:8", "integer 16:8"]);
  assert.deepEqual(parts(struct(32, [struct(24, [BOOL, STRING]), BOOL])), [
    "integer 0:1",
    "integer 8:8",
    "integer 16:8",
    "integer 24:1",
  ]);
});

Deno.test("shapeOfType() knows the byte behind a last field of no size", () => {
  const shape = shapeOfType(struct(16, [INT, EMPTY]));
  assert.equal(shape.size, 16);
  assert.deepEqual(shape.components?.length, 1);
  assert.deepEqual(parts(struct(8, [EMPTY, INT])), ["integer 0:8"]);
  assert.deepEqual(shapeOfType(EMPTY), { size: 0, align: 1, components: [] });
});

Deno.test("shapeOfType() has no parts for arrays of more than one element", () => {
  assert.deepEqual(parts(array(INT, 1)), ["integer 0:8"]);
  assert.deepEqual(parts(array(INT, 0)), []);
  assert.equal(parts(array(INT, 2)), undefined);
  assert.equal(parts(struct(24, [INT, array(INT, 2)])), undefined);
});

Deno.test("shapeOfType() has no parts for more of them than there are registers", () => {
  assert.equal(parts(struct(8 * 65, Array.from({ length: 65 }, () => INT))), undefined);
});

Deno.test("shapeOfType() refuses a struct whose fields do not make up its size", () => {
  assert.throws(() => shapeOfType(struct(24, [INT])), (error) => {
    return error instanceof FormatError && /24 bytes, and its parts make 8/.test(error.message);
  });
});

Deno.test("shapeOfType() refuses a type that contains itself", () => {
  const fields: GoType["fields"][number][] = [];
  const type = simple("struct", 8, { fields });
  fields.push({ name: "self", offset: 0, type, embedded: false });
  assert.throws(() => shapeOfType(type), (error) => {
    return error instanceof FormatError && /contains itself/.test(error.message);
  });
});

Deno.test("shapeOfType() takes a type that lies twice in each of sixty others once", () => {
  let type = struct(0, []);
  for (let i = 0; i < 60; i++) type = struct(0, [type, type]);
  assert.equal(shapeOfType(type).size, 0);
});
