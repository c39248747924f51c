import assert from "node:assert/strict";
import { BuildAhead } from "./build_ahead.ts";
import type { ProbePlan } from "../../mod.ts";
import type { Cell } from "./cells.ts";
import { AWKWARD_HANDLERS, checkPlans, EXAMPLE_HANDLERS, expectedOrigin, type Handler } from "./expected.ts";
import { renderTable } from "./report.ts";
import { compareLines } from "./run_cell.ts";

const { ping, hello } = EXAMPLE_HANDLERS;

Deno.test("compareLines() wants each line exactly as often as it was sent", () => {
  const sent = new Map([[ping, ["GET /ping", "GET /ping"]], [hello, ["GET /hello/1", "GET /hello/2"]]]);
  const all = [...sent.values()].flat();
  assert.deepEqual(compareLines(sent, all), []);
  assert.deepEqual(compareLines(sent, all.toReversed()), []);
  assert.deepEqual(compareLines(sent, all.slice(1)), [
    "main.ping: of 2 requests 1 were not printed, 0 lines are too many",
  ]);
  assert.deepEqual(compareLines(sent, ["GET /hello/1", ...all]), [
    "main.hello: of 2 requests 0 were not printed, 1 lines are too many",
  ]);
  assert.deepEqual(compareLines(sent, ["GET /hello/1", ...all.slice(0, -1)]), [
    "main.hello: of 2 requests 1 were not printed, 1 lines are too many",
  ]);
  assert.deepEqual(compareLines(sent, [...all, "GET /other"]), [
    '1 lines were never sent, e.g. "GET /other"',
  ]);
});

Deno.test("checkPlans() refuses another function, site, origin and version than the cell's", () => {
  const cell: Cell = { version: "1.26.11", variant: "stripped", state: "builds" };
  const older: Cell = { version: "1.20.14", variant: "stripped", state: "builds" };
  const origin = expectedOrigin(cell);
  const check = (handler: Handler, change: DeepPartial<ProbePlan>, of = cell) =>
    checkPlans(of, handler, [planOf(of, origin, change)]);
  assert.deepEqual(checkPlans(cell, ping, []), ["main.ping: no function stands for it"]);
  assert.deepEqual(check(ping, {}), []);
  assert.deepEqual(check(ping, { site: { class: "branch" } }, older), []);
  assert.equal(check(ping, {}, older).length, 1);
  assert.equal(check(ping, { site: { class: "branch" } }).length, 1);
  assert.equal(check(ping, { site: { class: "entry", emulated: false } }).length, 2);
  assert.equal(check(ping, { site: { once: false } }).length, 1);
  assert.equal(check(ping, { symbol: "main.hello" }).length, 1);
  assert.equal(check(ping, { goVersion: "" }).length, 1);
  assert.equal(checkPlans(cell, ping, [planOf(cell, "a guess", {})]).length, 1);

  const promoted = AWKWARD_HANDLERS.find(({ name }) => name === "main.(*promoted).ServeHTTP")!;
  const entry = { symbol: promoted.name, site: { class: "entry", emulated: false } } as const;
  assert.deepEqual(check(promoted, entry), []);
  assert.equal(check(promoted, entry, older).length, 2);
});

/** Some of a type, at any depth. */
type DeepPartial<T> = { readonly [K in keyof T]?: T[K] extends object ? DeepPartial<T[K]> : T[K] };

/** A plan as it is expected in a cell of Go 1.21 and later, with some of it changed. */
function planOf({ version }: Cell, origin: string, change: DeepPartial<ProbePlan>): ProbePlan {
  const site = {
    ...{ address: 0x1006, fileOffset: 0x1006, offset: 6, class: "push", guard: "always", emulated: true },
    ...{ once: true, instruction: "push rbp", reason: "", ...change.site },
  };
  return {
    ...{ symbol: "main.ping", address: 0x1000, architecture: "x86_64", goVersion: `go${version}` },
    ...{ convention: "register", g: { kind: "register", register: "r14" }, recipe: "net/http handler" },
    ...change,
    site,
    fields: [{ expression: "req.Method", origin }],
  } as unknown as ProbePlan;
}

Deno.test("BuildAhead works in order, one at a time, and no further ahead than asked", async () => {
  const started: number[] = [];
  const finish = new Map<number, () => void>();
  const ahead = new BuildAhead([0, 1, 2, 3, 4], (item) => {
    started.push(item);
    return new Promise<string>((resolve) => finish.set(item, () => resolve(`result ${item}`)));
  }, 2);
  const first = ahead.take(0);
  await settle();
  assert.deepEqual(started, [0]);
  finish.get(0)!();
  assert.equal(await first, "result 0");
  for (const item of [1, 2]) {
    await settle();
    finish.get(item)!();
  }
  await settle();
  assert.deepEqual(started, [0, 1, 2]);
  assert.equal(await ahead.take(1), "result 1");
  await settle();
  assert.deepEqual(started, [0, 1, 2, 3]);
  finish.get(3)!();
  await ahead.settled();
});

Deno.test("BuildAhead hands a failure to who takes it, and works on", async () => {
  const ahead = new BuildAhead(["bad", "good"], async (item) => {
    await settle();
    if (item === "bad") throw new Error("no compiler");
    return item;
  }, 1);
  await assert.rejects(ahead.take("bad"), /no compiler/);
  assert.equal(await ahead.take("good"), "good");
});

Deno.test("renderTable() shows every cell of the list, and why one is not ok", () => {
  const cells: Cell[] = [
    { version: "1.12.17", variant: "default", state: "builds" },
    { version: "1.12.17", variant: "pie", state: "builds" },
    { version: "1.13.15", variant: "default", state: { reason: "no linker", says: /ld/ } },
    { version: "1.27.4", variant: "default", state: "builds" },
  ];
  const [ok, failed, notBuilt] = cells as [Cell, Cell, Cell, Cell];
  const table = renderTable(cells, [
    { cell: ok, verdict: "ok", reasons: [] },
    { cell: failed, verdict: "FAILED", reasons: ["main.ping: no"] },
    { cell: notBuilt, verdict: "not built", reasons: ["no linker"] },
  ]);
  assert.deepEqual(table.split("\n"), [
    "Go       default    PIE",
    "1.12.17  ok         FAILED",
    "1.13.15  not built  -",
    "1.27.4   not run    -",
    "",
    "FAILED: Go 1.12.17 PIE:",
    "  main.ping: no",
    "not built: Go 1.13.15 default:",
    "  no linker",
  ]);
});

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}
