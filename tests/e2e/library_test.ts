import assert from "node:assert/strict";
import { liveHandles } from "../../ffi/mod.ts";
import {
  type CallEvent,
  inspect,
  type RequestEvent,
  RuntimeError,
  trace,
  type TraceEvent,
  UsageError,
} from "../../mod.ts";
import { buildCalls, CallsProgram } from "../call/calls_program.ts";
import { Folder } from "../folder.ts";
import { ensureToolchain } from "../toolchains.ts";
import { sendAll, uniquePaths } from "./client.ts";
import { buildExample, Server } from "./server.ts";

function asRequest(event: TraceEvent): RequestEvent {
  assert.equal(event.type, "request");
  return event as RequestEvent;
}

Deno.test("trace() gives the requests as objects, and leaves nothing open when the loop is left", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const running = trace({ binary, probes: ["main.ping", "main.hello"] });
  assert.notDeepEqual(liveHandles(), []);
  const start = Date.now();
  const paths = uniquePaths("/hello/", 3);
  await sendAll(server.http, ["/ping", ...paths]);
  const seen = [];
  for await (const event of running) {
    seen.push(event);
    if (seen.length === 4) break;
  }
  assert.deepEqual(liveHandles(), []);
  assert.deepEqual(running.counters(), { lost: 0, reentered: 0, unkept: 0, filtered: 0 });
  assert.deepEqual(
    seen.map(asRequest).map(({ type, pid, symbol, method, path }) => ({ type, pid, symbol, method, path })),
    ["/ping", ...paths].map((path, i) => ({
      type: "request",
      pid: server.pid,
      symbol: i === 0 ? "main.ping" : "main.hello",
      method: "GET",
      path,
    })),
  );
  for (const { time } of seen) {
    const at = Date.parse(time);
    assert.ok(at >= start - 100 && at <= Date.now() + 100, time);
  }
});

Deno.test("trace() of the whole server gives each request, also when the method is not among the columns", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const running = trace({ binary, columns: ["status"] });
  await sendAll(server.http, ["/ping", ...uniquePaths("/hello/", 2)]);
  const seen = [];
  for await (const event of running) {
    seen.push(event);
    if (seen.length === 3) break;
  }
  // What is not asked for is not read, but the method, by which a request is known.
  for (const { type, pid, method, status, path, bytes } of seen.map(asRequest)) {
    assert.deepEqual([type, pid, method, status], ["request", server.pid, "GET", 200]);
    assert.deepEqual([path, bytes], [undefined, undefined]);
  }
});

Deno.test("trace() gives headers that are asked for, and refuses a column that there is not", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const running = trace({ binary, columns: ["header:x-one", "header:cookie", "header:x-two"] });
  await (await fetch(`${server.http}/ping`, { headers: { "x-one": "1", cookie: "a=b" } })).body?.cancel();
  for await (const event of running) {
    assert.deepEqual(asRequest(event).headers, { "X-One": "1", Cookie: "<redacted>" });
    break;
  }
  assert.throws(
    () => inspect({ binary, columns: ["statsu"] }),
    (error) => error instanceof UsageError && /no column statsu/.test(error.message),
  );
});

/** So many calls of a running trace, which ends with them. */
async function takeCalls(running: AsyncIterable<TraceEvent>, count: number): Promise<CallEvent[]> {
  const calls: CallEvent[] = [];
  for await (const event of running) {
    assert.ok(event.type === "call");
    if (calls.push(event) === count) break;
  }
  return calls;
}

const CALLS_GO = "1.27.4";

