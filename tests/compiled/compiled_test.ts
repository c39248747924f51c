import assert from "node:assert/strict";
import { lineOf, sendAll, uniquePaths } from "../e2e/client.ts";
import { Lines } from "../e2e/lines.ts";
import { buildExample, Server } from "../e2e/server.ts";
import { HEADER } from "../e2e/tracer.ts";
import config from "../../deno.json" with { type: "json" };
import { Folder } from "../folder.ts";

const DIST = new URL("../../dist/", import.meta.url).pathname;
const NAME = "gohttpsnoop-linux-x86_64";
const READY_MS = 600;
const RSS_MB = 120;

/**
 * The executable as a new user has it: alone in an empty folder, no Deno on PATH, no HOME. `deno task compile` has
 * to have made it.
 */
async function withDownload(use: (run: (args: string[]) => Deno.Command) => Promise<void>): Promise<void> {
  await using folder = await Folder.make();
  await Deno.copyFile(`${DIST}${NAME}`, `${folder.path}/gohttpsnoop`);
  await use((args) =>
    new Deno.Command("./gohttpsnoop", {
      args,
      cwd: folder.path,
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    })
  );
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["gohttpsnoop"]);
}

async function textOf(command: Deno.Command): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await command.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the compiled program answers --help and --version, with the version and the commit", async () => {
  await withDownload(async (run) => {
    const version = await textOf(run(["--version"]));
    assert.match(version.stdout, /^gohttpsnoop \d+\.\d+\.\d+ \([0-9a-f]{12}(-dirty)?\)\n$/);
    assert.ok(version.stdout.startsWith(`gohttpsnoop ${config.version} `));
    assert.equal(version.stderr, "");
    const help = await textOf(run(["--help"]));
    assert.match(help.stdout, /main\.ping/);
    assert.equal(help.code, 0);
    const wrong = await textOf(run(["--wrong"]));
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^gohttpsnoop: .*\n {2}hint: .*\n$/);
  });
});

Deno.test("the compiled program traces 23 of 23", async () => {
  const binary = await buildExample();
  await withDownload(async (run) => {
    await using server = await Server.start(binary, { tls: true });
    const child = run([binary, "main.hello"]).spawn();
    const stdout = new Lines(child.stdout);
    const stderr = new Lines(child.stderr);
    await stdout.find("header", (line) => line === HEADER);
    const paths = uniquePaths("/hello/", 23);
    await sendAll(server.http, paths.slice(0, 8));
    await sendAll(server.https, paths.slice(8, 16), { certificate: server.certificate });
    await sendAll(server.https, paths.slice(16), { certificate: server.certificate, protocol: "HTTP/2.0" });
    await stdout.atLeast(24);
    child.kill("SIGINT");
    const { code } = await child.status;
    await Promise.all([stdout.closed, stderr.closed]);
    assert.deepEqual(stdout.lines, [HEADER, ...paths.map((path) => lineOf("GET", path))]);
    assert.equal(stderr.text, "");
    assert.equal(code, 0);
  });
});

Deno.test(`the compiled program is attached ${READY_MS} ms after its start, and stays below ${RSS_MB} MB`, async () => {
  const binary = await buildExample();
  await withDownload(async (run) => {
    await using server = await Server.start(binary);
    const times: number[] = [];
    const sizes: number[] = [];
    for (let round = 0; round < 9; round++) {
      const start = performance.now();
      const child = run([binary, "main.hello"]).spawn();
      const stdout = new Lines(child.stdout);
      const stderr = new Lines(child.stderr);
      await stdout.find("header", (line) => line === HEADER);
      times.push(performance.now() - start);
      await sendAll(server.http, uniquePaths("/hello/", 50));
      await stdout.atLeast(51);
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
      sizes.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1000);
      child.kill("SIGINT");
      await child.status;
      await Promise.all([stdout.closed, stderr.closed]);
    }
    const median = times.toSorted((a, b) => a - b)[4]!;
    const largest = Math.max(...sizes);
    console.log(
      `attached after ${Math.round(median)} ms (median of 9), at most ${Math.round(largest)} MB resident`,
    );
    assert.ok(median < READY_MS, `it took ${times.map(Math.round).join(", ")} ms`);
    assert.ok(largest < RSS_MB, `${sizes.map(Math.round).join(", ")} MB`);
  });
});

Deno.test("dist/SHA256SUMS holds the sums of what was made", async () => {
  const { code, stderr } = await textOf(
    new Deno.Command("sha256sum", {
      args: ["--check", "--strict", "SHA256SUMS"],
      cwd: DIST,
      stderr: "piped",
    }),
  );
  assert.equal(code, 0, stderr);
  const sums = await Deno.readTextFile(`${DIST}SHA256SUMS`);
  assert.match(sums, new RegExp(`^[0-9a-f]{64}  ${NAME}$`, "m"));
});
