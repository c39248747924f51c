import assert from "node:assert/strict";
import { toCall } from "./call.ts";
import { Clock } from "./clock.ts";
import type { CallPlan, ValuePlan } from "./record_view.ts";
import { callProbe, floatBits, NIL, type SampleValue, sampleView } from "./sample_view.ts";
import { ABSENT, PRESENT, TYPES } from "./sample_values.ts";

const clock = new Clock({ monotonicNs: 0n, unixNs: 1_772_357_400_000_000_000n });

function callOf(call: Partial<CallPlan>, values: readonly SampleValue[]) {
  const probes = [callProbe(call, values.length)];
  return toCall(sampleView(probes, values), probes, clock, TYPES);
}

function valueOf(value: ValuePlan, values: readonly SampleValue[]) {
  return callOf({ args: [{ text: "x", value }] }, values).args["x"];
}

Deno.test("toCall() makes an object that may be kept", () => {
  const call: CallPlan = {
    args: [{ text: "order.ID", value: { kind: "integer", field: 0, bytes: 8, signed: true } }],
    results: [{ text: "err", value: { kind: "interface", type: 1, candidates: [] } }],
    durationField: 2,
    goidField: 3,
  };
  assert.deepEqual(callOf(call, [17, 0, 1_234_567, 21]), {
    type: "call",
    time: "2026-03-01T09:30:00.000000007Z",
    pid: 42,
    symbol: "main.f",
    args: { "order.ID": 17 },
    results: { err: null },
    durationMs: 1.234567,
    goid: 21,
  });
});

Deno.test("toCall() leaves out what is not asked for, or not known", () => {
  const event = callOf({ durationField: 0, goidField: 1 }, [NIL, NIL]);
  assert.deepEqual(Object.keys(event), ["type", "time", "pid", "symbol", "args"]);
  assert.deepEqual(event.args, {});
});

Deno.test("toCall() refuses the record of a request", () => {
  const probes = [{ symbol: "main.ping", fields: [] }];
  assert.throws(() => toCall(sampleView(probes, {}), probes, clock), RangeError);
});

Deno.test("toCall() gives values as JSON has them", () => {
  let compared = 0;
  for (const { plan, values, json } of [...PRESENT, ...ABSENT]) {
    const wanted = JSON.parse(json);
    // What JSON cannot have is another test's.
    if (/\$b64|NaN|Inf/.test(json) || typeof wanted === "number" && !Number.isSafeInteger(wanted)) continue;
    compared++;
    assert.deepEqual(valueOf(plan, values), wanted);
  }
  assert.ok(compared > 50);
});

Deno.test("toCall() gives what JSON has not: exact integers, all floats, bytes", () => {
  const word: ValuePlan = { kind: "integer", field: 0, bytes: 8, signed: false };
  assert.equal(valueOf(word, [2n ** 64n - 1n]), 2n ** 64n - 1n);
  assert.equal(valueOf(word, [2n ** 53n - 1n]), 2 ** 53 - 1);
  assert.equal(valueOf({ kind: "float", field: 0, bytes: 8 }, [floatBits(-Infinity)]), -Infinity);
  assert.equal(valueOf({ kind: "float", field: 0, bytes: 4 }, [floatBits(0.1, 4)]), 0.1);
  assert.ok(Object.is(valueOf({ kind: "float", field: 0, bytes: 4 }, [floatBits(-0, 4)]), -0));
  const text: ValuePlan = { kind: "string", field: 0 };
  const invalid = Uint8Array.of(0x61, 0xff);
  assert.deepEqual(valueOf(text, [invalid]), { $text: "a\ufffd", $bytes: invalid });
  assert.deepEqual(valueOf(text, [{ text: invalid, more: 3 }]), {
    $cut: "a\ufffd",
    $length: 5,
    $bytes: invalid,
  });
});
