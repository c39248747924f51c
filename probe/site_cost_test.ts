import assert from "node:assert/strict";
import { HIT_COST_NS } from "./hit_cost.ts";
import type { ProbePlan } from "./plan.ts";
import { siteCosts } from "./site_cost.ts";

const { emulated, singleStepped } = HIT_COST_NS;

/** The parts of a plan that costs depend on. */
function plan(
  kind: ProbePlan["kind"],
  symbol: string,
  step: ProbePlan["step"],
  isEmulated = true,
): ProbePlan {
  return { symbol, step, kind, site: { emulated: isEmulated } } as ProbePlan;
}

const CALL = [plan("call", "main.a", "enter"), plan("call", "main.a", "return", false)];
const HANDLERS = [plan("handler", "main.ping", "alone"), plan("handler", "main.pong", "alone", false)];
const SERVER = [
  plan("server", "begin", "begin"),
  plan("server", "main.ping", "mark", false),
  plan("server", "end", "end"),
  plan("server", "panic", "end-begun", false),
];

Deno.test("siteCosts() shares a call's cost among its two hits", () => {
  const half = { kind: "call", symbol: "main.a", hitNs: (emulated + singleStepped) / 2, calls: 0.5 };
  assert.deepEqual(siteCosts(CALL, { requests: false }), [half, half]);
});

Deno.test("siteCosts() has no costs of requests unless they are asked for", () => {
  const costs = siteCosts([...HANDLERS, ...SERVER, ...CALL], { requests: false });
  assert.deepEqual(costs.map((cost) => cost?.kind), [...Array(6).fill(undefined), "call", "call"]);
});

Deno.test("siteCosts() has the cost of a handler's entry", () => {
  assert.deepEqual(siteCosts(HANDLERS, { requests: true }), [
    { kind: "handler", symbol: "main.ping", hitNs: emulated, calls: 1 },
    { kind: "handler", symbol: "main.pong", hitNs: singleStepped, calls: 1 },
  ]);
});

Deno.test("siteCosts() counts a request where it begins, and the cost of all of its hits", () => {
  assert.deepEqual(siteCosts(SERVER, { requests: true }), [
    { kind: "server", symbol: "begin", hitNs: emulated, calls: 1 },
    { kind: "server", symbol: "main.ping", hitNs: singleStepped, calls: 0 },
    { kind: "server", symbol: "end", hitNs: emulated, calls: 0 },
    { kind: "server", symbol: "panic", hitNs: singleStepped, calls: 0 },
  ]);
});
