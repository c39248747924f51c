/**
 * Servers that are not made for this: Debian's packages, stripped, and the routers that people use.
 *
 * @module
 */
import assert from "node:assert/strict";
import { CADDY, startCaddy } from "../foreign/caddy.ts";
import { Certificate } from "../foreign/certificate.ts";
import { debianServer, reasonToSkip, RELEASES } from "../foreign/debian.ts";
import { ForeignServer } from "../foreign/foreign_server.ts";
import { buildProgram, fetchModules } from "../foreign/go_module.ts";
import { startPrometheus } from "../foreign/prometheus.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";
import { type Answer, compare } from "./load.ts";
import { Recorder } from "./records.ts";

const COUNT = 300;

/** Sends GETs for unique paths below each prefix in turn, 8 at a time. */
async function get(origin: string, prefixes: readonly string[], certificate?: string): Promise<Answer[]> {
  const http2 = certificate !== undefined;
  using client = Deno.createHttpClient({ ...http2 ? { caCerts: [certificate] } : {}, http1: !http2, http2 });
  const run = crypto.randomUUID().slice(0, 8);
  const uris = Array.from({ length: COUNT }, (_, i) => `${prefixes[i % prefixes.length]}${run}/${i}?i=${i}`);
  const answers: Answer[] = [];
  const worker = async () => {
    for (let uri = uris.shift(); uri !== undefined; uri = uris.shift()) {
      // Without Accept-Encoding a size is what the handler wrote.
      const headers = { "accept-encoding": "identity" };
      const response = await fetch(origin + uri, { client, headers, redirect: "manual" });
      const body = await response.arrayBuffer();
      answers.push({ uri, status: response.status, bytes: body.byteLength });
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return answers;
}

/** Compares what a tracer of the executable prints with what the client saw. */
async function traced(binary: string, load: () => Promise<Answer[]>): Promise<void> {
  await using recorder = await Recorder.start(binary);
  const answers = await load();
  await recorder.printed(answers.length);
  const { records, lost } = await recorder.stop();
  assert.equal(answers.length, COUNT);
  assert.deepEqual(compare(answers, records), []);
  assert.equal(lost, 0);
}

const reason = await reasonToSkip();
if (reason !== undefined) console.error(`skipped: ${reason}`);

for (const release of RELEASES) {
  for (const name of release.packages) {
    Deno.test(`each request of a server of Debian's is printed once: ${name} of ${release.name}`, {
      ignore: reason !== undefined,
    }, async () => {
      const binary = await debianServer(release, name);
      await using server = await (name === "caddy" ? startCaddy(binary) : startPrometheus(binary));
      const prefixes = name === "caddy"
        ? ["/answer/", "/files/", "/nothing/"]
        : ["/nothing/", "/api/v1/label/", "/consoles/", "/api/v1/query/"];
      await traced(binary, () => get(`http://127.0.0.1:${server.port}`, prefixes));
    });

    if (name !== "caddy") continue;
    Deno.test(`each request of a server of Debian's is printed once, by HTTP/2: ${name} of ${release.name}`, {
      ignore: reason !== undefined,
    }, async () => {
      const binary = await debianServer(release, name);
      await using certificate = await Certificate.make();
      await using server = await startCaddy(binary, certificate);
      const pem = await Deno.readTextFile(certificate.certificateFile);
      await traced(binary, () => get(`https://127.0.0.1:${server.port}`, ["/answer/", "/files/"], pem));
    });
  }
}

for (const http2 of [false, true]) {
  Deno.test(`each request of caddy ${CADDY.version} over ${http2 ? "HTTP/2" : "HTTP/1.1"} is printed once`, async () => {
    const binary = await buildProgram(CADDY);
    await using certificate = await Certificate.make();
    await using server = await startCaddy(binary, http2 ? certificate : undefined);
    const pem = http2 ? await Deno.readTextFile(certificate.certificateFile) : undefined;
    const origin = `${http2 ? "https" : "http"}://127.0.0.1:${server.port}`;
    await traced(binary, () => get(origin, ["/answer/", "/files/", "/nothing/"], pem));
  });
}

for (const router of ["gin", "echo", "chi", "gorilla"]) {
  Deno.test(`each request behind a router is printed once: ${router}`, async () => {
    const toolchain = await ensureToolchain("1.26.8");
    const dir = new URL("../servers/frameworks", import.meta.url).pathname;
    await fetchModules(toolchain, dir, ".");
    const binary = await buildGo({ toolchain, dir, flags: ["-ldflags=-s -w"], output: "frameworks" });
    await using server = await ForeignServer.start({
      binary,
      args: (port) => ["-router", router, "-http", `127.0.0.1:${port}`],
      ready: /^listening on /,
    });
    const origin = `http://127.0.0.1:${server.port}`;
    await traced(binary, () => get(origin, ["/own/", "/router/", "/nowhere/"]));
  });
}
