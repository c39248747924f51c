import assert from "node:assert/strict";
import { buildGo, ensureToolchain, installedGo, type Toolchain } from "../toolchains.ts";
import { sendAll, sorted, uniquePaths } from "./client.ts";
import { buildAwkward, buildExample, Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

/** Three different sites: a branch with the arguments on the stack, a branch with registers, and a push. */
const toolchains: { name: string; get: () => Promise<Toolchain>; site?: string }[] = [
  { name: "Go 1.16", get: () => ensureToolchain("1.16.15"), site: "branch" },
  { name: "Go 1.20", get: () => ensureToolchain("1.20.14"), site: "branch" },
  { name: "Go 1.26", get: () => ensureToolchain("1.26.11"), site: "push" },
  { name: "the installed Go", get: installedGo },
];

for (const { name, get, site } of toolchains) {
  Deno.test(`23 requests to a handler with a frame of 32 KiB print 23 lines: ${name}`, async () => {
    const binary = await buildAwkward(await get());
    if (site !== undefined) {
      const { stdout } = await runTracer(["--explain", binary, "main.big"]);
      assert.match(stdout, new RegExp(`^class +${site}:`, "m"));
    }
    await using server = await Server.start(binary);
    await using tracer = await new Tracer([binary, "main.big"]).ready();
    // A connection each: a new goroutine, whose stack has to grow.
    const sent = await sendAll(server.http, uniquePaths("/big/", 23), { keepAlive: false });
    await tracer.printed(sent.length);
    const { stdout } = await tracer.stop();
    assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
  });

  Deno.test(`23 requests to a handler that grows its stack and ignores them print 23 lines: ${name}`, async () => {
    const binary = await buildAwkward(await get());
    await using server = await Server.start(binary);
    await using tracer = await new Tracer([binary, "main.deaf"]).ready();
    const sent = await sendAll(server.http, uniquePaths("/deaf/", 23), { keepAlive: false, concurrency: 4 });
    await tracer.printed(sent.length);
    const { stdout } = await tracer.stop();
    assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
  });

  Deno.test(`200,000 calls in a row print 200,000 lines, though the scheduler interrupts them: ${name}`, async () => {
    const dir = new URL("../servers/storm", import.meta.url).pathname;
    const binary = await buildGo({ toolchain: await get(), dir, output: "storm" });
    await using tracer = await new Tracer(["-v", "--fail-on-lost", "--buffer-size=64M", binary, "main.deaf"])
      .ready();
    const storm = new Deno.Command(binary, { args: ["-calls=200000"], stdin: "piped", stdout: "piped" })
      .spawn();
    const writer = storm.stdin.getWriter();
    await writer.write(new TextEncoder().encode("\n"));
    await writer.close();
    assert.equal(new TextDecoder().decode((await storm.output()).stdout), "200000\n");
    await tracer.printed(200_000, 60_000);
    const { code, stdout, stderr } = await tracer.stop();
    assert.match(stderr, /200000 printed, 0 lost, \d/, stderr);
    assert.equal(new Set(stdout.split("\n").slice(1, -1)).size, 1);
    assert.equal(code, 0);
  });

  Deno.test(`23 requests to ordinary handlers print 23 lines: ${name}`, async () => {
    const binary = await buildAwkward(await get());
    await using server = await Server.start(binary);
    await using tracer = await new Tracer([
      binary,
      "main.ping",
      "main.(*counter).ServeHTTP",
      "main.main.func1",
    ])
      .ready();
    const sent: string[] = [];
    for (const prefix of ["/ping/", "/method/", "/closure/"]) {
      sent.push(...await sendAll(server.http, uniquePaths(prefix, 23), { keepAlive: false, concurrency: 4 }));
    }
    await tracer.printed(sent.length);
    const { stdout } = await tracer.stop();
    assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
  });
}

for (const { name, get } of toolchains) {
  for (
    const { variant, flags } of [
      { variant: "stripped", flags: ["-ldflags=-s -w"] },
      { variant: "a stripped PIE", flags: ["-buildmode=pie", "-ldflags=-s -w"] },
    ]
  ) {
    Deno.test(`23 requests to ${variant} executable print 23 lines: ${name}`, async () => {
      const binary = await buildAwkward(await get(), flags);
      await using server = await Server.start(binary);
      await using tracer = await new Tracer([binary, "main.big", "main.(*counter).ServeHTTP"]).ready();
      const sent = [
        ...await sendAll(server.http, uniquePaths("/big/", 23), { keepAlive: false }),
        ...await sendAll(server.http, uniquePaths("/method/", 23)),
      ];
      await tracer.printed(sent.length);
      const { stdout } = await tracer.stop();
      assert.deepEqual(stdout.split("\n").slice(1, -1), sent);
    });
  }
}

Deno.test("1,000 concurrent requests on new goroutines print 1,000 lines", async () => {
  const binary = await buildAwkward();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.big", "main.ping"]).ready();
  const [big, small] = await Promise.all([
    sendAll(server.http, uniquePaths("/big/", 500), { keepAlive: false, concurrency: 100 }),
    sendAll(server.http, uniquePaths("/ping/", 500), { keepAlive: false, concurrency: 100 }),
  ]);
  const sent = [...big, ...small];
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
});

Deno.test("two processes of one executable under load at once: no line is crossed, lost or doubled", async () => {
  const binary = await buildExample();
  await using first = await Server.start(binary);
  await using second = await Server.start(binary);
  await using tracer = await new Tracer([binary, "main.hello"]).ready();
  const load = (server: Server) =>
    sendAll(server.http, uniquePaths("/hello/", 2_000), { keepAlive: true, concurrency: 16 });
  const sent = (await Promise.all([load(first), load(second)])).flat();
  await tracer.printed(sent.length);
  const { stdout } = await tracer.stop();
  assert.deepEqual(sorted(stdout.split("\n").slice(1, -1)), sorted(sent));
});
