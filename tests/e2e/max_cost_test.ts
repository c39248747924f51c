/**
 * The budget: a program whose functions are called millions of times a second is slowed down for a moment only, and the
 * functions that do not cost much are traced on. Handlers and the whole server have one where it is asked for.
 *
 * @module
 */
import assert from "node:assert/strict";
import { buildServer } from "../bench/clients.ts";
import { Folder } from "../folder.ts";
import { sendAll, uniquePaths } from "./client.ts";
import { buildHot, FUNCTIONS, HOT_CALLS_PER_SECOND, HotProgram, nameOf } from "./hot_program.ts";
import { buildExample, Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

const ATTACHED = /"type":"attached"/;
const LET_GO = "main.fHot is not traced any more";
/** Hits within 0.2 s are enough to be seen; the rest is for a machine that is busy. */
const LET_GO_MS = 5000;

for (
  const { probe, returns } of [
    { probe: "main.f*(n)", returns: false },
    { probe: "main.f*(n) -> (ret0)", returns: true },
  ]
) {
  Deno.test(`'${probe}' lets go of the one function that is called millions of times a second, and traces ${FUNCTIONS} on`, async () => {
    const binary = await buildHot();
    await using program = await HotProgram.start(binary);
    const before = await program.rate();
    await using tracer = await new Tracer(["-v", "--json", "--where", "n >= 0", binary, probe]).started(
      ATTACHED,
    );
    const note = await tracer.stderr.find("note", (line) => line.includes(LET_GO), LET_GO_MS);
    assert.match(note, /[\d,]+ calls a second cost about [\d.]+% of a core, and --max-cost is 5%/);
    const at = tracer.stdout.lines.length;
    const rest = () => callsOf(tracer.stdout.lines.slice(at));
    await tracer.stdout.until("call of each function", () => {
      return new Set(rest().map(({ symbol }) => symbol)).size >= FUNCTIONS;
    }, 10_000);
    await program.reaches(before / 2);
    const { code, stdout, stderr } = await tracer.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, returns ? /, 2 program\(s\)/ : /, 1 program\(s\)/);
    const calls = callsOf(stdout.split("\n"));
    const expected = new Map(Array.from({ length: FUNCTIONS }, (_, i) => [`main.${nameOf(i)}`, i]));
    for (const { symbol, args, results } of calls) {
      if (symbol === "main.fHot") continue;
      const i = expected.get(symbol)!;
      assert.equal(args.n, 3 * i);
      if (returns) assert.equal(results?.ret0, 4 * i);
    }
    assert.match(stdout, /"type":"note".*main\.fHot is not traced any more/);
  });
}

Deno.test("--max-cost off keeps a function however often it is called", async () => {
  const binary = await buildHot();
  await using _program = await HotProgram.start(binary);
  const options = ["--json", "--max-cost", "off", "--where", "n >= 0", "-d", "2s"];
  const { code, stdout, stderr } = await runTracer([...options, binary, "main.fHot(n)"]);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /not traced any more/);
  const times = callsOf(stdout.split("\n")).map(({ time }) => Date.parse(time));
  assert.ok(times.at(-1)! - times[0]! > 1000, `${times.length} calls in ${times.at(-1)! - times[0]!} ms`);
});

Deno.test("a budget that is not used up lets nothing go", async () => {
  const binary = await buildHot();
  await using _program = await HotProgram.start(binary);
  const { code, stdout, stderr } = await runTracer(["--json", "-d", "2s", binary, "main.f0*(n)"]);
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /not traced any more/);
  assert.ok(callsOf(stdout.split("\n")).length >= 2 * FUNCTIONS);
});

Deno.test("by perf events only those of the function are taken away", async () => {
  const binary = await buildHot();
  await using _program = await HotProgram.start(binary);
  const options = ["--json", "--attach", "perf", "--where", "n >= 0"];
  await using tracer = await new Tracer([...options, binary, "main.fHot(n)", "main.f0007(n) -> (ret0)"])
    .started(ATTACHED);
  await tracer.stderr.find("note", (line) => line.includes(LET_GO), LET_GO_MS);
  const at = tracer.stdout.lines.length;
  // What was seen of the other before may still be on its way.
  const kept = () => callsOf(tracer.stdout.lines.slice(at)).filter(({ symbol }) => symbol === "main.f0007");
  await tracer.stdout.until("two calls", () => kept().length >= 2, 10_000);
  const { code, stdout, stderr } = await tracer.stop();
  assert.equal(code, 0, stderr);
  const last = callsOf(stdout.split("\n")).at(-1)!;
  assert.deepEqual([last.symbol, last.args, last.results], ["main.f0007", { n: 21 }, { ret0: 28 }]);
});

