/**
 * Processes by their PIDs, wherever they and the tracer live: files that are gone, other mount, PID and user
 * namespaces, PIDs that are given again.
 */
import assert from "node:assert/strict";
import { trace } from "../../mod.ts";
import { Process } from "../bench/process.ts";
import { Folder } from "../folder.ts";
import { buildGo, ensureToolchain, installedGo } from "../toolchains.ts";
import { sendAll, uniquePaths } from "./client.ts";
import { buildWhole } from "../whole/programs.ts";
import { RawConnection, requestText } from "../whole/raw.ts";
import { buildExample, Server } from "./server.ts";
import { Tracer } from "./tracer.ts";

const LISTENING = "listening on ";
const PID_NAMESPACE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];

/** What starts a tracer in a PID namespace of its own, by a shell's script that has its command line as `"$@"`. */
function inNamespace(script: string): string[] {
  return [...PID_NAMESPACE, "sh", "-c", script, "sh"];
}

/** Runs with a copy of the example's server, in a folder of its own. */
async function withCopy(test: (binary: string, folder: string) => Promise<void>): Promise<void> {
  await using folder = await Folder.make();
  const binary = `${folder.path}/server`;
  await Deno.copyFile(await buildExample(), binary);
  await test(binary, folder.path);
}

/** Attaches, and asserts that exactly the requests to `server` are printed, not those to `others`. */
async function assertTraced(
  args: readonly string[],
  server: Server,
  others: readonly Server[] = [],
): Promise<void> {
  await using tracer = await new Tracer([...args, "main.hello"]).ready();
  for (const other of others) await sendAll(other.http, uniquePaths("/hello/", 3));
  const sent = await sendAll(server.http, uniquePaths("/hello/", 5));
  await tracer.printed(5);
  const { code, stdout, stderr } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.equal(stderr, "");
  assert.equal(code, 0);
}

/** The one child of a process. */
function childOf(pid: number): number {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
  assert.equal(children.length, 1);
  return Number(children[0]);
}

/** The addresses that servers have said on a tracer's standard error. */
async function addresses(tracer: Tracer, count: number): Promise<string[]> {
  const found = () => tracer.stderr.lines.filter((line) => line.startsWith(LISTENING));
  await tracer.stderr.until(`${count} servers`, () => found().length >= count, 15_000);
  return found().map((line) => line.slice(LISTENING.length));
}

Deno.test("-p traces a process whose file was deleted, or replaced", async () => {
  await withCopy(async (binary, folder) => {
    await using server = await Server.start(binary);
    await Deno.remove(binary);
    await assertTraced(["-p", String(server.pid)], server);
    await Deno.copyFile("/bin/true", `${folder}/next`);
    await Deno.rename(`${folder}/next`, binary);
    await assertTraced(["-p", String(server.pid)], server);
  });
});

Deno.test("-p traces a process whose file exists in its own mount namespace only", async () => {
  await withCopy(async (binary, folder) => {
    const script = `mount -t tmpfs none ${folder}/inside && cp ${binary} ${folder}/inside/ && shift && ` +
      `exec ${folder}/inside/server "$@"`;
    await Deno.mkdir(`${folder}/inside`);
    await using server = await Server.start(binary, {
      through: ["unshare", "--mount", "sh", "-c", script, "sh"],
    });
    assert.deepEqual([...Deno.readDirSync(`${folder}/inside`)], []);
    await assertTraced(["-p", String(server.pid)], server);
  });
});

/** Whether this machine lets root make such namespaces: none of users inside a chroot. In CI it has to. */
async function canMake(through: readonly string[]): Promise<boolean> {
  if (Deno.env.get("CI") === "true") return true;
  const [command = "", ...args] = through;
  const { success } = await new Deno.Command(command, {
    args: [...args, "true"],
    stdout: "null",
    stderr: "null",
  })
    .output();
  if (!success) console.error(`skipped: ${through.join(" ")} is refused here`);
  return success;
}

for (
  const [name, through] of [
    ["PID", PID_NAMESPACE],
    ["user, mount and PID", ["unshare", "--user", "--map-root-user", ...PID_NAMESPACE.slice(1)]],
  ] as const
) {
  const title =
    `a server in other namespaces (${name}) is traced by file and by PID, with PIDs as they are here`;
  Deno.test({ name: title, ignore: !await canMake(through) }, async () => {
    await withCopy(async (binary) => {
      await using other = await Server.start(binary);
      await using server = await Server.start(binary, { through });
      const pid = childOf(server.pid);
      try {
        await assertTraced([binary], server);
        await assertTraced(["-p", String(pid)], server, [other]);
        await using running = trace({ pids: [pid], probes: ["main.hello"] });
        await sendAll(server.http, uniquePaths("/hello/", 1));
        for await (const event of running) {
          assert.equal(event.pid, pid);
          break;
        }
      } finally {
        // unshare itself passes no signal on.
        Deno.kill(pid, "SIGTERM");
      }
    });
  });
}

