/**
 * Requests of every kind, and every way in which they end: each is printed once, as what it was.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { ALL_VERSIONS, chosenVersions, minorOf } from "../toolchains.ts";
import { compareEndings, endings, type Expected } from "./endings.ts";
import { RawConnection, requestText } from "./raw.ts";
import { buildWhole } from "./programs.ts";
import { Recorder } from "./records.ts";
import { titleOf, Traced } from "./traced.ts";

for (const version of ALL_VERSIONS) {
  Deno.test(`each request is printed once, however it ends: ${titleOf(version, "stripped")}`, async () => {
    await using traced = await Traced.start(version, "stripped");
    const run = crypto.randomUUID().slice(0, 8);
    let next = 0;
    const expected = new Map<string, readonly Expected[]>();
    for (const { title, send } of endings(minorOf(version))) {
      expected.set(title, await send(traced.server, () => `${run}-${next++}`));
    }
    const { records, lost } = await traced.records([...expected.values()].flat().length);
    assert.deepEqual(compareEndings(expected, records), []);
    assert.equal(lost, 0);
  });
}

for (const version of chosenVersions()) {
  Deno.test(`a request that began before the probes has no latency of its own: ${titleOf(version, "default")}`, async () => {
    const binary = await buildWhole(version, "default");
    await using server = await Server.start(binary);
    await using connection = await RawConnection.open(server.http);
    // The handler waits for the body; the answer to Expect tells that it does.
    await connection.write(
      requestText("POST /read/earlier", ["Expect: 100-continue", "Content-Length: 5"]),
    );
    await connection.until(/ 100 /);
    await using recorder = await Recorder.start(binary);
    await connection.write("12345");
    await connection.until(/5$/);
    await connection.write(requestText("GET /s/200/3/later"));
    await connection.until(/ggo$/);
    await recorder.printed(2);
    const { records } = await recorder.stop();
    assert.deepEqual(records.map(({ path, status, bytes }) => [path, status, bytes]), [
      ["/read/earlier", 200, 1],
      ["/s/200/3/later", 200, 3],
    ]);
    assert.deepEqual(records.map(({ duration_ms }) => duration_ms !== undefined), [false, true]);
  });
}