Deno.test("what was let go stays so when its executable is replaced", async () => {
  await using folder = await Folder.make();
  const binary = `${folder.path}/hot`;
  await Deno.copyFile(await buildHot(), binary);
  await using tracer = await new Tracer(["--json", "--where", "n >= 0", binary, "main.f*(n)"]).started(
    ATTACHED,
  );
  await using _before = await HotProgram.start(binary);
  await tracer.stderr.find("note", (line) => line.includes(LET_GO), LET_GO_MS);
  await Deno.copyFile(binary, `${binary}.new`);
  await Deno.rename(`${binary}.new`, binary);
  await tracer.stderr.find("note", (line) => line.includes("was replaced"));
  await using after = await HotProgram.start(binary);
  const isAfter = ({ pid }: CallLine) => pid === after.pid;
  await tracer.stdout.until("calls of the new program", () => {
    return callsOf(tracer.stdout.lines).filter(isAfter).length >= FUNCTIONS;
  }, 10_000);
  const { code, stdout, stderr } = await tracer.stop();
  assert.equal(code, 0, stderr);
  assert.equal(stderr.split(LET_GO).length, 2, stderr);
  assert.deepEqual(
    callsOf(stdout.split("\n")).filter(isAfter).filter(({ symbol }) => symbol === "main.fHot"),
    [],
  );
});

Deno.test("when nothing is left to trace, the run ends with 1 and says what to do", async () => {
  const binary = await buildHot();
  await using program = await HotProgram.start(binary);
  const { code, stdout, stderr } = await runTracer(["--json", "--where", "n >= 0", binary, "main.fHot(n)"]);
  assert.equal(code, 1);
  assert.match(stderr, /Nothing is traced any more: it cost more than --max-cost, 5% of a core/);
  assert.match(stderr, /hint: .*--max-cost 50%/);
  assert.equal(JSON.parse(stdout.trimEnd().split("\n").at(-1)!).type, "summary");
  await program.reaches(HOT_CALLS_PER_SECOND / 10);
});

Deno.test("a command that was started goes on when nothing is left to trace", async () => {
  const binary = await buildHot();
  const { code, stderr, durationMs } = await runTracer([
    "--json",
    "--where",
    "n >= 0",
    "main.fHot(n)",
    "--",
    binary,
    "3s",
  ]);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /nothing is traced any more; the command goes on/);
  assert.ok(durationMs >= 3000, `it ended after ${durationMs} ms`);
});

/** So little that fifty requests in a second are too many. */
const LITTLE = ["--max-cost", "0.005%"];

/** Sends requests, no two alike, while the tracer's standard error has no such line, and gives that. */
async function sendUntil(tracer: Tracer, { http }: Server, prefix: string, line: string): Promise<string> {
  const find = () => tracer.stderr.lines.find((text) => text.includes(line));
  for (const end = performance.now() + 15_000; performance.now() < end;) {
    await sendAll(http, uniquePaths(prefix, 100), { concurrency: 4 });
    const found = find();
    if (found !== undefined) return found;
  }
  throw new Error(`no line with ${line}:\n${tracer.stderr.text}`);
}

for (const attach of ["auto", "perf"]) {
  Deno.test(`--max-cost lets go of the handler that many requests come to, and traces the other on, attached by ${attach}`, async () => {
    const binary = await buildExample();
    await using server = await Server.start(binary);
    const probes = ["main.hello", "main.ping"];
    await using tracer = await new Tracer(["--json", "--attach", attach, ...LITTLE, binary, ...probes])
      .started(ATTACHED);
    const note = await sendUntil(tracer, server, "/hello/", "main.hello is not traced any more");
    assert.match(note, /: [\d,]+ calls a second cost about [\d.]+% of a core, and --max-cost is 0.005%; /);
    assert.match(note, /; --max-cost 10% or --max-cost off allows it$/);
    await sendAll(server.http, ["/hello/later", "/ping"]);
    await tracer.stdout.find("request", (line) => line.includes('"path":"/ping"'));
    const { code, stdout, stderr } = await tracer.stop();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /\/hello\/later/);
    assert.match(stdout, /"type":"note".*main\.hello is not traced any more/);
  });
}

