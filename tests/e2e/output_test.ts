import assert from "node:assert/strict";
import { sendAll } from "./client.ts";
import { buildGo, installedGo } from "../toolchains.ts";
import { buildExample, Server } from "./server.ts";
import { runTracer, Tracer } from "./tracer.ts";

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

Deno.test("--json prints attached, a request for each, and the summary as the last line", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = new Tracer(["--json", binary, "main.hello"]);
  const attached = JSON.parse(await tracer.stdout.find("attached", (line) => line.includes('"attached"')));
  assert.deepEqual([attached.v, attached.mode, attached.symbols], [1, "handler", ["main.hello"]]);
  assert.deepEqual(attached.targets, [{ path: binary }]);
  assert.match(attached.go_version, /^go1\./);

  await sendAll(server.http, ["/hello/a", "/hello/%22%5c%E2%80%AE?x=1", "/hello/%ff"]);
  await tracer.printed(3);
  const { stdout, code } = await tracer.stop();
  assert.equal(code, 0);
  const objects = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const requests = objects.slice(1, -1);
  for (const { time } of requests) {
    assert.match(time, TIME);
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000, time);
  }
  assert.deepEqual(
    requests.map(({ time: _, ...rest }) => rest).toSorted((a, b) => a.path < b.path ? -1 : 1),
    ['/hello/"\\\u202e', "/hello/a", "/hello/\ufffd"].map((path) => ({
      v: 1,
      type: "request",
      pid: server.pid,
      comm: "main",
      symbol: "main.hello",
      method: "GET",
      path,
      ...path.endsWith("\ufffd") ? { path_b64: btoa("/hello/\xff") } : {},
    })),
  );
  const { type, printed, filtered, lost } = objects.at(-1);
  assert.deepEqual({ type, printed, filtered, lost }, {
    type: "summary",
    printed: 3,
    filtered: 0,
    lost: { kernel: 0, output: 0 },
  });
});

Deno.test("--method and --path let through what they name, and the rest is counted as filtered", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer([
    "-v",
    "--path",
    "/hello/*b?",
    "--method",
    "get",
    binary,
    "main.hello",
  ])
    .ready();
  await sendAll(server.http, ["/hello/abc", "/hello/xby", "/hello/b", "/hello/bbc/"]);
  await tracer.printed(2);
  const { stdout, stderr } = await tracer.stop();
  assert.deepEqual(stdout.trimEnd().split("\n").slice(1).toSorted(), [
    "GET        /hello/abc",
    "GET        /hello/xby",
  ]);
  assert.match(stderr, /2 printed, 0 lost, 2 filtered/);
});

Deno.test("--output csv and --fields choose the columns", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = new Tracer(["-o", "csv", "-T", "-F", "path,pid,symbol", binary, "main.hello"]);
  await tracer.stdout.find("header", (line) => line === "time,path,pid,symbol\r");
  await sendAll(server.http, ["/hello/a,b"]);
  await tracer.printed(1);
  const { stdout } = await tracer.stop();
  const [time, ...rest] = stdout.split("\r\n")[1]!.split(",");
  assert.match(time!, TIME);
  assert.equal(rest.join(","), `"/hello/a,b",${server.pid},main.hello`);
});

Deno.test("-e and the filters join a handler with the end of its requests", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary, { tls: true });
  for (
    const [flags, end] of [[["-e"], 1], [["--status", "200"], 1], [["-x"], 0], [
      ["--min-latency", "1m"],
      0,
    ]] as const
  ) {
    const shown = flags[0] !== "-e";
    const columns = shown ? ["-F", "proto,status,size,path"] : [];
    await using tracer = await new Tracer([...flags, ...columns, binary, "main.hello"]).started(
      /^(PID|Proto)/,
    );
    for (const [origin, protocol] of [[server.http, "HTTP/1.1"], [server.https, "HTTP/2.0"]] as const) {
      await sendAll(origin, ["/hello/you"], { certificate: server.certificate, protocol });
      // Of no handler that is named.
      await sendAll(origin, ["/ping"], { certificate: server.certificate, protocol });
    }
    await tracer.printed(2 * end);
    const { stdout, code } = await tracer.stop();
    const lines = stdout.split("\n").slice(1, -1);
    assert.equal(lines.length, 2 * end, stdout);
    for (const [i, line] of lines.entries()) {
      const protocol = i === 0 ? "HTTP/1.1" : "HTTP/2.0";
      assert.match(
        line,
        new RegExp(
          shown
            ? `^${protocol} +200 +10 +/hello/you$`
            : `^\\d+ +GET +200 +\\S+ +${protocol} +10 +/hello/you$`,
        ),
      );
    }
    assert.equal(code, 0);
  }
});

