import assert from "node:assert/strict";
import { TargetError } from "../base/mod.ts";
import {
  CallBase,
  CallFieldLayout,
  CallKind,
  CallPart,
  CallPathStepLayout,
  CallPlanLayout,
  CallStep,
  CallTermLayout,
  MapDesign,
  MapLimit,
  PlanG,
  PlanMapLayout,
  RecordSize,
  TermEnd,
  TermOperator,
} from "../bpf/mod.ts";
import { SAMPLE_LAYOUT, sampleField } from "../probe/call/sample_fields.ts";
import {
  CALL_LIMITS,
  type CallField,
  type CallProgram,
  type MapSearch,
  type ProbePlan,
} from "../probe/mod.ts";
import { callShapeOf, encodeCall } from "./call_encoding.ts";

const DI = { kind: "register", index: 3, name: "DI" } as const;
const field = (rest: Partial<CallField>) => sampleField({ start: DI, ...rest });

const SEARCH: MapSearch = {
  typeName: "map[string]int",
  layout: SAMPLE_LAYOUT,
  groups: 24,
  key: { kind: "string", bytes: new TextEncoder().encode("key nine.") },
};
const NUMBERED: MapSearch = {
  ...SEARCH,
  layout: { ...SAMPLE_LAYOUT, design: "buckets" },
  key: { kind: "integer", size: 2, value: 0xfffen },
};

const FIELDS: readonly CallField[] = [
  field({
    steps: [
      { kind: "pointer", offset: -16 },
      { kind: "length", word: { register: 5 }, index: 7 },
      { kind: "type", word: { offset: 40 }, isItab: true, address: 0x1234_5678, name: "*main.T" },
      { kind: "map", map: NUMBERED },
    ],
    offset: -24,
    kind: { kind: "integer", size: 2 },
  }),
  field({
    start: { kind: "stack", offset: 32 },
    steps: [{ kind: "map", map: SEARCH }],
    kind: { kind: "string" },
    capBytes: 40,
  }),
  field({
    kind: { kind: "string-in-registers", lengthRegister: 4 },
    steps: [{ kind: "type", word: { register: 1 }, isItab: false, address: 0x10, name: "T" }, {
      kind: "map",
      map: { ...SEARCH },
    }],
  }),
  field({ start: { kind: "g" }, kind: { kind: "duration" }, fromEntry: false }),
  field({ kind: { kind: "itab-type", inRegister: true }, fromEntry: false }),
  field({
    start: { kind: "register", index: 6, name: "R9" },
    kind: { kind: "itab-type", inRegister: false },
  }),
  field({ offset: 8, nilIsZero: true }),
];

const PROGRAM: CallProgram = {
  args: [],
  results: [],
  durationField: 3,
  goidField: -1,
  minDurationNs: 5_000_000_000,
  fields: FIELDS,
  condition: [
    {
      field: 0,
      operator: "less",
      size: 2,
      signed: true,
      operand: -5n,
      then: "accept",
      otherwise: 1,
    },
    {
      field: 1,
      operator: "text-not-prefix",
      size: 8,
      signed: false,
      operand: new TextEncoder().encode("/api/items"),
      then: "accept",
      otherwise: "reject",
    },
  ],
};

function plan(step: ProbePlan["step"]): ProbePlan {
  return {
    named: "main.f",
    symbol: "main.f",
    role: "body",
    because: "it is main.f",
    signature: "",
    address: 0x401000,
    architecture: "x86_64",
    goVersion: "go1.27.4",
    convention: "register",
    g: { kind: "tls", offset: -8 },
    site: {
      address: 0x40100d,
      fileOffset: 0x100d,
      offset: 13,
      class: step === "return" ? "return" : "branch",
      guard: "none",
      emulated: true,
      once: true,
      instruction: "push rbp",
      reason: "",
    },
    step,
    kind: "call",
    outcome: "ok",
    recipe: "call",
    fields: [],
    call: PROGRAM,
    notes: [],
  };
}

