/**
 * `gohttpsnoop PROBE... -- CMD`: attached before the command's first instruction, only what it and its children run,
 * its signals, its exit code.
 */
import assert from "node:assert/strict";
import { Folder } from "../folder.ts";
import { buildGo, installedGo } from "../toolchains.ts";
import { lineOf, sendAll, uniquePaths } from "./client.ts";
import { buildExample, Server } from "./server.ts";
import { HEADER, runTracer, Tracer, tracerCommand } from "./tracer.ts";

const LISTENING = "listening on ";

async function buildCommand(): Promise<string> {
  const dir = new URL("../servers/command", import.meta.url).pathname;
  return await buildGo({ toolchain: await installedGo(), dir, output: "command" });
}

/** The address that a server says on the tracer's standard error. */
async function addressOf(tracer: Tracer): Promise<string> {
  const line = await tracer.stderr.find("address", (line) => line.startsWith(LISTENING));
  return line.slice(LISTENING.length);
}

function serverCommand(binary: string): string[] {
  return [binary, "-http", "127.0.0.1:0"];
}

Deno.test("a command is traced from before its first instruction to its end, 20 times over", async () => {
  const binary = await buildCommand();
  const expected = [HEADER, ...Array.from({ length: 200 }, (_, i) => lineOf("GET", `/early/${i}`)), ""];
  for (let turn = 0; turn < 20; turn++) {
    const run = await runTracer(["main.early", "--", binary, "-exit", "7"], { env: { CALLS: "200" } });
    assert.deepEqual(run.stdout.split("\n"), expected);
    assert.match(run.stderr, /^uid \d+ .* calls 200\n$/);
    assert.equal(run.code, 7);
  }
});

Deno.test("the command's exit code is the tracer's, 128+n by signal n", async () => {
  const binary = await buildCommand();
  for (
    const [args, code] of [
      [["-exit", "0"], 0],
      [["-exit", "3"], 3],
      [["-signal", "9"], 137],
      [["-signal", "15"], 143],
    ] as const
  ) {
    const run = await runTracer(["main.early", "--", binary, ...args]);
    assert.equal(run.code, code, run.stderr);
  }
});

Deno.test("expectations come after the command's own failure", async () => {
  const binary = await buildCommand();
  const few = await runTracer(["--min-events", "3", "main.early", "--", binary], { env: { CALLS: "2" } });
  assert.match(few.stderr, /2 requests were seen, and --min-events 3 is set\n {2}hint: /);
  assert.equal(few.code, 5);
  const failed = await runTracer(["--min-events", "3", "main.early", "--", binary, "-exit", "4"]);
  assert.match(failed.stderr, /--min-events 3 is set/);
  assert.equal(failed.code, 4);
});

Deno.test("what keeps a command from being started is 125, 126 or 127, in two lines with a hint", async () => {
  const binary = await buildCommand();
  await using folder = await Folder.make();
  await Deno.writeTextFile(`${folder.path}/plain`, "");
  await Deno.writeTextFile(`${folder.path}/script`, "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["main.early", "--", "/nowhere/server"], 127, /No such file: \/nowhere\/server/],
    [["main.early", "--", "no-such-command"], 127, /There is no command no-such-command/],
    [["main.early", "--", folder.path], 126, /is a directory/],
    [["main.early", "--", `${folder.path}/plain`], 126, /is not executable/],
    [["main.early", "--", `${folder.path}/script`], 125, /is a script/],
    [["-b", `${folder.path}/none`, "main.early", "--", `${folder.path}/script`], 125, /No such file/],
    [["main.earlier", "--", binary], 125, /main\.earlier/],
    [["main.early", "--", "/bin/true"], 125, /not.*Go/],
    [["--user", "nobody-such", "main.early", "--", binary], 125, /There is no user nobody-such/],
    [["main.early", "--"], 2, /no command behind --/],
    [["-p", "1", "main.early", "--", binary], 2, /contradict/],
    [["-b", binary, binary, "main.early"], 2, /says nothing without --/],
  ];
  for (const [args, code, message] of cases) {
    const run = await runTracer(args);
    assert.match(run.stderr, message);
    assert.match(run.stderr, /^gohttpsnoop: .+\n {2}hint: .+\n$/);
    assert.equal(run.code, code, run.stderr);
    assert.equal(run.stdout, "");
  }
});

Deno.test("standard output is the tracer's alone; with --output-file it is the command's", async () => {
  const binary = await buildCommand();
  await using folder = await Folder.make();
  const file = `${folder.path}/lines`;
  const run = await runTracer(["--output-file", file, "main.early", "--", binary], { env: { CALLS: "1" } });
  assert.match(run.stdout, /^uid .*\n$/);
  assert.equal(await Deno.readTextFile(file), `${HEADER}\n${lineOf("GET", "/early/0")}\n`);
  assert.equal(run.stderr, "");
});

