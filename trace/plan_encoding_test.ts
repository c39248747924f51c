import assert from "node:assert/strict";
import { headerName, TargetError, UsageError } from "../base/mod.ts";
import {
  MapDesign,
  PlanFieldLayout,
  PlanGuard,
  PlanLayout,
  PlanMapLayout,
  PlanSlotLayout,
  PlanSpanLayout,
} from "../bpf/mod.ts";
import type { FieldPlan, ProbePlan } from "../probe/mod.ts";
import { SAMPLE_LAYOUT } from "../probe/call/sample_fields.ts";
import { encodePlan, shapeOf } from "./plan_encoding.ts";

const FIELD: FieldPlan = {
  name: "path",
  expression: "req.URL.Path",
  location: { kind: "stack", offset: 24 },
  derefs: [16],
  offset: 56,
  kind: { kind: "string" },
  capBytes: 256,
  origin: "DWARF",
};

function plan(fields: readonly FieldPlan[]): ProbePlan {
  return {
    named: "main.ping",
    symbol: "main.ping",
    role: "body",
    because: "it is main.ping",
    signature: "",
    address: 0x1000,
    architecture: "x86_64",
    goVersion: "go1.16.15",
    convention: "stack",
    g: { kind: "tls", offset: -8 },
    site: {
      address: 0x100d,
      fileOffset: 0xd,
      offset: 13,
      class: "branch",
      guard: "branch-not-taken",
      emulated: true,
      once: true,
      instruction: "jbe",
      reason: "",
    },
    step: "alone",
    kind: "handler",
    outcome: "ok",
    recipe: "test",
    fields,
    notes: [],
  };
}

Deno.test("encodePlan() writes each member where the program reads it", () => {
  const one = plan([FIELD, {
    ...FIELD,
    location: { kind: "register", index: 2, name: "CX" },
    derefs: [],
    offset: -8,
  }]);
  const shape = shapeOf(one);
  const bytes = encodePlan(one, {
    site: 3,
    sleepable: true,
    pid: 4711,
    wakeupBytes: 2 ** 21,
    pidNamespace: { device: 4, inode: 4026531836 },
    counted: true,
  });
  const view = new DataView(bytes.buffer);
  assert.equal(bytes.length, PlanLayout.byteLength);
  assert.equal(view.getUint8(PlanLayout.guard.offset), PlanGuard.branchNotTaken);
  assert.equal(view.getUint8(PlanLayout.fieldCount.offset), 2);
  assert.equal(view.getUint8(PlanLayout.siteFromCookie.offset), 0);
  assert.equal(view.getUint16(PlanLayout.site.offset, true), 3);
  assert.equal(view.getUint8(PlanLayout.spanCount.offset), 3);
  assert.equal(view.getUint8(PlanLayout.counted.offset), 1);
  assert.equal(view.getUint32(PlanLayout.pid.offset, true), 4711);
  assert.equal(view.getBigUint64(PlanLayout.wakeupBytes.offset, true), 2n ** 21n);
  assert.equal(view.getBigUint64(PlanLayout.pidnsIno.offset, true), 4026531836n);
  const first = PlanLayout.fields.offset;
  assert.equal(view.getInt32(first + PlanFieldLayout.stack.offset, true), 24);
  assert.equal(view.getInt32(first + PlanFieldLayout.deref.offset, true), 16);
  assert.equal(view.getInt32(first + PlanFieldLayout.offset.offset, true), 56);
  const second = first + PlanLayout.fields.stride;
  assert.equal(view.getUint8(second + PlanFieldLayout.reg.offset), 2);
  assert.equal(view.getInt32(second + PlanFieldLayout.offset.offset, true), -8);
  // The pointer at 16 of what is on the stack; what it points to; and what the register points to.
  assert.equal(view.getUint8(first + PlanFieldLayout.span.offset), 2);
  assert.equal(view.getUint8(second + PlanFieldLayout.span.offset), 3);
  const [pointer, path, other] = [0, 1, 2].map((i) => PlanLayout.spans.offset + i * PlanLayout.spans.stride);
  assert.equal(view.getInt32(pointer! + PlanSpanLayout.stack.offset, true), 24);
  assert.equal(view.getInt32(pointer! + PlanSpanLayout.offset.offset, true), 16);
  assert.equal(view.getUint16(pointer! + PlanSpanLayout.size.offset, true), 8);
  assert.equal(view.getUint8(path! + PlanSpanLayout.parent.offset), 1);
  assert.equal(view.getUint16(path! + PlanSpanLayout.size.offset, true), 16);
  assert.equal(view.getUint8(other! + PlanSpanLayout.reg.offset), 2);
  const slot = PlanLayout.slots.offset + shape.largest * PlanLayout.slots.stride +
    PlanLayout.slots.inner.stride;
  assert.equal(view.getUint16(slot + PlanSlotLayout.capacity.offset, true), 256);
  const cookies = encodePlan(one, {
    site: undefined,
    sleepable: false,
    pid: 0,
    wakeupBytes: 0,
    pidNamespace: undefined,
    counted: false,
  });
  assert.equal(cookies[PlanLayout.siteFromCookie.offset], 1);
});

