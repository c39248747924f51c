/**
 * What a request costs: how often programs run, counted by the kernel.
 *
 * @module
 */
import assert from "node:assert/strict";
import { planTargets } from "../../trace/mod.ts";
import { Server } from "../e2e/server.ts";
import { ProgramRuns } from "../program_runs.ts";
import { ALL_VERSIONS, minorOf } from "../toolchains.ts";
import { buildWhole } from "./programs.ts";
import { RawConnection, requestText } from "./raw.ts";
import { attached } from "./session.ts";
import { titleOf } from "./traced.ts";

const COUNT = 500;

for (const version of ALL_VERSIONS) {
  Deno.test(`a request costs exactly two hits, by HTTP/1.1 and by HTTP/2: ${titleOf(version, "default")}`, async () => {
    using counts = new ProgramRuns();
    const runs = async () => (await counts.read()).count;
    const binary = await buildWhole(version, "default");
    await using server = await Server.start(binary, { tls: true });
    const targets = planTargets({ binary, probes: [] });
    using session = attached(targets);
    assert.equal(await runs(), 0);

    // What is counted once for a connection comes when it ends, and these stay open.
    await using connection = await RawConnection.open(server.http);
    for (let i = 0; i < COUNT; i++) {
      await connection.write(requestText(`GET /s/200/${i === COUNT - 1 ? 9 : 1}/one/${i}`));
    }
    await connection.until(/gohtgohtt$/);
    const plain = await runs();

    using client = Deno.createHttpClient({ caCerts: [server.certificate], http1: false, http2: true });
    const get = async (i: number) => {
      await (await fetch(`${server.https}/s/200/5/two/${i}`, { client })).text();
    };
    await get(0);
    for (let i = 1; i < COUNT; i += 20) {
      await Promise.all(Array.from({ length: Math.min(20, COUNT - i) }, (_, j) => get(i + j)));
    }
    const multiplexed = await runs() - plain;

    const { reentered, lost } = session.counters();
    assert.equal(lost, 0);
    if (minorOf(version) >= 21) {
      assert.equal(plain / COUNT, 2);
      assert.equal(multiplexed / COUNT, 2);
      assert.equal(reentered, 0);
    }
    // A stack that grows is one hit more, at the branch that is taken; it is counted apart.
    assert.equal(plain + multiplexed, 4 * COUNT + reentered);

    const ordinary = targets.flatMap(({ plans }) => plans).filter(({ outcome }) => outcome === "ok");
    assert.deepEqual(ordinary.filter(({ site }) => !site.emulated).map(({ symbol }) => symbol), []);
    const pushes = ordinary.filter(({ site }) => site.class === "push").length;
    assert.equal(pushes, minorOf(version) >= 21 ? ordinary.length : 0);
  });
}
