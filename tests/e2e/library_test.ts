import assert from "node:assert/strict";
import { liveHandles } from "../../ffi/mod.ts";
import { inspect, trace, UsageError } from "../../mod.ts";
import { Folder } from "../folder.ts";
import { ensureToolchain } from "../toolchains.ts";
import { sendAll, uniquePaths } from "./client.ts";
import { buildExample, Server } from "./server.ts";

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
    seen.map(({ type, pid, symbol, method, path }) => ({ type, pid, symbol, method, path })),
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
  for (const { type, pid, method, status, path, bytes } of seen) {
    assert.deepEqual([type, pid, method, status], ["request", server.pid, "GET", 200]);
    assert.deepEqual([path, bytes], [undefined, undefined]);
  }
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
  for await (const { pid, path } of running) {
    seen.push({ pid, path });
    break;
  }
  sending = false;
  await requests;
  assert.deepEqual(seen, [{ pid: server.pid, path: "/hello/again" }]);
  assert.deepEqual(liveHandles(), []);
});
