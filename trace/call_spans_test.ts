import assert from "node:assert/strict";
import { SAMPLE_LAYOUT, sampleField as field } from "../probe/call/sample_fields.ts";
import { placeCallFields } from "./call_spans.ts";

const TEXT = { kind: "string" } as const;
const ALONE = { joins: false, spanSize: 0, inSpan: false, spanOffset: 0 };

Deno.test("fields of one struct are read at once, from the first of them to the last one's end", () => {
  const places = placeCallFields([
    field({ offset: 24 }),
    field({ offset: 8, kind: { kind: "integer", size: 4 } }),
    field({ offset: 40, kind: TEXT }),
  ]);
  assert.deepEqual(places, [
    { joins: false, spanSize: 48, inSpan: true, spanOffset: 8 },
    { joins: true, spanSize: 0, inSpan: true, spanOffset: 8 },
    { joins: true, spanSize: 0, inSpan: true, spanOffset: 8 },
  ]);
});

Deno.test("a field alone, or of another path than its neighbour's, is read by itself", () => {
  assert.deepEqual(placeCallFields([]), []);
  assert.deepEqual(
    placeCallFields([
      field({}),
      field({ start: { kind: "register", index: 1, name: "BX" } }),
      field({ steps: [{ kind: "pointer", offset: 8 }] }),
      field({}),
    ]),
    Array(4).fill(ALONE),
  );
});

Deno.test("what is too far away joins the path, and is read by itself", () => {
  const places = placeCallFields([field({ offset: 4096 }), field({ offset: 120 }), field({ offset: 0 })]);
  assert.deepEqual(places, [
    { joins: false, spanSize: 128, inSpan: false, spanOffset: 0 },
    { ...ALONE, joins: true, inSpan: true },
    { ...ALONE, joins: true, inSpan: true },
  ]);
});

Deno.test("a header that would end behind the span is not in it", () => {
  const places = placeCallFields([
    field({ offset: 0 }),
    field({ offset: 64 }),
    field({ offset: 120, kind: TEXT }),
  ]);
  assert.deepEqual(places.map(({ inSpan }) => inSpan), [true, true, false]);
  assert.equal(places[0]!.spanSize, 72);
});

Deno.test("a value that could not be loaded in one piece from the span is read by itself", () => {
  const places = placeCallFields([
    field({ offset: 4, kind: { kind: "integer", size: 4 } }),
    field({ offset: 8 }),
    field({ offset: 12, kind: { kind: "integer", size: 1 } }),
  ]);
  assert.deepEqual(places.map(({ inSpan, spanOffset }) => [inSpan, spanOffset]), [[true, 4], [false, 0], [
    true,
    4,
  ]]);
});

Deno.test("values that are no memory behind a path join it or stand alone", () => {
  const places = placeCallFields([
    field({ kind: { kind: "address" } }),
    field({ nilIsZero: true }),
    field({ kind: { kind: "duration" } }),
    field({ kind: { kind: "pid" } }),
  ]);
  assert.deepEqual(places, [ALONE, { ...ALONE, joins: true }, ALONE, ALONE]);
});

Deno.test("paths through a map are equal when they look for equal keys", () => {
  const at = (value: bigint, offset: number) => {
    const map = {
      typeName: "map[int]T",
      layout: SAMPLE_LAYOUT,
      groups: 24,
      key: { kind: "integer", size: 8, value },
    } as const;
    return field({ offset, steps: [{ kind: "map", map }] });
  };
  assert.deepEqual(
    placeCallFields([at(7n, 0), at(7n, 8), at(8n, 8)]).map(({ joins, inSpan }) => [joins, inSpan]),
    [[false, true], [true, true], [false, false]],
  );
});