Deno.test("shapeOf() refuses more fields, deeper paths and longer strings than a program can take", () => {
  assert.throws(() => shapeOf(plan(Array(PlanLayout.fields.length + 1).fill(FIELD))), TargetError);
  assert.throws(() => shapeOf(plan([{ ...FIELD, derefs: [1, 2, 3, 4, 5] }])), TargetError);
  assert.throws(() => shapeOf(plan([{ ...FIELD, capBytes: 5_000 }])), TargetError);
});

Deno.test("encodePlan() writes how a header is looked for, by whom, and that nothing is in a span", () => {
  const header = (name: string): FieldPlan => ({
    ...FIELD,
    search: {
      typeName: "net/http.Header",
      layout: { ...SAMPLE_LAYOUT, design: "buckets" },
      groups: 8,
      key: { kind: "string", bytes: new TextEncoder().encode(name) },
      first: true,
    },
  });
  const bytes = encodePlan(plan([FIELD, header("A"), header("Bc")]), {
    site: 0,
    sleepable: true,
    pid: 0,
    wakeupBytes: 1,
    pidNamespace: undefined,
    counted: false,
  });
  const get = (offset: number) => bytes[offset]!;
  const field = (i: number) => PlanLayout.fields.offset + i * PlanLayout.fields.stride;
  const map = (i: number) => PlanLayout.maps.offset + i * PlanLayout.maps.stride;
  assert.deepEqual([0, 1, 2].map((i) => get(field(i) + PlanFieldLayout.searched.offset)), [0, 1, 1]);
  assert.deepEqual([0, 1, 2].map((i) => get(field(i) + PlanFieldLayout.span.offset)), [0, 0, 0]);
  assert.deepEqual([PlanLayout.searchCount, PlanLayout.spanCount].map(({ offset }) => get(offset)), [2, 0]);
  assert.deepEqual([0, 1].map((i) => get(map(i) + PlanMapLayout.field.offset)), [1, 2]);
  assert.deepEqual([0, 1].map((i) => get(map(i) + PlanMapLayout.keyLength.offset)), [1, 2]);
  assert.deepEqual([0, 1].map((i) => get(map(i) + PlanMapLayout.first.offset)), [1, 1]);
  assert.deepEqual([0, 1].map((i) => get(map(i) + PlanMapLayout.groups.offset)), [8, 8]);
  assert.equal(get(map(1) + PlanMapLayout.design.offset), MapDesign.buckets);
  assert.equal(get(map(1) + PlanMapLayout.key.offset), "B".charCodeAt(0));
  assert.throws(
    () => shapeOf(plan(Array.from({ length: 5 }, (_, i) => header(`H${i}`)))),
    (error) => error instanceof TargetError && /5 headers to look for; at most 4/.test(error.message),
  );
});

Deno.test("the name of a header may be as long as the key that a program looks for", () => {
  const bytes = PlanMapLayout.key.length * PlanMapLayout.key.stride;
  assert.equal(headerName(`header:${"x".repeat(bytes)}`)?.name.length, bytes);
  assert.throws(() => headerName(`header:${"x".repeat(bytes + 1)}`), UsageError);
});

Deno.test("encodePlan() says that method and path may lie one behind the other, where the record begins with them", () => {
  const options = {
    site: 0,
    sleepable: true,
    pid: 0,
    wakeupBytes: 0,
    pidNamespace: undefined,
    counted: false,
  };
  const joined = (...fields: FieldPlan[]) => encodePlan(plan(fields), options)[PlanLayout.joined.offset];
  const method: FieldPlan = { ...FIELD, name: "method", capBytes: 32 };
  const status: FieldPlan = { ...FIELD, name: "status", kind: { kind: "integer", size: 8, signed: true } };
  assert.equal(joined(method, FIELD), 1);
  assert.equal(joined(method, FIELD, status), 1);
  assert.equal(joined(method, status, FIELD), 0);
  assert.equal(joined(FIELD, method), 0);
  assert.equal(joined(method), 0);
});
