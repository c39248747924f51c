import assert from "node:assert/strict";
import { callFieldTexts } from "./explain_call.ts";
import type { CallField, CallProgram } from "./program.ts";
import { sampleField } from "./sample_fields.ts";

function field(name: string, rest: Partial<CallField>): CallField {
  return sampleField({ name, ...rest });
}

const PROGRAM: CallProgram = {
  args: [],
  results: [],
  durationField: 4,
  goidField: 2,
  minDurationNs: 1_000_000,
  fields: [
    field("o.Customer.Email", {
      steps: [{ kind: "pointer", offset: 24 }],
      offset: 16,
      kind: { kind: "string" },
      capBytes: 256,
    }),
    field("key", { kind: { kind: "string-in-registers", lengthRegister: 2 }, capBytes: 64 }),
    field("$goid", { start: { kind: "g" }, offset: 152 }),
    field("err.(*main.failure).Code", {
      steps: [
        { kind: "type", word: { register: 0 }, isItab: true, address: 0x1000, name: "*main.failure" },
        { kind: "length", word: { offset: 40 }, index: 2 },
      ],
      kind: { kind: "address" },
      offset: 8,
    }),
    field("$duration", { start: { kind: "g" }, kind: { kind: "duration" }, fromEntry: false }),
    field("type(ret0)", {
      start: { kind: "stack", offset: 24 },
      kind: { kind: "itab-type", inRegister: false },
      fromEntry: false,
    }),
    field("$pid", { kind: { kind: "pid" }, fromEntry: false }),
  ],
  condition: [
    {
      field: 1,
      operator: "text-prefix",
      size: 8,
      signed: false,
      operand: new TextEncoder().encode("a\n"),
      then: 1,
      otherwise: "reject",
    },
    { field: 2, operator: "less", size: 8, signed: true, operand: -1n, then: "accept", otherwise: "reject" },
  ],
};

Deno.test("callFieldTexts() of an entry says what is read there", () => {
  assert.deepEqual(callFieldTexts(PROGRAM, "enter"), [
    ["value", "o.Customer.Email: AX, pointer at +24, string at +16, up to 256 bytes"],
    ["value", "key: AX, string with its length in register 2, up to 64 bytes"],
    ["value", "$goid: the goroutine, 8 bytes at +152"],
    [
      "value",
      "err.(*main.failure).Code: AX, type in register 0 is *main.failure, length at +40 above 2, +8",
    ],
  ]);
});

Deno.test("callFieldTexts() of a return says what is read there, and which calls are told", () => {
  assert.deepEqual(callFieldTexts(PROGRAM, "return"), [
    ["value", "$duration: since its entry"],
    ["value", "type(ret0): stack at +24, type of the itab at +0"],
    ["value", "$pid: the process"],
    ["condition", '0: value 1 (key) text-prefix "a\\n": then 1, else reject'],
    ["condition", "1: value 2 ($goid) less -1: then accept, else reject"],
    ["condition", "it took at least 1000000 ns"],
  ]);
});

Deno.test("callFieldTexts() of a call told at its entry says all", () => {
  assert.equal(callFieldTexts(PROGRAM, "alone").length, 10);
});
