import assert from "node:assert/strict";
import type { GoType } from "./go_type.ts";
import { mapLayout, type SwissMapLayout } from "./map_layout.ts";
import { makeType, pointerTo, STRING, structOf } from "./sample_types.ts";

const BYTE = makeType("uint8", "uint8", 1);
const INT = makeType("int", "int", 8);
const WORD = makeType("uint64", "uint64", 8);
const POINTER = makeType("unsafe.Pointer", "unsafe.Pointer", 8);

function eightOf(element: GoType): GoType {
  return makeType(`[8]${element.name}`, "array", 8 * element.size, { element, length: 8 });
}

function mapOf(key: GoType, element: GoType, group: GoType, header?: GoType): GoType {
  return makeType("map", "map", 8, { key, element, mapParts: { header, group } });
}

const BUCKET = structOf("map.bucket[string]int", 208, [
  ["topbits", 0, eightOf(BYTE)],
  ["keys", 8, eightOf(STRING)],
  ["elems", 136, eightOf(INT)],
  ["overflow", 200, POINTER],
]);

/** A group of slots, each of 24 bytes. */
function groupOf(key: GoType, element: GoType, size = 200): GoType {
  const slot = structOf("", 24, [["key", 0, key], ["elem", 16, element]]);
  return structOf("map.group[string]int", size, [["ctrl", 0, WORD], ["slots", 8, eightOf(slot)]]);
}

Deno.test("mapLayout() takes buckets apart", () => {
  assert.deepEqual(mapLayout(mapOf(STRING, INT, BUCKET)), {
    kind: "buckets",
    count: 0,
    flags: 8,
    B: 9,
    buckets: 16,
    oldbuckets: 24,
    bucket: {
      size: 208,
      tophash: 0,
      keys: { offset: 8, stride: 16, type: STRING, indirect: false },
      elements: { offset: 136, stride: 8, type: INT, indirect: false },
      overflow: 200,
    },
  });
});

Deno.test("mapLayout() takes groups of slots apart", () => {
  assert.deepEqual(mapLayout(mapOf(STRING, INT, groupOf(STRING, INT))), {
    kind: "swiss",
    used: 0,
    dirPtr: 16,
    dirLen: 24,
    table: { groups: 16, lengthMask: 24 },
    group: {
      size: 200,
      ctrl: 0,
      keys: { offset: 8, stride: 24, type: STRING, indirect: false },
      elements: { offset: 24, stride: 24, type: INT, indirect: false },
    },
  });
});

Deno.test("mapLayout() takes groups apart whose keys and elements stand in arrays", () => {
  const group = structOf("map.group[string]int", 200, [
    ["ctrl", 0, WORD],
    ["keys", 8, eightOf(STRING)],
    ["elems", 136, eightOf(INT)],
  ]);
  const { keys, elements } = (mapLayout(mapOf(STRING, INT, group)) as SwissMapLayout).group;
  assert.deepEqual([keys.offset, keys.stride], [8, 16]);
  assert.deepEqual([elements.offset, elements.stride], [136, 8]);
});

Deno.test("mapLayout() takes a map's own fields from where they are described", () => {
  const groups = structOf("groupReference<string,int>", 24, [["data", 8, POINTER], ["lengthMask", 16, WORD]]);
  const table = structOf("table<string,int>", 64, [["used", 0, WORD], ["groups", 32, groups]]);
  const fields = [["dirPtr", 40, pointerTo(pointerTo(table))], ["dirLen", 48, INT], [
    "used",
    8,
    WORD,
  ]] as const;
  const header = structOf("map<string,int>", 64, fields);
  const layout = mapLayout(mapOf(STRING, INT, groupOf(STRING, INT), header)) as SwissMapLayout;
  assert.deepEqual([layout.used, layout.dirPtr, layout.dirLen], [8, 40, 48]);
  assert.deepEqual(layout.table, { groups: 40, lengthMask: 48 });
  const lacking = structOf("map<string,int>", 64, fields.slice(0, 2));
  assert.equal(mapLayout(mapOf(STRING, INT, groupOf(STRING, INT), lacking)), undefined);
});

Deno.test("mapLayout() tells keys and elements that stand behind pointers", () => {
  const large = makeType("main.Large", "array", 136, { element: WORD, length: 17 });
  const slot = structOf("", 16, [["key", 0, pointerTo(large)], ["elem", 8, pointerTo(large)]]);
  const group = structOf("map.group", 136, [["ctrl", 0, WORD], ["slots", 8, eightOf(slot)]]);
  const { keys, elements } = (mapLayout(mapOf(large, large, group)) as SwissMapLayout).group;
  assert.deepEqual(keys, { offset: 8, stride: 16, type: large, indirect: true });
  assert.deepEqual(elements, { offset: 16, stride: 16, type: large, indirect: true });
});

Deno.test("mapLayout() has no layout for what is no map, or of a form that is not known", () => {
  assert.equal(mapLayout(INT), undefined);
  assert.equal(mapLayout(makeType("map[string]int", "map", 8, { key: STRING, element: INT })), undefined);
  const empty = structOf("map.group", 200, []);
  assert.equal(mapLayout(mapOf(STRING, INT, empty)), undefined);
  const withoutOverflow = structOf("map.bucket", 208, [["topbits", 0, eightOf(BYTE)], [
    "keys",
    8,
    eightOf(STRING),
  ], ["elems", 136, eightOf(INT)]]);
  assert.equal(mapLayout(mapOf(STRING, INT, withoutOverflow)), undefined);
});

Deno.test("mapLayout() refuses slots of another size than their type, and those that lie outside", () => {
  assert.equal(mapLayout(mapOf(STRING, INT, groupOf(INT, INT))), undefined);
  assert.equal(mapLayout(mapOf(STRING, INT, groupOf(STRING, INT, 192))), undefined);
});
