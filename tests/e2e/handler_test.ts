import assert from "node:assert/strict";
import { lineOf, sendAll, sorted, uniquePaths } from "./client.ts";
import { buildAwkward, buildExample, Server } from "./server.ts";
import { HEADER, runTracer, Tracer } from "./tracer.ts";

const COUNT = 23;

/** Paths below /hello/, whose handler is main.hello. */
const hello = (count = COUNT) => uniquePaths("/hello/", count);

Deno.test("a request prints the seed's two lines, byte for byte", async () => {
  const binary = await buildExample();
  await using tracer = await new Tracer([binary, "main.ping"]).ready();
  await using server = await Server.start(binary);
  await sendAll(server.http, ["/ping"]);
  await tracer.printed(1);
  const { code, stdout, stderr } = await tracer.stop();
  assert.equal(stdout, "Method     Path\nGET        /ping\n");
  assert.equal(stderr, "");
  assert.equal(code, 0);
});

for (
  const { name, options } of [
    { name: "one kept connection", options: {} },
    { name: "a connection each", options: { keepAlive: false } },
    { name: "HTTPS", options: { tls: true } },
    { name: "HTTPS, a connection each", options: { tls: true, keepAlive: false } },
    { name: "HTTP/2", options: { tls: true, protocol: "HTTP/2.0" } },
  ]
) {
  for (const attach of ["multi", "perf"]) {
    Deno.test(`23 requests print 23 lines: ${name}, attached by ${attach}`, async () => {
      const binary = await buildExample();
      await using server = await Server.start(binary, { tls: true });
      await using tracer = await new Tracer([`--attach=${attach}`, binary, "main.hello"]).ready();
      const { tls = false, ...rest } = options;
      const sent = await sendAll(tls ? server.https : server.http, hello(), {
        ...rest,
        certificate: server.certificate,
      });
      await tracer.printed(COUNT);
      const { stdout, code } = await tracer.stop();
      assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
      assert.equal(code, 0);
    });
  }
}

Deno.test("100 requests at once over HTTP/2 print 100 lines", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary, { tls: true });
  await using tracer = await new Tracer([binary, "main.hello"]).ready();
  const sent = await sendAll(server.https, hello(100), {
    certificate: server.certificate,
    protocol: "HTTP/2.0",
    concurrency: 100,
  });
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
});

Deno.test("several handlers share the table, and a handler that is not named prints nothing", async () => {
  const binary = await buildAwkward();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.ping", "main.(*counter).ServeHTTP", "main.main.func1"])
    .ready();
  const sent: string[] = [];
  for (const prefix of ["/ping/", "/method/", "/closure/"]) {
    sent.push(...await sendAll(server.http, uniquePaths(prefix, 5)));
    await sendAll(server.http, uniquePaths("/value/", 2));
  }
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("the pointer's wrapper of a value receiver's method is probed by its own name", async () => {
  const binary = await buildAwkward();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.(*valueHandler).ServeHTTP"]).ready();
  const sent = await sendAll(server.http, uniquePaths("/value/", 3));
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("a server may start later, and many times, while the tracer runs", async () => {
  const binary = await buildExample();
  await using tracer = await new Tracer([binary, "main.hello"]).ready();
  const sent: string[] = [];
  for (let run = 0; run < 5; run++) {
    await using server = await Server.start(binary);
    sent.push(...await sendAll(server.http, hello(3)));
  }
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("-p traces one process of two that run the same executable, and ends with it", async () => {
  const binary = await buildExample();
  await using traced = await Server.start(binary);
  await using other = await Server.start(binary);
  for (const attach of ["multi", "perf"]) {
    await using tracer = await new Tracer([`--attach=${attach}`, "-p", String(traced.pid), "main.hello"])
      .ready();
    await sendAll(other.http, hello());
    const sent = await sendAll(traced.http, hello(), { concurrency: 8 });
    await sendAll(other.http, hello());
    await tracer.printed(sent.length);
    const { stdout } = await tracer.stop();
    assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent), attach);
  }
  await using tracer = await new Tracer(["-p", String(traced.pid), "main.hello"]).ready();
  const sent = await sendAll(traced.http, hello(3));
  await traced.stop();
  const { code, stdout } = await tracer.finished();
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("-p takes several processes, and each prints its own lines once", async () => {
  const binary = await buildExample();
  await using first = await Server.start(binary);
  await using second = await Server.start(binary);
  await using tracer = await new Tracer(["-p", `${first.pid},${second.pid}`, "main.hello", "main.ping"])
    .ready();
  const sent = [...await sendAll(first.http, hello(5)), ...await sendAll(second.http, hello(5))];
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
});

Deno.test("every method is shown as it was sent", async () => {
  const binary = await buildAwkward();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.ping"]).ready();
  const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "MKWORKSPACE"];
  for (const method of methods) await (await fetch(`${server.http}/ping/x`, { method })).body?.cancel();
  await tracer.printed(methods.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(0, -1), [
    HEADER,
    ...methods.map((method) => lineOf(method, "/ping/x")),
  ]);
});

Deno.test("of a function that is no handler calls are planned; where it is not known what it is, none are shown", async () => {
  const planned = await runTracer(["--explain", await buildAwkward(), "main.fill"]);
  assert.match(
    planned.stdout,
    /^signature +func\(m main\.mark, buffer \*\[32768\]uint8\)\n[^]*^recipe +call$/m,
  );
  assert.equal(planned.code, 0);
  const binary = await buildAwkward(undefined, ["-ldflags=-s -w"]);
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["-v", binary, "main.fill", "main.big"]).ready();
  const sent = await sendAll(server.http, uniquePaths("/big/", 5));
  await tracer.printed(sent.length);
  const { stdout, stderr, code } = await tracer.stop();
  assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
  assert.match(stderr, /note: main\.fill seems to be no handler/);
  assert.match(stderr, /note: 5 calls had no request where a handler has it/);
  assert.match(stderr, /5 printed, 0 lost, 5 filtered/);
  assert.equal(code, 0);
});
