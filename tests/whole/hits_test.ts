/**
 * What a request costs: how often programs run, counted by the kernel.
 *
 * @module
 */
import assert from "node:assert/strict";
import { inspect } from "../../mod.ts";
import { ALL_VERSIONS } from "../toolchains.ts";
import { RawConnection, requestText } from "./raw.ts";
import { minorOf, titleOf, Traced } from "./traced.ts";

const STATS = "/proc/sys/kernel/bpf_stats_enabled";
const COUNT = 500;

/** Lets the kernel count runs of programs until the scope ends. */
async function countRuns(): Promise<AsyncDisposable> {
  const before = await Deno.readTextFile(STATS);
  await Deno.writeTextFile(STATS, "1");
  return { [Symbol.asyncDispose]: () => Deno.writeTextFile(STATS, before) };
}

for (const version of ALL_VERSIONS) {
  Deno.test(`a request costs exactly two hits, by HTTP/1.1 and by HTTP/2: ${titleOf(version, "default")}`, async () => {
    await using _runs = await countRuns();
    await using traced = await Traced.start(version);
    const { server, recorder } = traced;

    // What is counted once for a connection comes when it ends, and these stay open.
    await using connection = await RawConnection.open(server.http);
    const start = await recorder.hits();
    for (let i = 0; i < COUNT; i++) {
      await connection.write(requestText(`GET /s/200/${i === COUNT - 1 ? 9 : 1}/one/${i}`));
    }
    await connection.until(/gohtgohtt$/);
    await recorder.printed(COUNT);
    const plain = (await recorder.hits()).total - start.total;

    using client = Deno.createHttpClient({ caCerts: [server.certificate], http1: false, http2: true });
    const get = async (i: number) => {
      const response = await fetch(`${server.https}/s/200/5/two/${i}`, { client });
      await response.text();
    };
    await get(0);
    const middle = await recorder.hits();
    for (let i = 1; i < COUNT; i += 20) {
      await Promise.all(Array.from({ length: Math.min(20, COUNT - i) }, (_, j) => get(i + j)));
    }
    await recorder.printed(2 * COUNT);
    const end = await recorder.hits();
    const multiplexed = end.total - middle.total;
    const all = end.total - start.total;
    const { records, reentered } = await traced.records(2 * COUNT);
    assert.equal(records.length, 2 * COUNT);

    const ordinary = inspect({ binary: traced.binary, probes: [] })
      .filter(({ step, outcome }) => step !== "alone" && outcome === "ok");
    if (minorOf(version) >= 21) {
      assert.deepEqual(ordinary.filter(({ site }) => site.class !== "push").map(({ symbol }) => symbol), []);
      assert.equal(reentered, 0);
      assert.equal(plain / COUNT, 2);
      assert.equal(multiplexed / (COUNT - 1), 2);
    }
    // A stack that grows is one hit more, at the branch that is taken; it is counted apart.
    assert.equal(all, 2 * (2 * COUNT) + reentered);
    assert.deepEqual(ordinary.filter(({ site }) => !site.emulated).map(({ symbol }) => symbol), []);
  });
}
