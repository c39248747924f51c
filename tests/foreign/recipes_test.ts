/**
 * Servers that net/http has no part in, as whole servers: each request is printed once, with the status that the
 * client saw.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { pathOf, randomRequests, send } from "../whole/load.ts";
import { Recorder, type RequestRecord } from "../whole/records.ts";
import { fetchModules } from "./go_module.ts";

/** The modules need it. */
const GO = "1.26.8";
const BUILDS = { default: [], stripped: ["-ldflags=-s -w"] } as const;
const CONCURRENCY = 16;

for (const [build, flags] of Object.entries(BUILDS)) {
  Deno.test(`each request to fiber is printed with its status: ${build}`, async () => {
    const binary = await buildServer("fiber", flags);
    await using server = await Server.start(binary);
    await using recorder = await Recorder.start(binary);
    const requests = [
      ...randomRequests(1000),
      ...[
        "/ping",
        "/none/1",
        "/error/503/1",
        "/failed/1",
        "/redirect/1",
        "/recovered/1",
        "/api/v1/users/7",
        "/no/such",
      ]
        .map((uri) => ({ method: "GET", uri })),
      { method: "DELETE", uri: "/api/v1/users/8" },
      { method: "POST", uri: "/read/1", body: 100_000 },
      { method: "PUT", uri: "/read/2", body: 10 },
    ];
    const methods = new Map(requests.map(({ method, uri }) => [uri, method]));
    const { answers, failed } = await send(server, requests, { concurrency: CONCURRENCY });
    await recorder.printed(requests.length);
    const { records, lost } = await recorder.stop();
    assert.deepEqual(failed, []);
    assert.equal(lost, 0);
    assert.deepEqual(
      lines(records),
      answers.map(({ uri, status }) => `${methods.get(uri)} ${pathOf(uri)} ${status}`).toSorted(),
    );
    assert.deepEqual(records.filter(({ duration_ms }) => !(duration_ms! > 0)), []);
  });

  Deno.test(`each call of gRPC is printed with its status: ${build}`, async () => {
    const binary = await buildServer("grpc", flags);
    await using server = await Server.start(binary);
    await using recorder = await Recorder.start("-p", String(server.pid));
    const calls = await callByGrpc(binary, new URL(server.http).host, 1400);
    await recorder.printed(calls.length);
    const { records, lost } = await recorder.stop();
    assert.equal(lost, 0);
    assert.deepEqual(lines(records), calls.map(({ path, status }) => `POST ${path} ${status}`).toSorted());
    assert.deepEqual(records.filter(({ duration_ms }) => !(duration_ms! > 0)), []);
  });
}

async function buildServer(name: string, flags: readonly string[]): Promise<string> {
  const toolchain = await ensureToolchain(GO);
  const dir = new URL(`../servers/${name}`, import.meta.url).pathname;
  await fetchModules(toolchain, dir, ".");
  return await buildGo({ toolchain, dir, flags, output: name });
}

/** Makes so many calls by gRPC's own client; gives the full method of each, and the code that came. */
async function callByGrpc(binary: string, address: string, count: number) {
  const { success, stdout, stderr } = await new Deno.Command(binary, {
    args: ["-client", address, "-n", String(count), "-c", String(CONCURRENCY)],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => {
    const [path, status] = line.split(" ");
    return { path, status: Number(status) };
  });
}

function lines(records: readonly RequestRecord[]): string[] {
  return records.map(({ method, path, status, grpc_status }) => `${method} ${path} ${status ?? grpc_status}`)
    .toSorted();
}
