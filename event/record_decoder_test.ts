import assert from "node:assert/strict";
import { FieldStatus as RecordStatus, FieldWord, RecordLayout } from "../bpf/mod.ts";
import type { FieldPlan } from "../probe/plan.ts";
import { Clock } from "./clock.ts";
import { RecordDecoder } from "./record_decoder.ts";
import { shapeRecords } from "./record_layout.ts";
import { FieldStatus } from "./record_view.ts";

const FIELDS: FieldPlan[] = [32, 256].map((capBytes, i) => ({
  name: ["method", "path"][i]!,
  expression: "",
  location: { kind: "register", index: 2, name: "CX" },
  derefs: [],
  offset: 0,
  kind: { kind: "string" },
  capBytes,
  origin: "",
}));
const SHAPE = shapeRecords(FIELDS)!;

/** A record as the program writes it, at `offset` of a data area. */
function record(
  offset: number,
  sizeIndex: number,
  values: (string | number)[],
  totals: number[],
): Uint8Array {
  const data = new Uint8Array(8192);
  const view = new DataView(data.buffer);
  view.setBigUint64(offset + RecordLayout.timeNs.offset, 5_000_000_123n, true);
  view.setUint32(offset + RecordLayout.pid.offset, 4711, true);
  view.setUint16(offset + RecordLayout.site.offset, 1, true);
  view.setUint16(offset + RecordLayout.size.offset, SHAPE.sizes[sizeIndex]!, true);
  values.forEach((value, i) => {
    const status = typeof value === "number" ? value : FieldStatus.ok;
    view.setUint32(
      offset + RecordLayout.fields.offset + 4 * i,
      (status * 2 ** FieldWord.lengthBits) + totals[i]!,
      true,
    );
    if (typeof value === "string") {
      data.set(new TextEncoder().encode(value), offset + SHAPE.slots[sizeIndex]![i]!.offset);
    }
  });
  return data;
}

function decode(data: Uint8Array, offset: number) {
  const site = { probeIndex: 0, fields: FIELDS, shape: SHAPE };
  const clock = new Clock({ monotonicNs: 5_000_000_000n, unixNs: 0n });
  return new RecordDecoder(data, [site, { ...site, probeIndex: 7 }], clock).decode(offset);
}

Deno.test("decode() finds the strings of every record size", () => {
  for (let size = SHAPE.smallest; size <= SHAPE.largest; size++) {
    const data = record(1024 + 8, size, ["GET", "/ping"], [3, 5]);
    const view = decode(data, 1024 + 8);
    const text = (i: number) =>
      new TextDecoder().decode(view.bytes.subarray(view.start[i]!, view.start[i]! + view.length[i]!));
    assert.equal(view.pid, 4711);
    assert.equal(view.probeIndex, 7);
    assert.equal(view.timeNs, 123);
    assert.equal(view.fieldCount, 2);
    assert.deepEqual([text(0), text(1)], ["GET", "/ping"]);
  }
});

Deno.test("decode() tells how long a cut string was, nil and faults", () => {
  const cut = decode(record(0, SHAPE.largest, ["GET", "/".repeat(256)], [3, 100_000]), 0);
  assert.equal(cut.length[1], 256);
  assert.equal(cut.total[1], 100_000);
  const missing = decode(record(0, SHAPE.smallest, [FieldStatus.nil, FieldStatus.fault], [0, 0]), 0);
  assert.deepEqual([...missing.status.subarray(0, 2)], [FieldStatus.nil, FieldStatus.fault]);
});

Deno.test("decode() finds a string that lies behind the one before", () => {
  const joined = RecordStatus.joined;
  for (let size = SHAPE.smallest; size <= SHAPE.largest; size++) {
    const data = record(64 + 8, size, ["PATCH /a/path", joined], [5, 7]);
    const { start, length, total, status } = decode(data, 64 + 8);
    const at = 64 + 8 + SHAPE.slots[size]![0]!.offset;
    assert.deepEqual([start[0], length[0], start[1], length[1], total[1]], [at, 5, at + 6, 7, 7]);
    assert.equal(status[1], FieldStatus.ok);
  }
});

Deno.test("decode() finds a string behind one that is longer than its slot", () => {
  const method = "M".repeat(40);
  const data = record(8, SHAPE.largest, [`${method} /path`, RecordStatus.joined], [40, 5]);
  const { start, length } = decode(data, 8);
  assert.equal(length[0], 32);
  assert.deepEqual([start[1], length[1]], [start[0]! + 41, 5]);
});