Deno.test("trace() gives calls as objects, by their expressions, with how long they took", async () => {
  const binary = await buildCalls(CALLS_GO);
  await using program = await CallsProgram.start(binary);
  const running = trace({
    binary,
    probes: ['main.(*store).Get(s.name, key, s.items["one"].Price) -> (val.Price, err)'],
    calls: { extended: true },
  });
  const truths = (await program.call("all", 2)).filter(({ symbol }) => symbol === "main.(*store).Get");
  const calls = await takeCalls(running, 2);
  assert.deepEqual(liveHandles(), []);
  assert.deepEqual(calls.map(({ args }) => args), [
    { "s.name": "main store", "key": "one", 's.items["one"].Price': 0 },
    { "s.name": "main store", "key": "two", 's.items["one"].Price': 1 },
  ]);
  assert.deepEqual(calls.map(({ results }) => results), [
    { "val.Price": 0, "err": null },
    { "val.Price": { $missing: "nil" }, "err": { $type: "*main.failure" } },
  ]);
  for (const [i, { pid, symbol, goid, durationMs, time }] of calls.entries()) {
    assert.deepEqual({ pid, symbol, goid }, {
      pid: program.pid,
      symbol: "main.(*store).Get",
      goid: Number(truths[i]?.goid),
    });
    assert.ok(durationMs !== undefined && durationMs > 0 && durationMs < 1000, String(durationMs));
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z$/);
  }
});

Deno.test("calls that do not meet a condition, or are too short, are counted and not given", async () => {
  const binary = await buildCalls(CALLS_GO);
  await using program = await CallsProgram.start(binary);
  const probes = ["main.hot(id) -> (double)", "main.sleeps(d)"];
  const where = trace({
    binary,
    probes: [probes[0]!],
    calls: { where: 'id >= 97 && hasPrefix(name, "call ")' },
  });
  await program.obey("hot 1 100");
  const calls = await takeCalls(where, 3);
  assert.deepEqual(calls.map(({ args, results }) => [args["id"], results?.["double"]]), [
    [97, 194],
    [98, 196],
    [99, 198],
  ]);
  assert.equal(where.counters().filtered, 97);
  const long = trace({ binary, probes: [probes[1]!], calls: { minDurationNs: 15_000_000 } });
  await program.obey("sleep 4");
  assert.deepEqual((await takeCalls(long, 2)).map(({ args }) => args["d"]), [20e6, 30e6]);
});

Deno.test("inspect() says what is read of a call, and where", async () => {
  const binary = await buildCalls(CALLS_GO);
  const plans = inspect({
    binary,
    probes: ["main.hot(name, $pid) -> (double)"],
    calls: { where: "id == 1" },
  });
  const [begin, end] = plans;
  assert.deepEqual(plans.map(({ kind, step }) => [kind, step]), [["call", "enter"], ["call", "return"]]);
  assert.equal(end?.site.class, "return");
  assert.deepEqual(begin?.call?.args.map(({ text }) => text), ["name", "$pid"]);
  assert.deepEqual(begin?.call?.results.map(({ text, value: { kind } }) => [text, kind]), [[
    "double",
    "integer",
  ]]);
  assert.deepEqual(begin?.call?.fields.map(({ name, fromEntry }) => [name, fromEntry]), [
    ["id", true],
    ["name", true],
    ["$pid", true],
    ["double", false],
    ["$duration", false],
  ]);
  assert.deepEqual(begin?.call?.condition.map(({ field, operator, operand }) => [field, operator, operand]), [
    [0, "equal", 1n],
  ]);
  assert.throws(() => inspect({ binary, probes: ["main.hot(nope)"] }), UsageError);
});

Deno.test("an AbortSignal ends the loop, after what was seen before", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const controller = new AbortController();
  const running = trace({ binary, probes: ["main.hello"], signal: controller.signal });
  await sendAll(server.http, uniquePaths("/hello/", 7));
  controller.abort();
  const seen = await Array.fromAsync(running);
  assert.equal(seen.length, 7);
  assert.deepEqual(liveHandles(), []);
});

Deno.test("a signal that has aborted already ends it at once", async () => {
  const binary = await buildExample();
  const seen = await Array.fromAsync(trace({ binary, probes: ["main.ping"], signal: AbortSignal.abort() }));
  assert.deepEqual(seen, []);
  assert.deepEqual(liveHandles(), []);
});

Deno.test("a trace that is never iterated can be closed", async () => {
  const binary = await buildExample();
  {
    await using _running = trace({ binary, probes: ["main.ping"] });
  }
  assert.deepEqual(liveHandles(), []);
});