const OPTIONS = {
  site: 3,
  sleepable: true,
  pid: 4711,
  wakeupBytes: 2 ** 21,
  pidNamespace: undefined,
  counted: false,
} as const;

/** The program's view of its plan. */
class PlanReader {
  readonly #view: DataView;

  constructor(step: ProbePlan["step"], call = PROGRAM) {
    const bytes = encodeCall(plan(step), call, OPTIONS);
    assert.equal(bytes.length, CallPlanLayout.byteLength);
    this.#view = new DataView(bytes.buffer);
  }

  get({ offset, size }: { readonly offset: number; readonly size: number }, at = 0): number {
    switch (size) {
      case 1:
        return this.#view.getUint8(at + offset);
      case 2:
        return this.#view.getUint16(at + offset, true);
      case 4:
        return this.#view.getUint32(at + offset, true);
      default:
        return Number(this.#view.getBigInt64(at + offset, true));
    }
  }

  signed({ offset }: { readonly offset: number }, at: number): number {
    return this.#view.getInt32(at + offset, true);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#view.buffer).slice(at, at + length);
  }

  /** So many members from that place on. */
  all<T extends string>(
    layout: Readonly<Record<T, { readonly offset: number; readonly size: number }>>,
    at: number,
    names: readonly T[],
  ): Record<string, number> {
    return Object.fromEntries(names.map((name) => [name, this.get(layout[name], at)]));
  }
}

function fieldAt(index: number): number {
  return CallPlanLayout.fields.offset + index * CallPlanLayout.fields.stride;
}

function stepAt(index: number, step: number): number {
  return fieldAt(index) + CallFieldLayout.steps.offset + step * CallFieldLayout.steps.stride;
}

Deno.test("encodeCall() writes what the plan says as a whole where the program reads it", () => {
  const { bytes, keptBytes, sizes, largest } = callShapeOf(plan("enter"), PROGRAM);
  const members = CallPlanLayout;
  const enter = new PlanReader("enter");
  assert.equal(enter.get(members.part), CallPart.begin);
  // Behind the stack check of Go 1.16 the goroutine is in CX; where the function returns, only in the thread's memory.
  assert.equal(enter.get(members.g), PlanG.cx);
  const atReturn = new PlanReader("return");
  assert.equal(atReturn.get(members.g), PlanG.tls);
  assert.equal(atReturn.signed(members.tlsOffset, 0), -8);
  assert.equal(enter.get(members.site), 3);
  assert.equal(enter.get(members.pid), 4711);
  assert.equal(enter.get(members.sleepable), 1);
  assert.equal(enter.get(members.address), 0x40100d);
  assert.equal(enter.get(members.recordSize), bytes);
  assert.equal(enter.get(members.recordClass), sizes[largest]);
  assert.equal(enter.get(members.keptSize), keptBytes);
  assert.equal(enter.get(members.fieldCount), FIELDS.length);
});

Deno.test("encodeCall() lets each hit read its own registers, and compare at the end only", () => {
  const enter = new PlanReader("enter");
  const bits = (...registers: number[]) => registers.reduce((mask, register) => mask | 1 << register, 0);
  assert.equal(enter.get(CallPlanLayout.registers), bits(1, 3, 4, 5, 6));
  assert.equal(enter.get(CallPlanLayout.usesG), 0);
  assert.equal(enter.get(CallPlanLayout.termCount), 0);
  assert.equal(enter.get(CallPlanLayout.minDurationNs), 0);
  const atReturn = new PlanReader("return");
  assert.equal(atReturn.get(CallPlanLayout.part), CallPart.return);
  assert.equal(atReturn.get(CallPlanLayout.registers), bits(3));
  assert.equal(atReturn.get(CallPlanLayout.usesG), 1);
  assert.equal(atReturn.get(CallPlanLayout.termCount), 2);
  assert.equal(atReturn.get(CallPlanLayout.minDurationNs), 5_000_000_000);
  assert.equal(new PlanReader("alone").get(CallPlanLayout.termCount), 2);
});

Deno.test("encodeCall() writes each kind of start and of end", () => {
  const reader = new PlanReader("enter");
  const { slots, largest } = callShapeOf(plan("enter"), PROGRAM);
  const kinds = [
    CallKind.integer,
    CallKind.string,
    CallKind.stringInRegisters,
    CallKind.duration,
    CallKind.itabInRegister,
    CallKind.itab,
    CallKind.integer,
  ];
  const bases = [
    CallBase.register,
    CallBase.stack,
    CallBase.register,
    CallBase.g,
    CallBase.register,
    CallBase.register,
    CallBase.register,
  ];
  FIELDS.forEach((field, i) => {
    const at = fieldAt(i);
    assert.equal(reader.get(CallFieldLayout.kind, at), kinds[i]);
    assert.equal(reader.get(CallFieldLayout.base, at), bases[i]);
    assert.equal(reader.get(CallFieldLayout.fromEntry, at), field.fromEntry ? 1 : 0);
    assert.equal(reader.get(CallFieldLayout.slot, at), slots[largest]![i]!.offset);
    assert.equal(reader.get(CallFieldLayout.capacity, at), field.capBytes);
    assert.equal(reader.get(CallFieldLayout.stepCount, at), field.steps.length);
    assert.equal(reader.get(CallFieldLayout.nilIsZero, at), field.nilIsZero ? 1 : 0);
  });
  assert.equal(reader.get(CallFieldLayout.reg, fieldAt(0)), 3);
  assert.equal(reader.get(CallFieldLayout.size, fieldAt(0)), 2);
  assert.equal(reader.signed(CallFieldLayout.offset, fieldAt(0)), -24);
  assert.equal(reader.signed(CallFieldLayout.stack, fieldAt(1)), 32);
  assert.equal(reader.get(CallFieldLayout.lengthReg, fieldAt(2)), 4);
});

Deno.test("encodeCall() writes each kind of step", () => {
  const reader = new PlanReader("enter");
  const { kind, inRegister, reg, offset, operand, map } = CallPathStepLayout;
  assert.equal(reader.get(kind, stepAt(0, 0)), CallStep.pointer);
  assert.equal(reader.signed(offset, stepAt(0, 0)), -16);
  assert.equal(reader.get(kind, stepAt(0, 1)), CallStep.length);
  assert.equal(reader.get(inRegister, stepAt(0, 1)), 1);
  assert.equal(reader.get(reg, stepAt(0, 1)), 5);
  assert.equal(reader.get(operand, stepAt(0, 1)), 7);
  assert.equal(reader.get(kind, stepAt(0, 2)), CallStep.itab);
  assert.equal(reader.get(inRegister, stepAt(0, 2)), 0);
  assert.equal(reader.signed(offset, stepAt(0, 2)), 40);
  assert.equal(reader.get(operand, stepAt(0, 2)), 0x1234_5678);
  assert.equal(reader.get(kind, stepAt(2, 0)), CallStep.type);
  assert.equal(reader.get(kind, stepAt(0, 3)), CallStep.map);
  // Searches that are equal are one.
  assert.deepEqual([stepAt(0, 3), stepAt(1, 0), stepAt(2, 1)].map((at) => reader.get(map, at)), [0, 1, 1]);
});

Deno.test("encodeCall() writes how maps are searched", () => {
  const reader = new PlanReader("enter");
  const at = (index: number) => CallPlanLayout.maps.offset + index * CallPlanLayout.maps.stride;
  const { design, keySize, keyLength, key, groups, first, field: _field, ...rest } = PlanMapLayout;
  assert.equal(reader.get(groups, at(0)), 24);
  assert.equal(reader.get(first, at(0)), 0);
  assert.equal(reader.get(design, at(0)), MapDesign.buckets);
  assert.equal(reader.get(keySize, at(0)), 2);
  assert.equal(reader.get({ offset: key.offset, size: 8 }, at(0)), 0xfffe);
  assert.equal(reader.get(design, at(1)), MapDesign.swiss);
  assert.equal(reader.get(keySize, at(1)), 0);
  assert.equal(reader.get(keyLength, at(1)), 9);
  assert.deepEqual(
    reader.bytes(at(1) + key.offset, 16),
    new TextEncoder().encode("key nine." + "\0".repeat(7)),
  );
  const { design: _, ...numbers } = SEARCH.layout;
  const names = Object.keys(numbers) as (keyof typeof numbers)[];
  assert.deepEqual(reader.all(rest, at(1), names), numbers);
});

Deno.test("encodeCall() writes the comparisons of a condition, and which comes next", () => {
  const reader = new PlanReader("return");
  const at = (index: number) => CallPlanLayout.terms.offset + index * CallPlanLayout.terms.stride;
  const { operator, field, size, sign, then, otherwise, length, operand } = CallTermLayout;
  assert.equal(reader.get(operator, at(0)), TermOperator.less);
  assert.equal(reader.get(size, at(0)), 2);
  assert.equal(reader.get(sign, at(0)), 1);
  assert.equal(reader.get({ offset: operand.offset, size: 8 }, at(0)), -5);
  assert.equal(reader.get(then, at(0)), TermEnd.accept);
  assert.equal(reader.get(otherwise, at(0)), 1);
  assert.equal(reader.get(operator, at(1)), TermOperator.textNotPrefix);
  assert.equal(reader.get(field, at(1)), 1);
  assert.equal(reader.get(sign, at(1)), 0);
  assert.equal(reader.get(length, at(1)), 10);
  assert.deepEqual(reader.bytes(at(1) + operand.offset, 10), new TextEncoder().encode("/api/items"));
  assert.equal(reader.get(otherwise, at(1)), TermEnd.reject);
});

Deno.test("encodeCall() lets neighbours of one path join, of those that the hit reads", () => {
  const atReturn = { fromEntry: false } as const;
  const fields = [field({ offset: 16 }), field({ ...atReturn, offset: 40 }), field({ offset: 8 })];
  const call = { ...PROGRAM, fields: [...fields, field({ ...atReturn, offset: 64 })], condition: [] };
  const { joins, spanSize, inSpan, spanOffset } = CallFieldLayout;
  const placesOf = (step: "enter" | "return") => {
    const reader = new PlanReader(step, call);
    return call.fields.map((_, i) =>
      [joins, spanSize, inSpan, spanOffset].map((member) => reader.get(member, fieldAt(i)))
    );
  };
  const unread = [0, 0, 0, 0];
  assert.deepEqual(placesOf("enter"), [[0, 16, 1, 8], unread, [1, 0, 1, 8], unread]);
  assert.deepEqual(placesOf("return"), [unread, [0, 32, 1, 40], unread, [1, 0, 1, 40]]);
});

Deno.test("plans that ask for no type are equal for all sites", () => {
  const call = { ...PROGRAM, fields: [field({})], condition: [] };
  assert.equal(new PlanReader("enter", call).get(CallPlanLayout.address), 0);
});

Deno.test("encodeCall() refuses texts that do not fit into a record together", () => {
  const call = { ...PROGRAM, fields: Array(3).fill(field({ kind: { kind: "string" }, capBytes: 2048 })) };
  assert.throws(() => encodeCall(plan("enter"), call, OPTIONS), TargetError);
});

Deno.test("encodeCall() refuses a step that is none of a call's", () => {
  assert.throws(() => encodeCall(plan("begin"), PROGRAM, OPTIONS), TypeError);
});

Deno.test("what a plan may have is what a program takes", () => {
  const { fields, maps, terms } = CallPlanLayout;
  assert.deepEqual(CALL_LIMITS, {
    fields: fields.length,
    steps: CallFieldLayout.steps.length,
    maps: maps.length,
    mapGroups: MapLimit.groupsMax,
    terms: terms.length,
    textBytes: CallTermLayout.operand.length * CallTermLayout.operand.stride,
    recordBytes: Math.max(...Object.values(RecordSize)),
  });
  assert.equal(PlanMapLayout.key.length * PlanMapLayout.key.stride, CALL_LIMITS.textBytes);
});
