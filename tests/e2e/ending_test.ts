import assert from "node:assert/strict";
import { allocate, Native } from "../../ffi/mod.ts";
import { buildWhole } from "../whole/programs.ts";
import { QUICK_VERSIONS } from "../toolchains.ts";
import { sendAll, uniquePaths } from "./client.ts";
import { RawConnection, requestText } from "../whole/raw.ts";
import { Lines } from "./lines.ts";
import { buildExample, Server } from "./server.ts";
import { runTracer, Tracer, tracerCommand } from "./tracer.ts";

const LIMIT_MS = 300;

/** BPF objects of the kernel by their ids: `program 12`, `map 7`, `link 3`. */
type KernelObjects = Set<string>;

const KINDS = [
  { name: "program", next: 11, key: "prog_id" },
  { name: "map", next: 12, key: "map_id" },
  { name: "link", next: 31, key: "link_id" },
] as const;

/** All that there are, of whatever process: BPF_PROG_GET_NEXT_ID, BPF_MAP_.., BPF_LINK_... */
function kernelObjects(): KernelObjects {
  using native = new Native();
  const found: KernelObjects = new Set();
  for (const { name, next } of KINDS) {
    const attr = allocate(16);
    const view = new DataView(attr.buffer);
    for (let last = 0; native.bpf(next, attr) >= 0;) {
      last = view.getUint32(4, true);
      found.add(`${name} ${last}`);
      view.setUint32(0, last, true);
    }
  }
  return found;
}

/** Those that a process holds. */
function objectsOf(pid: number): KernelObjects {
  const found: KernelObjects = new Set();
  for (const { name: fd } of Deno.readDirSync(`/proc/${pid}/fdinfo`)) {
    const text = readIfThere(`/proc/${pid}/fdinfo/${fd}`);
    for (const { name, key } of KINDS) {
      const id = new RegExp(`^${key}:\\s*(\\d+)$`, "m").exec(text)?.[1];
      if (id !== undefined) found.add(`${name} ${id}`);
    }
  }
  for (const { name } of KINDS) {
    assert.ok([...found].some((object) => object.startsWith(name)), `the tracer holds no ${name}`);
  }
  return found;
}

/** A file's text; empty when it has gone meanwhile, as a descriptor of the runtime's own may. */
function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** The kernel frees a link's program and maps a little later than the descriptors, in its own time. */
async function assertGone(objects: KernelObjects): Promise<void> {
  await eventually(() => assert.deepEqual([...kernelObjects().intersection(objects)], []));
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  for (const attach of ["multi", "perf"]) {
    Deno.test(`${signal} ends it within ${LIMIT_MS} ms, exit 0, nothing left in the kernel (${attach})`, async () => {
      const binary = await buildExample();
      await using server = await Server.start(binary);
      await using tracer = await new Tracer([`--attach=${attach}`, binary, "main.hello"]).ready();
      const objects = objectsOf(tracer.pid);
      const sent = await sendAll(server.http, uniquePaths("/hello/", 3));
      // What was sent before the signal is printed, also when it was not read yet.
      const { code, stdout, stderr, stopMs } = await tracer.stop(signal);
      assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
      assert.equal(stderr, "");
      assert.equal(code, 0);
      assert.ok(stopMs < LIMIT_MS, `it took ${Math.round(stopMs)} ms`);
      await assertGone(objects);
    });
  }
}