Deno.test("standard output may be a file, which then has every line", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  const file = await Deno.makeTempFile({ prefix: "gohttpsnoop-" });
  try {
    const paths = Array.from({ length: 3000 }, (_, i) => `/hello/${i}`);
    await using tracer = new Tracer(["-c", String(paths.length), binary, "main.hello"], {
      through: ["sh", "-c", 'file=$1; shift; exec "$@" >"$file"', "sh", file],
    });
    for (let tries = 0; !(await Deno.readTextFile(file)).startsWith("Method"); tries++) {
      assert.ok(tries < 3000, "the header does not come");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await sendAll(server.http, paths);
    const { code } = await tracer.finished();
    assert.equal(code, 0);
    const lines = (await Deno.readTextFile(file)).split("\n").slice(1, -1);
    assert.deepEqual(lines.toSorted(), paths.map((path) => `GET        ${path}`).toSorted());
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("--json names the handler that a joined request came to", async () => {
  const binary = await buildExample();
  await using server = await Server.start(binary);
  await using tracer = await new Tracer(["--json", "-e", binary, "main.hello", "main.ping"]).started(
    /"attached"/,
  );
  await sendAll(server.http, ["/ping", "/hello/you", "/ping"]);
  await tracer.stdout.atLeast(4);
  const { stdout } = await tracer.stop();
  const objects = stdout.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  const requests = objects.filter(({ type }) => type === "request");
  assert.deepEqual(
    requests.map(({ symbol, path, status, bytes, outcome }) => ({ symbol, path, status, bytes, outcome })),
    ["/ping", "/hello/you", "/ping"].map((path) => ({
      symbol: path === "/ping" ? "main.ping" : "main.hello",
      path,
      status: 200,
      bytes: path === "/ping" ? 5 : 10,
      outcome: "ok",
    })),
  );
});

Deno.test("-F handler names the function that served each request, in executables of fixed address and PIE", async () => {
  const dir = new URL("../../examples/server", import.meta.url).pathname;
  for (const flags of [[], ["-buildmode=pie", "-ldflags=-s -w"]]) {
    const binary = await buildGo({ toolchain: await installedGo(), dir, flags, output: "main" });
    await using server = await Server.start(binary);
    await using tracer = await new Tracer(["--json", "-F", "comm,handler,goid,path", binary]).started(
      /"attached"/,
    );
    await sendAll(server.http, ["/ping", "/hello/you"]);
    await tracer.stdout.atLeast(3);
    const { stdout } = await tracer.stop();
    const requests = stdout.split("\n").slice(1, 3).map((line) => JSON.parse(line));
    assert.deepEqual(
      requests.map(({ comm, handler, path }) => [comm, handler, path]),
      [["main", "main.ping", "/ping"], ["main", "main.hello", "/hello/you"]],
    );
    for (const { goid } of requests) assert.ok(goid > 0 && goid < 1e6, goid);
  }
});

Deno.test("--explain tells why each function of the whole server is probed", async () => {
  const { code, stdout } = await runTracer(["--explain", "-F", "handler", await buildExample()]);
  const plans = stdout.matchAll(/^function +(.+)\nstands for +the whole server: (.+)$/gm);
  const why = new Map([...plans].map(([, symbol, because]) => [symbol, because]));
  assert.equal(why.get("net/http.serverHandler.ServeHTTP"), "requests begin there");
  assert.equal(why.get("net/http.HandlerFunc.ServeHTTP"), "handlers are called there");
  assert.equal(why.get("net/http.(*response).finishRequest"), "requests end there");
  assert.equal(code, 0);
});

Deno.test("a program that serves nothing by net/http is told as that, and what it serves by: exit 4", async () => {
  const toolchain = await installedGo();
  const files = { "main.go": "package main\n\nfunc main() { println(1) }\n" };
  const small = await runTracer([await buildGo({ toolchain, files, output: "small" })]);
  assert.match(
    small.stderr,
    /^gohttpsnoop: .*it serves nothing by net\/http, fasthttp or gRPC\n {2}hint: .*-l BINARY PATTERN.*\n$/,
  );
  assert.equal(small.code, 4);

  // A build in which the places where requests begin and end are not there: inlined, or of another version.
  const module = "github.com/valyala/fasthttp";
  const other = await buildGo({
    toolchain,
    files: {
      "go.mod": `module example.com/m\n\nrequire ${module} v1.0.0\n\nreplace ${module} => ./fasthttp\n`,
      "main.go": `package main\n\nimport "${module}"\n\nfunc main() { fasthttp.Serve() }\n`,
      "fasthttp/go.mod": `module ${module}\n`,
      "fasthttp/server.go": "package fasthttp\n\ntype Server struct{}\n\n" +
        "//go:noinline\nfunc (s *Server) serveConn() { println(1) }\n\nfunc Serve() { new(Server).serveConn() }\n",
    },
    output: "other",
  });
  const unseen = await runTracer([other]);
  assert.match(
    unseen.stderr,
    /^gohttpsnoop: .*it serves by fasthttp, whose requests are not seen: .*\n {2}hint: .*-l BINARY PATTERN.*\n$/,
  );
  assert.equal(unseen.code, 4);
});
