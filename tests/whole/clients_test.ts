/**
 * Other clients than Go's, and other servers of HTTP/2 than net/http's.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Server } from "../e2e/server.ts";
import { type Answer, compare, randomRequests, type Request, send } from "./load.ts";
import { buildH2c } from "./programs.ts";
import { Recorder } from "./records.ts";
import { Traced } from "./traced.ts";

/** Runs curl for all of them, at most 50 at a time; gives what it saw. */
async function curl(
  origin: string,
  requests: readonly Request[],
  flags: readonly string[],
): Promise<Answer[]> {
  // An empty query is not sent by curl.
  const config = requests.map(({ uri }) => uri.replace(/\?$/, "")).map((uri) =>
    `url = "${origin}${uri}"\noutput = "/dev/null"\n`
  ).join("");
  const child = new Deno.Command("curl", {
    args: [
      ...["--silent", "--insecure", "--globoff", "--path-as-is", "--parallel", "--parallel-max", "50"],
      ...["--write-out", "%{http_code} %{size_download} %{url}\n", "--config", "-", ...flags],
    ],
    stdin: "piped",
    stdout: "piped",
    // Its bars; what fails is missing in its standard output.
    stderr: "null",
  }).spawn();
  const written = new Blob([config]).stream().pipeTo(child.stdin);
  const { stdout } = await child.output();
  await written;
  return new TextDecoder().decode(stdout).trimEnd().split("\n").map((line) => {
    const [status = "", bytes = "", url = ""] = line.split(" ");
    return { uri: url.slice(origin.length), status: Number(status), bytes: Number(bytes) };
  });
}

for (const version of ["1.16.15", "1.20.14", "1.27.4"]) {
  Deno.test(`1,000 requests of curl by HTTP/1.1 and 1,000 by HTTP/2 are printed once each: Go ${version}`, async () => {
    await using traced = await Traced.start(version, "stripped");
    const { http, https } = traced.server;
    const answers = [
      ...await curl(http, randomRequests(1000), ["--http1.1"]),
      ...await curl(https, randomRequests(1000), ["--http2"]),
    ];
    const { records } = await traced.records(2000);
    assert.equal(answers.length, 2000);
    assert.deepEqual(compare(answers, records), []);
    assert.equal(records.filter(({ proto }) => proto === "HTTP/2.0").length, 1000);
  });
}

for (const version of ["1.26.8", "1.27.4"]) {
  Deno.test(`1,000 requests by the HTTP/2 that a server brings itself, without TLS, are printed once each: Go ${version}`, async () => {
    const binary = await buildH2c(version, "stripped");
    await using server = await Server.start(binary);
    await using recorder = await Recorder.start(binary);
    const options = { concurrency: 100, http2: true, origin: server.http };
    const streams = await send(server, randomRequests(1000, "h2c-"), options);
    const plain = await send(server, randomRequests(100, "h1-"), { concurrency: 4 });
    const panics = [{ method: "GET", uri: "/panic/1" }];
    await send(server, panics, { ...options, concurrency: 1 });
    await recorder.printed(1101);
    const { records } = await recorder.stop();
    // The first bytes of such a connection look like a request of HTTP/1, which the server hijacks.
    const requests = records.filter(({ method }) => method !== "PRI");
    const ok = requests.filter(({ path }) => path !== "/panic/1");
    assert.deepEqual([...streams.failed, ...plain.failed], []);
    assert.deepEqual(compare([...streams.answers, ...plain.answers], ok), []);
    assert.deepEqual(ok.filter(({ duration_ms }) => duration_ms === undefined), []);
    assert.deepEqual(
      requests.filter(({ path }) => path === "/panic/1").map(({ outcome }) => outcome),
      ["panic"],
    );
  });
}
