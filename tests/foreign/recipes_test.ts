/**
 * Servers that net/http has no part in, as whole servers: each request is printed once, with the status that the
 * client saw.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { Tracer } from "../e2e/tracer.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { pathOf, randomRequests, type Request, send } from "../whole/load.ts";
import { exchange, requestText } from "../whole/raw.ts";
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
    const records = await sendAndCompare(server, recorder, requests);
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

for (const body of ["whole", "streamed"]) {
  Deno.test(`each request to fasthttp itself is printed with its status, its body ${body}`, async () => {
    const binary = await buildServer("fasthttp", BUILDS.default);
    await using server = await Server.start(binary, { args: body === "streamed" ? ["-stream"] : [] });
    await using recorder = await Recorder.start("-p", String(server.pid));
    const requests = [
      ...randomRequests(300),
      { method: "GET", uri: "/no/such?query" },
      // The answer is written by another context than the request's.
      { method: "GET", uri: "/late/1" },
      { method: "POST", uri: "/read/1", body: 100_000 },
      { method: "PUT", uri: "/read/2", body: 10 },
    ];
    const records = await sendAndCompare(server, recorder, requests);
    assert.deepEqual(records.filter(({ proto }) => proto !== "HTTP/1.1"), []);
    const late = records.find(({ path }) => path === "/late/1")!;
    assert.equal(late.status, 503);
    assert.ok(late.duration_ms! >= 20, String(late.duration_ms));
  });
}

Deno.test("headers of requests to fasthttp are shown as they were sent, and of a secret one only that it was", async () => {
  const binary = await buildServer("fasthttp", BUILDS.default);
  await using server = await Server.start(binary);
  const fields = [
    "path",
    ...["x-one", "user-agent", "host", "authorization"].map((name) => `header:${name}`),
  ];
  await using recorder = await Recorder.start("-F", fields.join(), binary);
  const expected: Record<string, string>[] = [];
  for (const count of [0, 1, 7, 20, 50]) {
    const path = `/s/200/1/${count}`;
    const others = Array.from({ length: count }, (_, i) => `X-Other-${i}: ${i}`);
    const lines = count % 2 === 0
      ? [...others, `x-one: ${count}`, "User-Agent: me"]
      : [...others, "authorization: Basic eDp5"];
    await exchange(server.http, requestText(`GET ${path}`, [...lines, "Connection: close"]));
    expected.push({
      path,
      ...count % 2 === 0 ? { "header:X-One": `${count}` } : {},
      // It holds its own slot for this one, which is empty where it was not sent.
      "header:User-Agent": count % 2 === 0 ? "me" : "",
      "header:Host": "example.com",
      ...count % 2 === 0 ? {} : { "header:Authorization": "<redacted>" },
    });
  }
  await recorder.printed(expected.length);
  const { records } = await recorder.stop();
  assert.deepEqual(
    records.map(({ v: _, type: __, ...rest }: RequestRecord & { v?: unknown; type?: unknown }) => rest),
    expected,
  );
});

Deno.test("a server by gRPC and by net/http shows the requests of both", async () => {
  const binary = await buildServer("grpc", BUILDS.default);
  const folder = await Deno.makeTempDir({ prefix: "health-" });
  try {
    const socket = `${folder}/health.sock`;
    await using server = await Server.start(binary, { args: ["-health", socket] });
    await using recorder = await Recorder.start(binary);
    const calls = await callByGrpc(binary, new URL(server.http).host, 70);
    for (let i = 0; i < 30; i++) await askUnix(socket, `/health/${i}`);
    await recorder.printed(calls.length + 30);
    const { records, lost } = await recorder.stop();
    assert.equal(lost, 0);
    assert.deepEqual(
      lines(records),
      [
        ...calls.map(({ path, status }) => `POST ${path} ${status}`),
        ...Array.from({ length: 30 }, (_, i) => `GET /health/${i} 404`),
      ].toSorted(),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a call of gRPC that net/http serves is printed once, as its request, and none is taken for open", async () => {
  const binary = await buildServer("grpc", BUILDS.default);
  await using server = await Server.start(binary, { args: ["-standard"] });
  await using tracer = await new Tracer(["--json", binary]).started(/"attached"/);
  const calls = await callByGrpc(binary, new URL(server.http).host, 70);
  await tracer.stdout.atLeast(1 + calls.length);
  const { stdout } = await tracer.stop();
  const objects = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    lines(objects.filter(({ type }) => type === "request")),
    calls.map(({ path }) => `POST ${path} 200`).toSorted(),
  );
  assert.deepEqual(objects.filter(({ type }) => type === "note"), []);
});

Deno.test("a handler of fiber is seen when it is entered, and with its status when its requests end", async () => {
  const binary = await buildServer("fiber", BUILDS.default);
  await using server = await Server.start(binary);
  for (const flags of [[], ["-F", "method,path,status,symbol"]]) {
    await using recorder = await Recorder.start(...flags, binary, "main.answer");
    const requests = randomRequests(200);
    const { answers, failed } = await send(
      server,
      [...requests, { method: "GET", uri: "/none/1" }, { method: "GET", uri: "/ping" }],
      { concurrency: CONCURRENCY },
    );
    await recorder.printed(requests.length);
    const { records } = await recorder.stop();
    assert.deepEqual(failed, []);
    const seen = answers.filter(({ uri }) => uri.startsWith("/s/"));
    const isJoined = flags.length > 0;
    assert.deepEqual(
      lines(records),
      seen.map(({ uri, status }) => `GET ${pathOf(uri)} ${isJoined ? status : undefined}`).toSorted(),
    );
  }
});

/** Sends them all, and compares what is printed with what the client saw. Returns the records. */
async function sendAndCompare(
  server: Server,
  recorder: Recorder,
  requests: readonly Request[],
): Promise<readonly RequestRecord[]> {
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
  return records;
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

/** Sends a request to a Unix socket, over a connection of its own, and reads the answer to its end. */
async function askUnix(path: string, uri: string): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path });
  await connection.write(
    new TextEncoder().encode(`GET ${uri} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
  );
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
}

function lines(records: readonly RequestRecord[]): string[] {
  return records.map(({ method, path, status, grpc_status }) => `${method} ${path} ${status ?? grpc_status}`)
    .toSorted();
}