/** Tries until it does not throw, for at most 5 s. */
async function eventually(check: () => void): Promise<void> {
  for (const start = performance.now();;) {
    try {
      return check();
    } catch (error) {
      if (performance.now() - start > 5_000) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

Deno.test("it ends within 300 ms under load, and the server serves on", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.hello"]).ready();
  const load = sendAll(server.http, uniquePaths("/hello/", 3_000), { concurrency: 16 });
  await tracer.printed(500);
  const { code, stopMs } = await tracer.stop();
  await load;
  assert.equal(code, 0);
  assert.ok(stopMs < LIMIT_MS, `it took ${Math.round(stopMs)} ms`);
});

Deno.test("SIGKILL leaves nothing in the kernel, and the server serves on", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.hello"]).ready();
  const objects = objectsOf(tracer.pid);
  await sendAll(server.http, uniquePaths("/hello/", 3));
  await tracer.stop("SIGKILL");
  await assertGone(objects);
  await sendAll(server.http, uniquePaths("/hello/", 3));
});

/** Runs `tracer | head -n COUNT` in a shell; resolves with the tracer's exit code and when each ended. */
async function pipeIntoHead(
  args: readonly string[],
  count: number,
  during: () => Promise<unknown>,
): Promise<string[]> {
  const { command, args: first } = tracerCommand();
  const quoted = [command, ...first, ...args].map((word) => `'${word}'`).join(" ");
  const script =
    `{ ${quoted}; echo "code $? after $(date +%s%3N)" >&2; } | { head -n ${count}; echo "head $(date +%s%3N)" >&2; }`;
  const child = new Deno.Command("bash", { args: ["-c", script], stdout: "piped", stderr: "piped" }).spawn();
  const [output] = await Promise.all([child.output(), during()]);
  return new TextDecoder().decode(output.stderr).trim().split("\n").sort();
}

Deno.test("a pipe into head ends it within 300 ms, exit 0, also when no further request comes", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const [code, head] = await pipeIntoHead([binary, "main.hello"], 3, async () => {
    // Unready until the header is there, which goes to head: send until the pipeline is gone.
    for (let i = 0; i < 100; i++) {
      await sendAll(server.http, uniquePaths("/hello/", 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  const ended = /^code 0 after (\d+)$/.exec(code!);
  assert.ok(ended, `${code}\n${head}`);
  const took = Number(ended[1]) - Number(/^head (\d+)$/.exec(head!)![1]);
  assert.ok(took < LIMIT_MS, `it took ${took} ms`);

  const [quietCode, quietHead] = await pipeIntoHead([binary, "main.hello"], 1, () => Promise.resolve());
  const quiet = /^code 0 after (\d+)$/.exec(quietCode!);
  assert.ok(quiet, `${quietCode}\n${quietHead}`);
  assert.ok(
    Number(quiet[1]) - Number(/^head (\d+)$/.exec(quietHead!)![1]) < LIMIT_MS,
    `${quietCode} ${quietHead}`,
  );
});

Deno.test("-c N prints N requests and ends, exit 0", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["-c", "5", binary, "main.hello"]).ready();
  const sent = await sendAll(server.http, uniquePaths("/hello/", 12));
  const { code, stdout } = await tracer.finished();
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent.slice(0, 5));
});

Deno.test("-d DURATION ends by itself; --min-events and --fail-on-lost are met", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([
    "-d",
    "1s",
    "--min-events",
    "3",
    "--fail-on-lost",
    binary,
    "main.hello",
  ])
    .ready();
  const ready = performance.now();
  const sent = await sendAll(server.http, uniquePaths("/hello/", 3));
  const { code, stdout, stderr } = await tracer.finished();
  const took = performance.now() - ready;
  assert.equal(code, 0, stderr);
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  // From the header on; the end takes 80 to 430 ms of it on two cores with a load of 35.
  assert.ok(took > 800 && took < 1_500, `it took ${Math.round(took)} ms`);
});

Deno.test("a ring of one page loses records under load, counts each, and --fail-on-lost says so: exit 5", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["-v", "--buffer-size=4K", "--fail-on-lost", binary, "main.hello"])
    .ready();
  // A page is full after some 40 records: while the tracer stands still, the others are lost.
  Deno.kill(tracer.pid, "SIGSTOP");
  const sent = await sendAll(server.http, uniquePaths("/hello/", 500), { concurrency: 8 });
  Deno.kill(tracer.pid, "SIGCONT");
  await tracer.printed(1);
  const { code, stdout, stderr } = await tracer.stop();
  const printed = stdout.split("\n").slice(1, -1);
  const lost = Number(
    /\b(\d+) lost/.exec(stderr.split("\n").findLast((line) => line.includes("printed")) ?? "")?.[1],
  );
  assert.equal(printed.length + lost, sent.length, stderr);
  assert.ok(lost > 0);
  assert.ok(printed.every((line) => sent.includes(line)));
  assert.equal(code, 5);
});

Deno.test("a ring that its records fill many times over prints each of them", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["--buffer-size=16K", "--fail-on-lost", binary, "main.hello"])
    .ready();
  const sent: string[] = [];
  // A few at a time, so that the reader keeps up: 16 KiB hold some 200 of these records.
  for (let round = 0; round < 20; round++) {
    sent.push(...await sendAll(server.http, uniquePaths("/hello/", 100)));
    await tracer.printed(sent.length);
  }
  const { code, stdout } = await tracer.stop();
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("-v says on stderr what is attached and how it ended", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["-v", binary, "main.hello"]).ready();
  await sendAll(server.http, uniquePaths("/hello/", 2));
  await tracer.printed(2);
  const { stderr } = await tracer.stop();
  assert.match(stderr, /main\.hello/);
  assert.match(stderr, /2 printed, 0 lost/);
});

Deno.test("--explain prints the plan, --help and --version answer, exit 0", async () => {
  const binary = await buildExample();
  const explained = await runTracer(["--explain", binary, "main.ping", "main.hello"]);
  assert.equal(explained.code, 0, explained.stderr);
  assert.match(explained.stdout, /^function +main\.ping$/m);
  assert.match(explained.stdout, /^function +main\.hello$/m);
  assert.match(explained.stdout, /^path +req\.URL\.Path: .*pointer at \+16, string at \+56/m);
  const help = await runTracer(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /main\.ping/);
  assert.ok(help.stdout.split("\n").every((line) => line.length <= 80), help.stdout);
  const version = await runTracer(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^gohttpsnoop \d+\.\d+\.\d+/);
});

Deno.test("a request of a server that was killed, and never waited for, is not told as still open", async () => {
  const binary = await buildWhole(QUICK_VERSIONS[2], "default");
  await using alive = await Server.start(binary);
  // sleep does not wait for children that it has not started.
  const parent = new Deno.Command("sh", {
    args: ["-c", '"$0" -http 127.0.0.1:0 & echo $!; exec sleep 60', binary],
    stdout: "piped",
  }).spawn();
  try {
    const said = new Lines(parent.stdout);
    await said.atLeast(2, 15_000);
    const pid = Number(said.lines.find((line) => /^\d+$/.test(line)));
    const origin = said.lines.find((line) => line.startsWith("listening"))?.split(" ").at(-1) ?? "";
    await using tracer = await new Tracer(["--json", binary]).started(/"attached"/);
    await using kept = await RawConnection.open(alive.http);
    await using lost = await RawConnection.open(origin);
    for (const connection of [kept, lost]) await connection.write(requestText("GET /sleep/20000000/x"));
    await new Promise((resolve) => setTimeout(resolve, 500));
    Deno.kill(pid, "SIGKILL");
    await lost.rest();
    const { code, stdout } = await tracer.stop();
    assert.equal(stdout.match(/"type":"note".*still open/g)?.length, 1, stdout);
    assert.equal(code, 0);
  } finally {
    parent.kill("SIGKILL");
    await parent.status;
  }
});