for (
  const { what, probes, prefix } of [
    { what: "the whole server", probes: [], prefix: "/hello/" },
    {
      what: "a handler that is joined with the end of its requests",
      probes: ["-e", "main.hello"],
      prefix: "/hello/",
    },
    { what: "a handler to which none of the requests comes", probes: ["-e", "main.ping"], prefix: "/hello/" },
  ]
) {
  Deno.test(`--max-cost lets go of ${what}, and the run ends with 1`, async () => {
    const binary = await buildExample();
    await using server = await Server.start(binary);
    await using tracer = await new Tracer(["--json", ...LITTLE, binary, ...probes]).started(ATTACHED);
    const note = await sendUntil(tracer, server, prefix, "no request is traced any more");
    assert.match(note, /: [\d,]+ a second cost about [\d.]+% of a core, and --max-cost is 0.005%; /);
    const { code, stdout, stderr } = await tracer.finished();
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Nothing is traced any more: it cost more than --max-cost, 0.005% of a core/);
    assert.match(stderr, /hint: .*--max-cost 50%/);
    assert.equal(JSON.parse(stdout.trimEnd().split("\n").at(-1)!).type, "summary");
  });
}

Deno.test("a command goes on when its requests are not traced any more, and so they stay", async () => {
  const binary = await buildExample();
  const options = ["--json", ...LITTLE, "--", binary, "-http", "127.0.0.1:0"];
  await using tracer = await new Tracer(options).started(ATTACHED);
  const told = await tracer.stderr.find("address", (line) => line.startsWith("listening on http://"));
  const server = { http: told.slice("listening on ".length) } as Server;
  await sendUntil(tracer, server, "/hello/", "nothing is traced any more; the command goes on");
  await sendAll(server.http, ["/hello/later"]);
  const { code, stdout, stderr } = await tracer.stop();
  assert.equal(code, 1, stderr);
  assert.doesNotMatch(stdout, /\/hello\/later/);
});

Deno.test("handlers have a budget only where it is asked for", async () => {
  const binary = await buildServer();
  await using server = await Server.start(binary);
  for (const [options, isLetGo] of [[[], false], [["--max-cost", "5%"], true]] as const) {
    await using tracer = await new Tracer(["--json", ...options, binary, "main.probed"]).started(ATTACHED);
    // Each takes more than 300 ms, so the second is looked at while it runs.
    for (let i = 0; i < 2; i++) await (await fetch(`${server.http}/calls?n=300000`)).text();
    const { code, stderr } = isLetGo ? await tracer.finished() : await tracer.stop();
    assert.equal(code, isLetGo ? 1 : 0, stderr);
    assert.equal(stderr.includes("main.probed is not traced any more"), isLetGo, stderr);
  }
});

Deno.test("a budget for the whole server that is not used up changes nothing of what is shown", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const paths = uniquePaths("/hello/", 50);
  for (const probes of [[], ["main.hello"], ["-e", "main.hello"]]) {
    await using tracer = await new Tracer(["--json", "--max-cost", "90%", binary, ...probes]).started(
      ATTACHED,
    );
    await sendAll(server.http, paths);
    await tracer.printed(paths.length);
    const { code, stdout, stderr } = await tracer.stop();
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /not traced any more/);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.filter(({ type }) => type === "request").map(({ path }) => path), paths);
    assert.deepEqual(lines.at(-1).lost, { kernel: 0, output: 0 });
    assert.equal(lines.at(-1).filtered, 0);
  }
});

/** The calls among lines of NDJSON. */
function callsOf(lines: readonly string[]): CallLine[] {
  return lines.filter((line) => line.includes('"type":"call"')).map((line) => JSON.parse(line));
}

interface CallLine {
  readonly time: string;
  readonly pid: number;
  readonly symbol: string;
  readonly args: { readonly n: number };
  readonly results?: { readonly ret0: number };
}
