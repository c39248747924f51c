/**
 * The latency of the whole server's records against what the server itself measures around its handler.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { type Request, send } from "./load.ts";
import { buildWhole } from "./programs.ts";
import { Recorder } from "./records.ts";
import { titleOf } from "./traced.ts";

const COUNT = 2000;
const ATTEMPTS = 3;

/** The value that so many of a hundred do not exceed. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100))]!;
}

/** Half of them are answered at once, the others in up to 20 ms. */
function requests(): Request[] {
  const run = crypto.randomUUID().slice(0, 8);
  return Array.from({ length: COUNT }, (_, i) => ({
    method: "GET",
    uri: i % 2 === 0 ? `/s/200/100/${run}/${i}` : `/sleep/${Math.floor(Math.random() * 20_000)}/${run}/${i}`,
  }));
}

/**
 * One load on a server that runs: what is wrong with the latencies, in words. Between its handler and the places that are
 * probed the server is disturbed as it is in the handler, where that is measured: an idle machine of its own, by nothing.
 */
async function compareLatencies(server: Server, binary: string, http2: boolean): Promise<string[]> {
  await using recorder = await Recorder.start(binary);
  const { failed } = await send(server, requests(), { concurrency: 4, http2 });
  await recorder.printed(COUNT);
  const { records } = await recorder.stop();
  assert.deepEqual(failed, []);
  assert.equal(records.length, COUNT);
  const measured = new Map<string, number>();
  const disturbances = new Map<string, number>();
  for (const line of (await (await fetch(`${server.http}/stats`)).text()).trimEnd().split("\n")) {
    const [ns = "", disturbanceNs = "", uri = ""] = line.split(" ");
    measured.set(uri, Number(ns) / 1e6);
    disturbances.set(uri, Number(disturbanceNs) / 1e6);
  }
  return ["/s/", "/sleep/"].flatMap((route) => {
    const some = records.filter(({ path }) => path!.startsWith(route));
    const seen = some.map(({ duration_ms }) => duration_ms!);
    const wanted = some.map(({ path }) => measured.get(path!)!);
    // The handler runs between the two places that are probed.
    assert.deepEqual(some.filter((_, i) => seen[i]! < wanted[i]!), []);
    return [50, 99].flatMap((percent) => {
      const [a, b] = [percentile(seen, percent), percentile(wanted, percent)];
      const disturbance = percentile(some.map(({ path }) => disturbances.get(path!)!), percent);
      return a - b <= Math.max(0.05 * b, 0.05) + disturbance
        ? []
        : [`p${percent} of ${route}: ${a} ms, and ${b} ms was measured; disturbed for ${disturbance} ms`];
    });
  });
}

for (const version of ["1.16.15", "1.20.14", "1.27.4"]) {
  for (const http2 of [false, true]) {
    const protocol = http2 ? "HTTP/2" : "HTTP/1.1";
    Deno.test(`latency is what the server measures, within 5 % or 50 us, by ${protocol}: ${titleOf(version, "default")}`, async () => {
      const binary = await buildWhole(version, "default");
      await using server = await Server.start(binary, { tls: true, args: ["-measure"] });
      // A busy machine makes the server wait between the two places as well, now and then.
      let problems: string[] = [];
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        problems = await compareLatencies(server, binary, http2);
        if (problems.length === 0) return;
      }
      assert.deepEqual(problems, []);
    });
  }
}
