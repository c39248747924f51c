import assert from "node:assert/strict";
import { callCosts, costNotes, costText, HIT_COST_NS } from "./hit_cost.ts";
import type { ProbePlan } from "./plan.ts";

/** The parts of a plan that costs depend on. */
function plan(symbol: string, step: ProbePlan["step"], emulated: boolean): ProbePlan {
  return { symbol, step, kind: "call", site: { emulated } } as ProbePlan;
}

const { emulated, singleStepped } = HIT_COST_NS;

Deno.test("callCosts() adds up an entry and the dearest return of each function", () => {
  const costs = callCosts([
    plan("main.a", "enter", true),
    plan("main.a", "return", false),
    plan("main.a", "return", false),
    plan("main.b", "alone", false),
    { ...plan("main.ping", "alone", true), kind: "handler" },
  ]);
  assert.deepEqual([...costs.values()], [
    { symbol: "main.a", callNs: emulated + singleStepped, hits: 2, steppedEntry: false, steppedReturns: 2 },
    { symbol: "main.b", callNs: singleStepped, hits: 1, steppedEntry: true, steppedReturns: 0 },
  ]);
});

Deno.test("costText() says where an estimate holds", () => {
  assert.equal(costText(emulated), "about 1 us");
  assert.equal(costText(singleStepped), "about 6 us in a virtual machine, less on bare metal");
});

Deno.test("costNotes() says nothing of functions whose probes are all emulated", () => {
  assert.deepEqual(costNotes([plan("main.a", "alone", true), plan("main.b", "alone", true)]), []);
});

Deno.test("costNotes() names one function with what is single-stepped of it", () => {
  const first = "the kernel single-steps its first instruction";
  const where = "in a virtual machine, less on bare metal";
  assert.deepEqual(costNotes([plan("main.a", "alone", false)]), [
    `each call of main.a costs about 6 us ${where}: ${first}`,
  ]);
  assert.deepEqual(
    costNotes([plan("main.a", "enter", true), plan("main.a", "return", false)]),
    [`each call of main.a costs about 7 us ${where}: the kernel single-steps the place where it returns`],
  );
  assert.deepEqual(
    costNotes([
      plan("main.a", "enter", false),
      plan("main.a", "return", false),
      plan("main.a", "return", false),
    ]),
    [`each call of main.a costs about 12 us ${where}: ${first} and the 2 places where it returns`],
  );
});

Deno.test("costNotes() tells of several functions at once", () => {
  const notes = costNotes([
    plan("main.a", "alone", false),
    plan("main.b", "enter", true),
    plan("main.b", "return", false),
    plan("main.c", "alone", true),
  ]);
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /^each call of 2 functions costs up to about 7 us /);
});
