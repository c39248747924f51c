/**
 * What a loaded server's tracer must hold, whatever the machine: nothing is lost with the default buffer, what a small
 * one loses is counted to the last request, and the server is not made to wake the reader. GOHTTPSNOOP_LOAD_SECONDS=60
 * takes longer than the 10 seconds that are enough for each change.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DEFAULT_BUFFER_BYTES, planTargets, Pump } from "../../trace/mod.ts";
import { Server } from "../e2e/server.ts";
import { tracerCommand } from "../e2e/tracer.ts";
import { buildServer, sendLoad } from "../bench/clients.ts";
import { Process } from "../bench/process.ts";
import { isSeen } from "../bench/tracers.ts";
import { attached } from "./session.ts";

const RATE = 20_000;
const SECONDS = Number(Deno.env.get("GOHTTPSNOOP_LOAD_SECONDS") ?? 10);
const PAGE_BYTES = 4096;

/** What a run of the library's own reader came to. */
interface Seen {
  readonly records: number;
  readonly lost: number;
  /** How often the server has woken the reader. */
  readonly woken: number;
  /** How often the reader has looked. */
  readonly batches: number;
}

/** Sends so many requests while a reader counts its records. */
async function count(bufferBytes: number, load: { requests: number; rate: number }): Promise<Seen> {
  const binary = await buildServer();
  await using server = await Server.start(binary);
  // Others may run the same executable meanwhile, out of the cache.
  using session = attached(planTargets({ pids: [server.pid], probes: [] }), bufferBytes);
  let records = 0;
  let woken = 0;
  let batches = 0;
  const { ring } = session;
  const wait = ring.wait.bind(ring);
  ring.wait = async (timeoutMs) => {
    const start = performance.now();
    const result = await wait(timeoutMs);
    // A timeout is never early.
    if (performance.now() - start < timeoutMs - 1) woken++;
    return result;
  };
  const pump = new Pump(session, {
    event() {
      records++;
      return true;
    },
    batch: () => void batches++,
  });
  const run = pump.run();
  await sendLoad(`${server.http}/hello`, load);
  // The last request's record may be written a little later than its answer.
  for (let look = 0; look < 200 && records + session.counters().lost < load.requests; look++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  pump.stop();
  await run;
  return { records, lost: session.counters().lost, woken, batches };
}

Deno.test(`${RATE} requests a second for ${SECONDS} s: each has its line of JSON, and none is lost`, async () => {
  const binary = await buildServer();
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-load-" });
  try {
    await using server = await Server.start(binary);
    const { command, args } = tracerCommand();
    await using tracer = await Process.start(
      command,
      [...args, "--json", "--fail-on-lost", "--output-file", file, binary],
      () => isSeen(`${server.http}/hello`, file),
    );
    const { sent } = await sendLoad(`${server.http}/json`, { requests: RATE * SECONDS, rate: RATE });
    await tracer.stop();
    const numbers = new Uint8Array(sent);
    let lines = 0;
    using reader = await Deno.open(file);
    let rest = "";
    for await (const text of reader.readable.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const line of parts) {
        const number = /"path":"\/json\/(\d+)"/.exec(line)?.[1];
        if (number === undefined) continue;
        lines++;
        numbers[Number(number)]! += 1;
      }
    }
    assert.equal(lines, sent);
    assert.ok(numbers.every((times) => times === 1), "a request has no line, or two");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("with a ring of one page, what is seen and what is counted as lost are what was sent", async () => {
  const requests = 200_000;
  const { records, lost } = await count(PAGE_BYTES, { requests, rate: 0 });
  assert.equal(records + lost, requests);
  assert.ok(lost > 0, "nothing was lost: the test shows nothing");
});

Deno.test("under load the server wakes the reader for less than one record in a thousand, and the reader looks seldom", async () => {
  const requests = RATE * 5;
  const { records, lost, woken, batches } = await count(DEFAULT_BUFFER_BYTES, { requests, rate: RATE });
  assert.deepEqual({ records, lost }, { records: requests, lost: 0 });
  assert.ok(woken <= requests / 1000, `${woken} wake-ups`);
  assert.ok(batches <= requests / 500, `${batches} batches`);
});
