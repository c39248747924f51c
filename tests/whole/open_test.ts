/**
 * Requests that have no end while they are watched: they began before, or go on when the tracer ends, or their server
 * is gone.
 *
 * @module
 */
import assert from "node:assert/strict";
import { planTargets } from "../../trace/mod.ts";
import { Server } from "../e2e/server.ts";
import { Tracer } from "../e2e/tracer.ts";
import { chosenVersions } from "../toolchains.ts";
import { buildWhole } from "./programs.ts";
import { RawConnection, requestText } from "./raw.ts";
import { attached } from "./session.ts";

/** Requests at one time. */
const MANY = 3000;

/** A request whose handler waits for its body; it has come when this returns. */
async function openRequest(server: Server, path: string): Promise<RawConnection> {
  const connection = await RawConnection.open(server.http);
  await connection.write(requestText(`POST ${path}`, ["Expect: 100-continue", "Content-Length: 5"]));
  await connection.until(/ 100 /);
  return connection;
}

/** {@linkcode MANY} of them. So many goroutines lie apart: some of them come to the same entry of the table. */
async function openMany(server: Server, connections: AsyncDisposableStack): Promise<RawConnection[]> {
  const open: RawConnection[] = [];
  for (let i = 0; i < MANY; i++) open.push(connections.use(await openRequest(server, `/read/${i}`)));
  return open;
}

Deno.test("the table shows at least how long a request has lasted that began before", async () => {
  const binary = await buildWhole("1.26.8", "default");
  await using server = await Server.start(binary);
  await using connection = await openRequest(server, "/read/earlier");
  await using tracer = await new Tracer([binary]).started(/^Method +Status/);
  await connection.write("12345");
  await connection.until(/5$/);
  await tracer.printed(1);
  const { stdout } = await tracer.stop();
  assert.match(stdout, /^POST +200 +>=\S+ +1 +\/read\/earlier$/m);
});

for (const version of chosenVersions()) {
  Deno.test(`a request that is open when the tracer ends is told with its age: Go ${version}`, async () => {
    const binary = await buildWhole(version, "default");
    await using server = await Server.start(binary);
    await using tracer = await new Tracer(["--json", "-v", binary]).started(/"attached"/);
    await using connection = await openRequest(server, "/read/open");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { stdout, stderr, code } = await tracer.stop();
    await connection.write("12345");
    await connection.until(/5$/);
    const objects = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    const notes = objects.filter(({ type }) => type === "note");
    assert.equal(notes.length, 1, stdout);
    assert.match(notes[0].message, /a request is still open/);
    assert.ok(notes[0].age_ms >= 250 && notes[0].age_ms < 30_000, stdout);
    assert.match(stderr, /a request is still open, \d+\.\d s after it began/);
    assert.equal(objects.at(-1).type, "summary");
    assert.equal(code, 0);
  });
}

Deno.test("what was kept of a server that was killed is forgotten", async () => {
  const binary = await buildWhole("1.26.8", "default");
  using session = attached(planTargets({ binary, probes: [] }));
  await using other = await Server.start(binary);
  await using stays = await openRequest(other, "/read/stays");
  {
    await using server = await Server.start(binary);
    await using connections = new AsyncDisposableStack();
    await openMany(server, connections);
    assert.equal(session.open.list().length, MANY + 1);
    session.sweepOpen();
    assert.equal(session.open.list().length, MANY + 1);
    assert.ok(session.open.beside > 0, "all have entries of the table");
    Deno.kill(server.pid, "SIGKILL");
  }
  session.sweepOpen();
  assert.equal(session.open.beside, 0);
  const [left, ...more] = session.open.list();
  assert.equal(left?.pid, other.pid);
  assert.deepEqual(more, []);
  await stays.write("12345");
  await stays.until(/5$/);
});

Deno.test("of thousands of requests that are open at one time each is known, and forgotten when it is over", async () => {
  const binary = await buildWhole("1.26.8", "default");
  using session = attached(planTargets({ binary, probes: [] }));
  await using server = await Server.start(binary);
  await using connections = new AsyncDisposableStack();
  const open = await openMany(server, connections);
  const listed = session.open.list();
  assert.equal(listed.length, MANY);
  assert.ok(listed.every(({ pid }) => pid === server.pid));
  const times = listed.map(({ beganNs }) => beganNs);
  assert.equal(new Set(times).size, MANY);
  assert.ok(session.open.beside > 0, "all have entries of the table");
  assert.ok(session.open.beside < MANY / 2, `${session.open.beside} have none`);
  for (const connection of open) {
    await connection.write("12345");
    await connection.until(/5$/);
  }
  assert.deepEqual(session.open.list(), []);
  assert.equal(session.open.beside, 0);
  assert.equal(session.counters().unkept, 0);
});
