import assert from "node:assert/strict";
import type { SiteCost } from "../probe/mod.ts";
import { CostWindow } from "./cost_window.ts";

/** A cost of 1 us a call, or 12 with its return. */
const ENTRY: SiteCost = { kind: "call", symbol: "main.a", hitNs: 1000, calls: 1 };
const RETURN: SiteCost = { kind: "call", symbol: "main.b", hitNs: 6000, calls: 0.5 };
/** Requests of a server that begin at one of two places, and a mark of 1 us. */
const BEGIN: SiteCost = { kind: "server", symbol: "begin", hitNs: 2000, calls: 1 };
const MARK: SiteCost = { kind: "server", symbol: "main.ping", hitNs: 1000, calls: 0 };
const LOOK_MS = 200;

/** What is let go by looks of a window of 5 %, `hits[i]` being the new hits before the look i. */
function look(costs: readonly (SiteCost | undefined)[], hits: readonly (readonly number[])[]) {
  const window = new CostWindow(0.05, 0);
  const sums = costs.map(() => 0);
  return hits.map((more, i) => {
    more.forEach((count, site) => sums[site]! += count);
    return window.look((i + 1) * LOOK_MS, [...sums], costs);
  });
}

Deno.test("CostWindow lets nothing go that costs as much as the budget", () => {
  // 50,000 calls of 1 us in a second.
  const overruns = look([ENTRY], Array.from({ length: 20 }, () => [10_000]));
  assert.deepEqual(overruns.flat(), []);
});

Deno.test("CostWindow lets a function go that costs a little more, after a second of it", () => {
  const overruns = look([ENTRY], Array.from({ length: 20 }, () => [11_000]));
  assert.equal(overruns.findIndex(({ length }) => length > 0), 4);
  assert.deepEqual(overruns[4], [{
    site: 0,
    kind: "call",
    symbol: "main.a",
    callsPerSecond: 55_000,
    share: 0.055,
  }]);
});

Deno.test("CostWindow lets a function go at the first look that has used up the second's budget", () => {
  const [first] = look([ENTRY], [[200_000]]);
  assert.deepEqual(first, [
    { site: 0, kind: "call", symbol: "main.a", callsPerSecond: 1_000_000, share: 1 },
  ]);
});

Deno.test("CostWindow allows a burst that fits into the budget of a second", () => {
  const burst = [[50_000], [0], [0], [0], [0], [0]];
  assert.deepEqual(look([ENTRY], [...burst, ...burst]).flat(), []);
});

Deno.test("CostWindow counts two hits for a call whose return is probed too", () => {
  // 5,000 calls of 12 us: 60 ms.
  const [first] = look([RETURN], [[10_000]]);
  assert.deepEqual(first?.map(({ callsPerSecond, share }) => [callsPerSecond, share]), [[25_000, 0.3]]);
});

Deno.test("CostWindow lets the dearest go first, and keeps what fits then", () => {
  // 40 ms, 45 ms, 24 ms, and what is no call.
  const costs = [ENTRY, { ...ENTRY, symbol: "main.c" }, RETURN, undefined];
  const [first] = look(costs, [[40_000, 45_000, 4000, 1e9]]);
  assert.deepEqual(first?.map(({ symbol }) => symbol), ["main.c", "main.a"]);
});

Deno.test("CostWindow adds up many functions that are cheap each", () => {
  const costs = Array.from({ length: 100 }, (_, i) => ({ ...ENTRY, symbol: `main.f${i}` }));
  const [first] = look(costs, [costs.map(() => 1000)]);
  assert.equal(first?.length, 50);
});

Deno.test("CostWindow takes all sites of a server for one, whose requests are counted where they begin", () => {
  // 24 ms, 8 ms and 30 ms; of calls 1 ms.
  const costs = [BEGIN, { ...BEGIN, symbol: "another" }, MARK, ENTRY];
  const overruns = look(costs, [[12_000, 4000, 30_000, 1000], [50_000, 0, 0, 0]]);
  assert.deepEqual(
    overruns.map((list) => list.map(({ kind, callsPerSecond, share }) => [kind, callsPerSecond, share])),
    [
      [["server", 80_000, 0.31]],
      [],
    ],
  );
});

Deno.test("CostWindow lets a handler go, and keeps the others", () => {
  const costs = ["main.ping", "main.pong"].map((symbol) => ({ ...ENTRY, kind: "handler" as const, symbol }));
  const [first] = look(costs, [[20_000, 40_000]]);
  assert.deepEqual(first?.map(({ kind, symbol }) => [kind, symbol]), [["handler", "main.pong"]]);
});

Deno.test("CostWindow does not look again at what it has let go", () => {
  const overruns = look([ENTRY], [[200_000], [30_000], [200_000]]);
  assert.deepEqual(overruns.map(({ length }) => length), [1, 0, 0]);
});

Deno.test("CostWindow measures by the time that has passed, where a look is late", () => {
  const window = new CostWindow(0.05, 0);
  // 140 ms within 3 s are less than 5 %.
  assert.deepEqual(window.look(3000, [140_000], [ENTRY]), []);
  assert.equal(window.look(6000, [140_000 + 160_000], [ENTRY]).length, 1);
});

Deno.test("CostWindow takes in functions that are attached later", () => {
  const window = new CostWindow(0.05, 0);
  assert.deepEqual(window.look(LOOK_MS, [10], [ENTRY]), []);
  assert.equal(window.look(2 * LOOK_MS, [10, 100_000], [ENTRY, { ...ENTRY, symbol: "main.new" }]).length, 1);
});