Deno.test("a slow consumer gets every event", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const running = trace({ binary, probes: ["main.hello"] });
  const sending = sendAll(server.http, uniquePaths("/hello/", 200), { concurrency: 8 });
  let seen = 0;
  for await (const _ of running) {
    if (seen++ % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    if (seen === 200) break;
  }
  await sending;
  assert.equal(running.counters().lost, 0);
});

/** Sends requests for as long as `isOver()` does not say. */
async function sendWhile({ http }: Server, isOver: () => boolean): Promise<void> {
  while (!isOver()) await sendAll(http, uniquePaths("/hello/", 50), { concurrency: 4 });
}

Deno.test("trace() lets a handler go that costs more than maxCost, and tells", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const notes: string[] = [];
  const running = trace({
    binary,
    probes: ["main.hello", "main.ping"],
    maxCost: 0.00005,
    onNote: (text) => notes.push(text),
  });
  const sending = sendWhile(server, () => notes.length > 0).then(() => sendAll(server.http, ["/ping"]));
  for await (const event of running) if (asRequest(event).path === "/ping") break;
  await sending;
  assert.match(notes[0]!, /^main\.hello is not traced any more: [\d,]+ calls a second cost about /);
  assert.match(notes[0]!, / of a core, and maxCost is 0\.00005; maxCost 0\.1 or maxCost Infinity allows it$/);
  assert.deepEqual(liveHandles(), []);
});

Deno.test("trace() of the whole server ends with an error when it costs more than maxCost", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  let isOver = false;
  const sending = sendWhile(server, () => isOver);
  let seen = 0;
  const run = async () => {
    for await (const _ of trace({ binary, maxCost: 0.00005 })) seen++;
  };
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof RuntimeError);
    assert.match(
      error.message,
      /^Nothing is traced any more: it cost more than maxCost, 0\.00005 of a core$/,
    );
    assert.match(error.hint, /maxCost 0\.5, or Infinity/);
    return true;
  });
  isOver = true;
  await sending;
  assert.ok(seen > 0);
  assert.deepEqual(liveHandles(), []);
});

Deno.test("trace() refuses a maxCost that is no share", () => {
  for (const maxCost of [0, -1, NaN]) {
    assert.throws(() => trace({ binary: "./server", maxCost }), UsageError);
  }
});

Deno.test("inspect() needs no trace, and errors are this project's own", async () => {
  const binary = await buildExample();
  const [plan] = inspect({ binary, probes: ["main.ping"] });
  assert.equal(plan?.symbol, "main.ping");
  assert.deepEqual(plan.fields.map(({ expression, derefs, offset }) => ({ expression, derefs, offset })), [
    { expression: "req.Method", derefs: [], offset: 0 },
    { expression: "req.URL.Path", derefs: [16], offset: 56 },
  ]);
  assert.throws(() => inspect({ probes: ["main.ping"] }), UsageError);
  assert.equal(inspect({ binary })[0]?.kind, "server");
  assert.deepEqual(liveHandles(), []);
});

Deno.test("trace() goes on with the executable that takes the other's place", async () => {
  await using folder = await Folder.make();
  const binary = `${folder.path}/server`;
  await Deno.copyFile(await buildExample(), binary);
  await using running = trace({ binary, probes: ["main.hello"] });
  await Deno.copyFile(await buildExample(await ensureToolchain("1.20.14")), `${folder.path}/next`);
  await Deno.rename(`${folder.path}/next`, binary);
  await using server = await Server.start(binary);
  let sending = true;
  const requests = (async () => {
    // From the library nothing is heard of the change: ask until it is there.
    for (let i = 0; i < 100 && sending; i++) {
      await sendAll(server.http, ["/hello/again"]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const seen = [];
  for await (const event of running) {
    const { pid, path } = asRequest(event);
    seen.push({ pid, path });
    break;
  }
  sending = false;
  await requests;
  assert.deepEqual(seen, [{ pid: server.pid, path: "/hello/again" }]);
  assert.deepEqual(liveHandles(), []);
});
