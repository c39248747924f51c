/**
 * The whole server under load: each request is printed once, with what the client sent and saw.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { ALL_VERSIONS } from "../toolchains.ts";
import { compare, randomRequests, send } from "./load.ts";
import { type Build, BUILDS, buildWhole } from "./programs.ts";
import { Recorder } from "./records.ts";
import { titleOf, Traced } from "./traced.ts";

/** Stack arguments, registers without a push, and the newest, whose HTTP/2 is a package of its own. */
const MUCH = ["1.16.15", "1.20.14", "1.27.4"];
const COUNT = 10_000;

for (const version of MUCH) {
  Deno.test(`${COUNT} requests, 32 at a time, by HTTP/1.1 are printed once each: ${titleOf(version, "default")}`, async () => {
    await using traced = await Traced.start(version);
    const { answers, failed } = await send(traced.server, randomRequests(COUNT), { concurrency: 32 });
    const { records, lost } = await traced.records(COUNT);
    assert.deepEqual(failed, []);
    assert.equal(answers.length, COUNT);
    assert.deepEqual(compare(answers, records), []);
    assert.equal(lost, 0);
  });

  Deno.test(`${COUNT} requests, 100 streams of one connection, by HTTP/2 are printed once each: ${titleOf(version, "default")}`, async () => {
    await using traced = await Traced.start(version);
    const options = { concurrency: 100, http2: true };
    const { answers, failed, connections } = await send(traced.server, randomRequests(COUNT), options);
    const { records, lost } = await traced.records(COUNT);
    assert.deepEqual(failed, []);
    assert.equal(connections, 1);
    assert.equal(answers.length, COUNT);
    assert.deepEqual(compare(answers, records), []);
    assert.equal(new Set(records.map(({ remote }) => remote)).size, 1);
    assert.equal(lost, 0);
  });
}

for (const version of ALL_VERSIONS) {
  for (const build of Object.keys(BUILDS) as Build[]) {
    Deno.test(`300 requests by HTTP/1.1, kept alive and not, and 300 by HTTP/2 are printed once each: ${titleOf(version, build)}`, async () => {
      await using traced = await Traced.start(version, build);
      const loads = await Promise.all([
        send(traced.server, randomRequests(200, "kept-"), { concurrency: 16 }),
        send(traced.server, randomRequests(100, "fresh-"), { concurrency: 4, fresh: true }),
        send(traced.server, randomRequests(300, "h2-"), { concurrency: 100, http2: true }),
      ]);
      const answers = loads.flatMap((load) => load.answers);
      const { records } = await traced.records(600);
      assert.deepEqual(loads.flatMap(({ failed }) => failed), []);
      assert.equal(answers.length, 600);
      assert.deepEqual(compare(answers, records), []);
      // All were seen to begin, and to be what they were.
      assert.deepEqual(records.filter(({ duration_ms }) => duration_ms === undefined), []);
      for (const { path, proto } of records) {
        assert.equal(proto, path!.includes("/h2-") ? "HTTP/2.0" : "HTTP/1.1");
      }
    });
  }
}

for (const version of ["1.24.13", "1.26.11", "1.27.4"]) {
  Deno.test(`1,000 requests by net/http's HTTP/2 without TLS are printed once each: ${titleOf(version, "default")}`, async () => {
    await using traced = await Traced.start(version);
    const options = { concurrency: 100, http2: true, origin: traced.server.http };
    const { answers, failed, connections } = await send(traced.server, randomRequests(1000), options);
    const { records } = await traced.records(1000);
    assert.deepEqual(failed, []);
    assert.equal(connections, 1);
    assert.deepEqual(compare(answers, records), []);
    assert.deepEqual(records.filter(({ duration_ms }) => duration_ms === undefined), []);
  });
}

Deno.test("two processes of one executable at once: no request is printed with the other's process", async () => {
  const binary = await buildWhole("1.27.4", "default");
  await using first = await Server.start(binary, { tls: true });
  await using second = await Server.start(binary, { tls: true });
  await using recorder = await Recorder.start(binary);
  const load = (server: Server) =>
    Promise.all([
      send(server, randomRequests(2000, `${server.pid}-`), { concurrency: 16 }),
      send(server, randomRequests(2000, `${server.pid}-`), { concurrency: 50, http2: true }),
    ]);
  const loads = (await Promise.all([load(first), load(second)])).flat();
  await recorder.printed(8000);
  const { records } = await recorder.stop();
  assert.deepEqual(loads.flatMap(({ failed }) => failed), []);
  assert.deepEqual(compare(loads.flatMap(({ answers }) => answers), records), []);
  for (const { path, pid } of records) assert.match(path!, new RegExp(`^/s/\\d+/\\d+/${pid}-`));
});
