/**
 * Nothing of tracing reaches the server: no request fails and no process crashes while probes come and go.
 *
 * @module
 */
import assert from "node:assert/strict";
import { planTargets, type Session } from "../../trace/mod.ts";
import { Server } from "../e2e/server.ts";
import { type Answer, compare, randomRequests, send } from "./load.ts";
import { buildClient, buildWhole } from "./programs.ts";
import { Recorder } from "./records.ts";
import { attached } from "./session.ts";
import { titleOf } from "./traced.ts";

/** Sends requests by both protocols, new connections and kept ones, until it is stopped. */
class Load {
  readonly answers: Answer[] = [];
  readonly failed: string[] = [];
  #stopped = false;
  readonly #done: Promise<unknown>;

  private constructor(server: Server) {
    this.#done = Promise.all([
      this.#repeat(() => send(server, randomRequests(1000, "h1-"), { concurrency: 16 })),
      this.#repeat(() => send(server, randomRequests(1000, "h2-"), { concurrency: 50, http2: true })),
      this.#repeat(() => send(server, randomRequests(200, "fresh-"), { concurrency: 4, fresh: true })),
    ]);
  }

  /** Builds the client first: until it is there nothing is sent. */
  static async start(server: Server): Promise<Load> {
    await buildClient();
    return new Load(server);
  }

  async #repeat(load: () => ReturnType<typeof send>): Promise<void> {
    while (!this.#stopped) {
      const { answers, failed } = await load();
      this.answers.push(...answers);
      this.failed.push(...failed);
    }
  }

  /** Lets what was begun come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

/** The load may have a moment between two of its clients, in which nothing is sent. */
const FIRST_RECORD_MS = 10_000;
/** How long probes stay in which a request was seen. */
const ATTACHED_MS = 20;

/** Waits until a request was recorded, and {@linkcode ATTACHED_MS} more; then gives the number of all records. */
async function recordsOf({ ring }: Session): Promise<number> {
  for (const start = performance.now(); ring.empty;) {
    if (performance.now() - start > FIRST_RECORD_MS) return 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await new Promise((resolve) => setTimeout(resolve, ATTACHED_MS));
  return ring.drain({ record: () => true }, 1000);
}

const ALL = Deno.env.get("GOHTTPSNOOP_ALL_GO") === "1";

for (const version of ["1.16.15", "1.20.14", "1.27.4"]) {
  // Each takes as long as the verifier does on a machine that is busy.
  const times = ALL || version === "1.27.4" ? 50 : 10;

  Deno.test(`${times} times attached and detached under load, no request fails: ${titleOf(version, "stripped")}`, async () => {
    const binary = await buildWhole(version, "stripped");
    await using server = await Server.start(binary, { tls: true });
    const load = await Load.start(server);
    try {
      const targets = planTargets({ binary, probes: [] });
      for (let i = 0; i < times; i++) {
        using session = attached(targets);
        assert.ok(await recordsOf(session) > 0, `no request was seen the ${i + 1}. time`);
      }
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    assert.ok(load.answers.length >= 2200);
    // What comes after is seen once, whatever was left open by those before.
    await using recorder = await Recorder.start(binary);
    const after = await send(server, randomRequests(500), { concurrency: 32 });
    await recorder.printed(500);
    assert.deepEqual(compare(after.answers, (await recorder.stop()).records), []);
    assert.equal(await server.stop(), 0);
  });

  Deno.test(`tracers that are killed under load leave the server alone: ${titleOf(version, "stripped")}`, async () => {
    const binary = await buildWhole(version, "stripped");
    await using server = await Server.start(binary, { tls: true });
    const load = await Load.start(server);
    try {
      for (let i = 0; i < 3; i++) {
        await using recorder = await Recorder.start(binary);
        await recorder.printed(100);
        await recorder.kill();
      }
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.failed, []);
    assert.equal(await server.stop(), 0);
  });
}

Deno.test("a server that is started 50 times is traced each time, and never crashes", async () => {
  const binary = await buildWhole("1.27.4", "stripped");
  await using recorder = await Recorder.start(binary);
  const answers: Answer[] = [];
  const pids = new Set<number>();
  for (let i = 0; i < 50; i++) {
    await using server = await Server.start(binary, { tls: true });
    const http2 = i % 2 === 1;
    const result = await send(server, randomRequests(20), { concurrency: 8, http2 });
    assert.deepEqual(result.failed, []);
    answers.push(...result.answers);
    pids.add(server.pid);
    assert.equal(await server.stop(i % 3 === 0 ? "SIGKILL" : "SIGTERM"), i % 3 === 0 ? 137 : 0);
  }
  await recorder.printed(1000);
  const { records } = await recorder.stop();
  assert.deepEqual(compare(answers, records), []);
  assert.deepEqual(new Set(records.map(({ pid }) => pid)), pids);
});