Deno.test("standard input is the command's", async () => {
  const { command, args } = tracerCommand();
  const child = new Deno.Command(command, {
    args: [...args, "main.early", "--", await buildCommand(), "-input"],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("hello"));
  await writer.close();
  const { code, stderr } = await child.output();
  assert.match(new TextDecoder().decode(stderr), /^input "hello"$/m);
  assert.equal(code, 0);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const) {
  Deno.test(`${signal} is passed on to the command, once, and the run ends with it`, async () => {
    const args = ["main.early", "--", await buildCommand(), "-interrupts", "-exit", "6"];
    await using tracer = await new Tracer(args).ready();
    await tracer.stderr.find("waiting", (line) => line === "waiting");
    const { code, stderr } = await tracer.stop(signal);
    assert.match(stderr, /^got [a-z0-9 ]+ 1$/m);
    assert.equal(code, 6);
  });
}

Deno.test("Ctrl-C on a terminal reaches the command once", async () => {
  const { command, args } = tracerCommand();
  const words = [command, ...args, "main.early", "--", await buildCommand(), "-interrupts", "-exit", "6"];
  // script(1) gives it a terminal; it ends with the code of what it ran.
  const child = new Deno.Command("script", {
    // Without exec the shell would get the Ctrl-C as well, and some end with 130 for it.
    args: ["-qefc", `exec ${words.map((word) => `'${word}'`).join(" ")}`, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (!text.includes("waiting") && (text + part).includes("waiting")) {
      await writer.write(new Uint8Array([3]));
    }
    text += part;
  }
  await writer.close();
  assert.match(text, /got interrupt 1\r\n/);
  assert.equal((await child.status).code, 6);
});

Deno.test("a server is traced, alone, though others run the same binary, and SIGTERM ends it in order", async () => {
  const binary = await buildExample();
  await using other = await Server.start(binary);
  await using tracer = await new Tracer(["-v", "main.hello", "--", ...serverCommand(binary)]).ready();
  const address = await addressOf(tracer);
  await sendAll(other.http, uniquePaths("/hello/", 5));
  const sent = await sendAll(address, uniquePaths("/hello/", 5));
  await tracer.printed(5);
  const { code, stdout, stderr } = await tracer.stop("SIGTERM");
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.match(stderr, /5 requests of processes that the command did not start/);
  assert.match(stderr, /5 printed, 0 lost, 5 filtered/);
  assert.equal(code, 0);
});

Deno.test("children of a script are traced, also one that has lost its parents or its environment", async () => {
  const binary = await buildExample();
  await using folder = await Folder.make();
  const script = `${folder.path}/run`;
  const server = `${binary} -http 127.0.0.1:0`;
  await Deno.writeTextFile(
    script,
    `#!/bin/sh\n(setsid ${server} & echo orphan $! )\nenv -i ${server} &\necho bare $!\nread line\nkill $!\n`,
    { mode: 0o755 },
  );
  await using tracer = await new Tracer(["-b", binary, "main.hello", "--", script], { stdin: "piped" })
    .ready();
  await tracer.stderr.until(
    "two servers",
    () => tracer.stderr.lines.filter((line) => line.startsWith(LISTENING)).length === 2,
    15_000,
  );
  const sent: string[] = [];
  for (const line of tracer.stderr.lines.filter((line) => line.startsWith(LISTENING))) {
    sent.push(...await sendAll(line.slice(LISTENING.length), uniquePaths("/hello/", 3)));
  }
  await tracer.printed(6);
  const orphan = Number(tracer.stderr.lines.find((line) => line.startsWith("orphan"))!.split(" ")[1]);
  Deno.kill(orphan, "SIGTERM");
  await tracer.write("end\n");
  const { code, stdout } = await tracer.finished();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.equal(code, 0);
});

Deno.test("-c and a closed pipe end the command too, as asked", async () => {
  const binary = await buildExample();
  await using tracer = await new Tracer(["-c", "2", "main.hello", "--", ...serverCommand(binary)]).ready();
  const sent = await sendAll(await addressOf(tracer), uniquePaths("/hello/", 2));
  const { code, stdout } = await tracer.finished();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.equal(code, 0);
  const { command, args } = tracerCommand();
  const words = [command, ...args, "main.hello", "--", ...serverCommand(binary)].map((word) => `'${word}'`);
  const child = await new Deno.Command("bash", {
    args: ["-c", `${words.join(" ")} | head -1; exit \${PIPESTATUS[0]}`],
    stdin: "null",
  }).output();
  assert.equal(new TextDecoder().decode(child.stdout), `${HEADER}\n`);
  assert.equal(child.code, 0);
});

Deno.test("-d ends a command, and so does an output that cannot be written", async () => {
  const server = serverCommand(await buildExample());
  const timed = await runTracer(["-d", "500ms", "main.hello", "--", ...server]);
  assert.match(timed.stderr, /^listening on /);
  assert.equal(timed.code, 0);
  await using folder = await Folder.make();
  const binary = `${folder.path}/server`;
  await Deno.copyFile(await buildExample(), binary);
  const failed = await runTracer([
    "--output-file",
    "/dev/full",
    "main.hello",
    "--",
    ...serverCommand(binary),
  ]);
  assert.match(failed.stderr, /^gohttpsnoop: .*\/dev\/full.*\n {2}hint: .+\n$/);
  assert.equal(failed.code, 1);
  assert.ok(![...Deno.readDirSync("/proc")].some(({ name }) => executableOf(name) === binary));
});

function executableOf(pid: string): string | undefined {
  try {
    return Deno.readLinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

Deno.test("a command runs as the one who called sudo, or as --user says, with all their groups", async () => {
  const binary = await buildCommand();
  await using folder = await Folder.make();
  // The build's own folder.path is not everybody's.
  const copy = `${folder.path}/command`;
  await Deno.copyFile(binary, copy);
  await Deno.chmod(copy, 0o755);
  await Deno.chmod(folder.path, 0o755);
  const say = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { stderr, code } = await runTracer([...args, "main.early", "--", copy], { env });
    assert.equal(code, 0, stderr);
    return stderr;
  };
  const { uid, gid, groups, home } = await daemonUser();
  const daemon = new RegExp(`^uid ${uid} gid ${gid} groups \\[${groups}\\] home ${home} `);
  assert.match(await say([]), /^uid 0 gid 0 /);
  assert.match(await say(["--user", "daemon"]), daemon);
  assert.match(await say(["--user", uid]), daemon);
  assert.match(await say([], { SUDO_UID: uid, SUDO_GID: gid }), daemon);
  assert.match(
    await say([], { SUDO_UID: "54321", SUDO_GID: "54322" }),
    /^uid 54321 gid 54322 groups \[\] /,
  );
  assert.match(await say(["--user", "root"], { SUDO_UID: uid, SUDO_GID: gid }), /^uid 0 gid 0 /);
});

/** What the system says of a user that every Linux has. */
async function daemonUser(): Promise<{ uid: string; gid: string; groups: string; home: string }> {
  const output = async (command: string, ...args: string[]) =>
    new TextDecoder().decode((await new Deno.Command(command, { args }).output()).stdout).trim();
  const [, , uid = "", gid = "", , home = ""] = (await output("getent", "passwd", "daemon")).split(":");
  return { uid, gid, groups: await output("id", "-G", "daemon"), home };
}

Deno.test("--explain takes the executable from the command", async () => {
  const { code, stdout } = await runTracer(["--explain", "main.early", "--", await buildCommand()]);
  assert.match(stdout, /^function +main\.early$/m);
  assert.equal(code, 0);
});

Deno.test("a command whose binary is rebuilt and started again is traced on", async () => {
  await using folder = await Folder.make();
  const binary = `${folder.path}/server`;
  await Deno.copyFile(await buildExample(), binary);
  const script = `${folder.path}/run`;
  await Deno.writeTextFile(
    script,
    `#!/bin/sh\n${binary} -http 127.0.0.1:0 &\nread line\nkill $!; wait\ncp ${await buildExample()} ${binary}\n` +
      `${binary} -http 127.0.0.1:0 &\nread line\nkill $!; wait\n`,
    { mode: 0o755 },
  );
  await using tracer = await new Tracer(["-b", binary, "main.hello", "--", script], { stdin: "piped" })
    .ready();
  const first = await sendAll(await addressOf(tracer), uniquePaths("/hello/", 2));
  await tracer.printed(2);
  await tracer.write("again\n");
  const listening = () => tracer.stderr.lines.filter((line) => line.startsWith(LISTENING));
  await tracer.stderr.until("second server", () => listening().length === 2, 15_000);
  await tracer.stderr.find("note", (line) => /overwritten: the new program is attached/.test(line));
  const second = await sendAll(listening()[1]!.slice(LISTENING.length), uniquePaths("/hello/", 2));
  await tracer.printed(4);
  await tracer.write("end\n");
  const { code, stdout } = await tracer.finished();
  assert.deepEqual(stdout.split("\n").slice(1, -1), [...first, ...second]);
  assert.equal(code, 0);
});
