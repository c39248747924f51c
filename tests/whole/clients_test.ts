/**
 * Other clients than Go's, and other servers of HTTP/2 than net/http's.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Process } from "../bench/process.ts";
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

Deno.test("h2load's 3,000 requests on four connections of 50 streams each are printed once each", async () => {
  await using traced = await Traced.start("1.26.8", "stripped");
  const { code, stdout } = await new Deno.Command("h2load", {
    args: ["-n", "3000", "-c", "4", "-m", "50", `${traced.server.https}/s/200/17/h2load`],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /requests: 3000 total, .*3000 succeeded, 0 failed/);
  const { records, lost } = await traced.records(3000);
  assert.equal(lost, 0);
  assert.equal(records.length, 3000);
  for (const { proto, status, bytes, path, outcome } of records) {
    assert.deepEqual([proto, status, bytes, path, outcome], ["HTTP/2.0", 200, 17, "/s/200/17/h2load", "ok"]);
  }
});

Deno.test("bpftrace on the same functions at the same time sees all requests, and so does the tracer", async () => {
  for (const version of ["1.16.15", "1.27.4"]) {
    await using traced = await Traced.start(version);
    const count = (name: string, symbol: string) =>
      `uprobe:${traced.binary}:"${symbol}" { @${name} = count(); }`;
    const script = `BEGIN { printf("ready\\n"); } ` +
      count("begins", "net/http.serverHandler.ServeHTTP") + " " +
      count("ends", "net/http.(*response).finishRequest");
    await using bpftrace = await Process.start("bpftrace", ["-B", "line", "-e", script], "ready");
    const { answers } = await send(traced.server, randomRequests(500), { concurrency: 16 });
    const { records, lost } = await traced.records(answers.length);
    assert.equal(lost, 0);
    assert.deepEqual(compare(answers, records), []);
    await bpftrace.stop();
    for (const name of ["begins", "ends"]) {
      const seen = Number(new RegExp(`^@${name}: (\\d+)$`, "m").exec(bpftrace.stdout.text)?.[1]);
      // It sits on the first instruction, which is passed twice when the stack grows.
      assert.ok(seen >= 500, `${name}: ${seen}`);
    }
  }
});