Deno.test("in a PID namespace of its own the tracer knows processes by that one's numbers", async () => {
  await withCopy(async (binary) => {
    await using outside = await Server.start(binary);
    const script = `${binary} -http 127.0.0.1:0 >&2 & a=$!; ${binary} -http 127.0.0.1:0 >&2 & b=$!; ` +
      `"$@" -p $a main.hello; code=$?; kill $a $b; exit $code`;
    // -c ends it: a signal to unshare would not reach it.
    await using tracer = await new Tracer(["-c", "5"], { through: inNamespace(script) }).ready();
    const [first = "", second = ""] = await addresses(tracer, 2);
    // Which of the two is which does not show: five from each, of which one's are printed.
    await sendAll(outside.http, uniquePaths("/hello/", 3));
    const sent = [
      await sendAll(first, uniquePaths("/hello/", 5)),
      await sendAll(second, uniquePaths("/hello/", 5)),
    ];
    const { code } = await tracer.finished();
    assert.equal(code, 0);
    const printed = tracer.requests;
    assert.ok(sent.some((lines) => JSON.stringify(lines) === JSON.stringify(printed)), printed.join("\n"));
  });
});

Deno.test("in a PID namespace of its own the tracer starts a command, and shows that alone", async () => {
  await withCopy(async (binary) => {
    await using outside = await Server.start(binary);
    await using tracer = await new Tracer(["-c", "5", "main.hello", "--", binary, "-http", "127.0.0.1:0"], {
      through: PID_NAMESPACE,
    }).ready();
    const [address = ""] = await addresses(tracer, 1);
    await sendAll(outside.http, uniquePaths("/hello/", 3));
    const sent = await sendAll(address, uniquePaths("/hello/", 5));
    const { code, stdout } = await tracer.finished();
    assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
    assert.equal(code, 0);
  });
});

Deno.test("in a PID namespace of its own the tracer forgets what was open in a process that was killed", async () => {
  const binary = await buildWhole("1.26.8", "default");
  const server = `${binary} -http 127.0.0.1:0 >&2 &`;
  const script = `${server} a=$!; ${server} b=$!; read line; "$@" --json -p $a,$b & t=$!\n` +
    "read line; kill -9 $a; wait $a; kill -INT $t; wait $t";
  await using tracer = new Tracer([], { through: inNamespace(script), stdin: "piped" });
  const origins = await addresses(tracer, 2);
  await tracer.write("one\n");
  await tracer.started(/"attached"/);
  const connections: RawConnection[] = [];
  try {
    for (const address of origins) {
      const connection = await RawConnection.open(address);
      connections.push(connection);
      await connection.write(requestText("POST /read/x", ["Expect: 100-continue", "Content-Length: 5"]));
      await connection.until(/ 100 /);
    }
    await tracer.write("two\n");
    assert.equal((await tracer.finished()).code, 0);
    const notes = tracer.stdout.lines.filter((line) => line.includes("still open"));
    assert.equal(notes.length, 1, tracer.stdout.text);
  } finally {
    for (const connection of connections) await connection[Symbol.asyncDispose]();
  }
});

for (const attach of ["multi", "perf"]) {
  Deno.test(`of several processes one may end, and its PID be another's then: that is not traced (${attach})`, async () => {
    await withCopy(async (binary) => {
      const server = `${binary} -http 127.0.0.1:0 >&2 &`;
      const script = `${server} a=$!; sleep 0.3; ${server} b=$!; "$@" -p $a,$b main.hello & t=$!\n` +
        `read line; kill $a; wait $a; sleep 0.5; echo $((a - 1)) > /proc/sys/kernel/ns_last_pid\n` +
        `${server} c=$!; echo reused $a $c >&2; read line; kill $b; wait $t; code=$?; kill $c; exit $code`;
      await using tracer = await new Tracer([`--attach=${attach}`], {
        through: inNamespace(script),
        stdin: "piped",
      }).ready();
      const [first = "", second = ""] = await addresses(tracer, 2);
      const sent = await sendAll(first, uniquePaths("/hello/", 2));
      await tracer.stdout.atLeast(3);
      await tracer.write("one\n");
      const reused = await tracer.stderr.find("third server", (line) => line.startsWith("reused"));
      const [, a, c] = reused.split(" ");
      assert.equal(c, a);
      const [, , third = ""] = await addresses(tracer, 3);
      await sendAll(third, uniquePaths("/hello/", 4));
      sent.push(...await sendAll(second, uniquePaths("/hello/", 2)));
      await tracer.write("two\n");
      // All of its processes have ended, so it has.
      const { code } = await tracer.finished();
      assert.equal(code, 0);
      assert.deepEqual(tracer.requests, sent);
    });
  });
}

Deno.test("a process that becomes another program is traced on, by its new executable", async () => {
  const dir = new URL("../servers/command", import.meta.url).pathname;
  const first = await buildGo({ toolchain: await installedGo(), dir, output: "command" });
  const second = await buildExample(await ensureToolchain("1.20.14"));
  const args = ["-exec", second, "--", "-http", "127.0.0.1:0"];
  await using server = await Process.start(first, args, "waiting");
  await using tracer = await new Tracer(["-p", String(server.pid), "main.*"]).ready();
  Deno.kill(server.pid, "SIGHUP");
  const line = await server.stdout.find("address", (line) => line.startsWith(LISTENING));
  await tracer.stderr.find(
    "note",
    (line) => /note: .* runs another executable now: it is attached/.test(line),
  );
  const sent = await sendAll(line.slice(LISTENING.length), uniquePaths("/hello/", 3));
  await tracer.printed(3);
  Deno.kill(server.pid, "SIGTERM");
  const { code, stdout } = await tracer.finished();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.equal(code, 0);
});
