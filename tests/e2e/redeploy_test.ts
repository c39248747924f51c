/**
 * A new build in the place of the one that is traced: by `mv`, where the name leads to another file, and by `cp`, where
 * the file that carries the probes is overwritten. Servers of two Go versions take turns, so that every probe of the
 * one is at a wrong place in the other.
 */
import assert from "node:assert/strict";
import { ensureToolchain } from "../toolchains.ts";
import { lineOf, sendAll, uniquePaths } from "./client.ts";
import { buildExample, Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

/** The bound; it is measured from the end of the copy. */
const LIMIT_MS = 2000;

/** A folder with the two builds and a copy of the first, which is what is traced. */
class Place implements AsyncDisposable {
  private constructor(readonly folder: string, readonly builds: readonly [string, string]) {}

  static async make(): Promise<Place> {
    const builds = await Promise.all(["1.20.14", "1.26.8"].map(async (version) => {
      return await buildExample(await ensureToolchain(version));
    })) as [string, string];
    const place = new Place(await Deno.makeTempDir({ prefix: "gohttpsnoop-" }), builds);
    await run("cp", builds[0], place.binary);
    return place;
  }

  get binary(): string {
    return `${this.folder}/server`;
  }

  /** As most tools deploy: a new file, renamed over the old one. */
  async move(build: string): Promise<void> {
    await run("cp", build, `${this.folder}/next`);
    await run("mv", `${this.folder}/next`, this.binary);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  assert.ok(success, `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

/** Waits for the `count`th line on standard error that matches. */
async function told(tracer: Tracer, pattern: RegExp, count: number): Promise<void> {
  const matching = () => tracer.stderr.lines.filter((line) => pattern.test(line)).length;
  await tracer.stderr.until(`${count} times ${pattern}`, () => matching() >= count, 10_000);
}

/** Sends requests of their own paths, and waits until each has its line, once. */
async function seen(tracer: Tracer, server: Server, count = 3): Promise<void> {
  const paths = uniquePaths("/hello/", count);
  await sendAll(server.http, paths);
  const lines = paths.map((path) => lineOf("GET", path));
  const wanted = new Set(lines);
  await tracer.stdout.until(
    "line for each request",
    () => wanted.isSubsetOf(new Set(tracer.stdout.lines)),
    15_000,
  );
  for (const line of lines) {
    assert.equal(tracer.stdout.lines.filter((other) => other === line).length, 1, line);
  }
}

function report(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  const max = sorted.at(-1) ?? 0;
  console.log(
    `${what}: attached again after ${Math.round(median)} ms (median), ${Math.round(max)} ms (most)`,
  );
  assert.ok(max < LIMIT_MS, `it took ${Math.round(max)} ms`);
}

for (const attach of ["multi", "perf"]) {
  Deno.test(`a binary that is replaced by mv is attached again, no line doubled, its old processes traced (${attach})`, async () => {
    await using place = await Place.make();
    await using first = await Server.start(place.binary);
    await using tracer = await new Tracer([`--attach=${attach}`, "-v", place.binary, "main.hello"]).ready();
    await seen(tracer, first);
    const times: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      await place.move(place.builds[turn % 2 === 0 ? 1 : 0]);
      const moved = performance.now();
      await using next = await Server.start(place.binary);
      await told(tracer, /note: .*server was replaced: the new file is attached/, turn + 1);
      times.push(performance.now() - moved);
      await seen(tracer, next);
      await seen(tracer, first);
      await next.stop();
    }
    report(`mv, ${attach}`, times);
    await first.stop();
    // All four old files are let go when nobody runs them.
    await told(tracer, /no process runs a replaced file any more/, 4);
    const { code, stdout } = await tracer.stop();
    assert.equal(code, 0);
    assert.equal(stdout.split("\n").length - 2, 3 + 4 * 6);
  });

  Deno.test(`50 times cp of a new build over the probed binary, then start: no crash, and it is traced (${attach})`, async () => {
    await using place = await Place.make();
    await using tracer = await new Tracer([`--attach=${attach}`, place.binary, "main.hello"]).ready();
    const times: number[] = [];
    for (let turn = 0; turn < 50; turn++) {
      await run("cp", place.builds[turn % 2 === 0 ? 1 : 0], place.binary);
      const copied = performance.now();
      await using server = await Server.start(place.binary);
      await sendAll(server.http, uniquePaths("/hello/", 20), { concurrency: 4 });
      await told(tracer, /note: .*server was overwritten: the new program is attached/, turn + 1);
      times.push(performance.now() - copied);
      await seen(tracer, server);
      assert.equal(await server.stop(), 0);
    }
    report(`cp, ${attach}`, times);
    assert.equal((await tracer.stop()).code, 0);
  });
}

Deno.test("a file that comes back is not attached twice", async () => {
  await using place = await Place.make();
  await using first = await Server.start(place.binary);
  await using tracer = await new Tracer(["-v", place.binary, "main.hello"]).ready();
  await run("mv", place.binary, `${place.folder}/aside`);
  await told(tracer, /note: .*server was removed: what comes in its place will be attached/, 1);
  await run("mv", `${place.folder}/aside`, place.binary);
  await told(tracer, /is again a file that is attached already/, 1);
  await seen(tracer, first);
  assert.equal((await tracer.stop()).code, 0);
});

Deno.test("a symbolic link that leads to another file is followed", async () => {
  await using place = await Place.make();
  const link = `${place.folder}/link`;
  await Deno.symlink(place.builds[0], link);
  await using tracer = await new Tracer([link, "main.hello"]).ready();
  await run("ln", "-sfn", place.builds[1], link);
  await told(tracer, /link was replaced: the new file is attached/, 1);
  await using server = await Server.start(link);
  await seen(tracer, server);
  assert.equal((await tracer.stop()).code, 0);
});

Deno.test("a new file that cannot be traced is told, once, and the next one is attached", async () => {
  await using place = await Place.make();
  await using first = await Server.start(place.binary);
  await using tracer = await new Tracer([place.binary, "main.hello"]).ready();
  await place.move("/bin/true");
  await told(tracer, /note: what .*server is now is not traced: .*server: .*[Gg]o/, 1);
  await seen(tracer, first);
  await place.move(place.builds[1]);
  await told(tracer, /server was replaced: the new file is attached/, 1);
  await using next = await Server.start(place.binary);
  await seen(tracer, next);
  await seen(tracer, first);
  const { code, stderr } = await tracer.stop();
  assert.equal(code, 0);
  assert.equal(stderr.split("\n").length - 1, 2, stderr);
});

Deno.test("a writer that changes nothing, and one that is slow, hold nothing up", async () => {
  await using place = await Place.make();
  await using tracer = await new Tracer(["-v", place.binary, "main.hello"]).ready();
  (await Deno.open(place.binary, { write: true })).close();
  await told(tracer, /opened for writing and not changed: it is attached again/, 1);
  const build = await Deno.readFile(place.builds[1]);
  {
    using file = await Deno.open(place.binary, { write: true, truncate: true });
    await file.write(build.subarray(0, 100_000));
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let at = 100_000; at < build.length;) at += await file.write(build.subarray(at));
  }
  await told(tracer, /server was overwritten: the new program is attached/, 1);
  {
    await using server = await Server.start(place.binary);
    await seen(tracer, server);
  }
  assert.doesNotMatch(tracer.stderr.text, /not traced/);
  {
    // A new file, which nothing holds back, and whose writer takes its time.
    await Deno.remove(place.binary);
    using file = await Deno.open(place.binary, { write: true, create: true, mode: 0o755 });
    await file.write(build);
    await told(tracer, /note: .*server is open for writing: it is not traced until it is complete/, 1);
  }
  await told(tracer, /note: .*server was replaced: the new file is attached/, 1);
  await using server = await Server.start(place.binary);
  await seen(tracer, server);
  assert.equal((await tracer.stop()).code, 0);
});

Deno.test("where no lease can be had the file is watched, and attached again when it was overwritten", async () => {
  await using place = await Place.make();
  await Deno.chown(place.binary, 65534, 65534);
  const command = ["setpriv", "--bounding-set=-lease"];
  await using tracer = await new Tracer(["-v", place.binary, "main.hello"], { through: command }).ready();
  await told(tracer, /no read lease can be had \(Permission denied\), so it is watched$/, 1);
  const times: number[] = [];
  for (let turn = 0; turn < 4; turn++) {
    await run("cp", place.builds[turn % 2 === 0 ? 1 : 0], place.binary);
    const copied = performance.now();
    await told(tracer, /is being written to: its probes are away/, turn + 1);
    await using server = await Server.start(place.binary);
    await told(tracer, /server was overwritten: the new program is attached/, turn + 1);
    times.push(performance.now() - copied);
    await seen(tracer, server);
    assert.equal(await server.stop(), 0);
  }
  report("cp, without a lease", times);
  await place.move(place.builds[1]);
  await told(tracer, /server was replaced: the new file is attached/, 1);
  assert.equal((await tracer.stop()).code, 0);
});

Deno.test("a binary that is open for writing is refused, with a hint", async () => {
  await using place = await Place.make();
  using _file = await Deno.open(place.binary, { write: true });
  const { code, stderr } = await runTracer([place.binary, "main.hello"]);
  assert.match(stderr, /^gohttpsnoop: .*server is open for writing: it is not complete\n {2}hint: .+\n$/);
  assert.equal(code, 4);
});
