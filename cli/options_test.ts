import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../base/errors.ts";
import { type ListOptions, parseArguments, type TraceOptions } from "./options.ts";

/** The options of a command line that is written as in a shell without quotes. */
function optionsOf(line: string, env: Record<string, string> = {}): TraceOptions {
  const command = parseArguments(line.split(" "), env);
  assert.equal(command.kind, "trace");
  return (command as { options: TraceOptions }).options;
}

/** Asserts that the arguments are refused with this message and hint. */
function refused(argv: string | readonly string[], message: string | RegExp, hint?: RegExp): void {
  assert.throws(
    () => parseArguments(typeof argv === "string" ? argv.split(" ") : argv),
    (error) => {
      assert.ok(error instanceof UsageError, String(error));
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.notEqual(error.hint, "");
      if (hint !== undefined) assert.match(error.hint, hint);
      return true;
    },
  );
}

Deno.test("parseArguments() reads BINARY and PROBEs, and knows the defaults", () => {
  assert.deepEqual(parseArguments(["./server/main", "main.ping"]), {
    kind: "trace",
    options: {
      target: { kind: "binary", path: "./server/main" },
      probes: ["main.ping"],
      output: "table",
      time: false,
      extended: false,
      fields: undefined,
      filter: {
        methods: undefined,
        path: undefined,
        statuses: undefined,
        minLatencyMs: undefined,
        failed: false,
        where: undefined,
      },
      count: undefined,
      durationMs: undefined,
      minEvents: undefined,
      failOnLost: false,
      quiet: false,
      verbosity: 0,
      wide: false,
      header: true,
      pathMaxBytes: 256,
      maxCost: undefined,
      bufferSizeBytes: 8 * 1024 * 1024,
      outputFile: undefined,
      attach: "auto",
      libbpf: undefined,
      columns: undefined,
    },
  });
});

Deno.test("parseArguments() reads every flag, before and after the positionals", () => {
  const options = optionsOf(
    "-c 5 ./main --duration=10s main.ping -w --min-events 3 --fail-on-lost main.pong -vv --no-header " +
      "--path-max 4096 --max-cost 12.5% --buffer-size 3M --output-file out.txt --attach perf -To csv -F path,size " +
      "--method GET,POST --path /api/* --status 404,5xx --min-latency 100ms -x --where a.b==5",
  );
  assert.deepEqual(options, {
    target: { kind: "binary", path: "./main" },
    probes: ["main.ping", "main.pong"],
    output: "csv",
    time: true,
    extended: false,
    fields: ["path", "size"],
    filter: {
      methods: ["GET", "POST"],
      path: "/api/*",
      statuses: [{ from: 404, to: 404 }, { from: 500, to: 599 }],
      minLatencyMs: 100,
      failed: true,
      where: "a.b==5",
    },
    count: 5,
    durationMs: 10_000,
    minEvents: 3,
    failOnLost: true,
    quiet: false,
    verbosity: 2,
    wide: true,
    header: false,
    pathMaxBytes: 4096,
    maxCost: 0.125,
    bufferSizeBytes: 4 * 1024 * 1024,
    outputFile: "out.txt",
    attach: "perf",
    libbpf: undefined,
    columns: undefined,
  });
});

Deno.test("parseArguments() means the whole server where no PROBE is named", () => {
  assert.deepEqual(optionsOf("./main").probes, []);
  assert.deepEqual(optionsOf("-p 4711").probes, []);
});

Deno.test("parseArguments() takes values in each of commander's ways", () => {
  for (const count of ["-c5", "-c 5", "--count=5", "--count 5"]) {
    assert.equal(optionsOf(`${count} ./main main.ping`).count, 5, count);
  }
  const { wide, quiet, count } = optionsOf("-wqc5 ./main main.ping");
  assert.deepEqual({ wide, quiet, count }, { wide: true, quiet: true, count: 5 });
});

Deno.test("parseArguments() takes all positionals for PROBEs with -p", () => {
  const { target, probes } = optionsOf("main.ping -p 4711,12 main.pong -p 12 --pid=9");
  assert.deepEqual(target, { kind: "pids", pids: [4711, 12, 9] });
  assert.deepEqual(probes, ["main.ping", "main.pong"]);
});

Deno.test("parseArguments() takes a BINARY and PROBEs of any look", () => {
  assert.deepEqual(optionsOf("list help").target, { kind: "binary", path: "list" });
  const { probes } = optionsOf("./a net/http.(*ServeMux).ServeHTTP main.main.func1 main.*");
  assert.deepEqual(probes, ["net/http.(*ServeMux).ServeHTTP", "main.main.func1", "main.*"]);
});

Deno.test("parseArguments() reads a PROBE that is named twice as one", () => {
  assert.deepEqual(optionsOf("./main main.ping main.pong main.ping").probes, ["main.ping", "main.pong"]);
});

Deno.test("parseArguments() lets the last of a repeated flag count, and -v go up", () => {
  assert.equal(optionsOf("-c 5 ./main main.ping -c 7").count, 7);
  assert.equal(optionsOf("-w -w ./main main.ping").wide, true);
  assert.equal(optionsOf("-v ./main main.ping").verbosity, 1);
  assert.equal(optionsOf("-v ./main main.ping --verbose").verbosity, 2);
  assert.equal(optionsOf("-vvv ./main main.ping").verbosity, 2);
});

Deno.test("parseArguments() takes libbpf and COLUMNS from the environment", () => {
  const options = optionsOf("./main main.ping", { GOHTTPSNOOP_LIBBPF: "/opt/libbpf.so", COLUMNS: "80" });
  assert.equal(options.libbpf, "/opt/libbpf.so");
  assert.equal(options.columns, "80");
  assert.equal(optionsOf("./main main.ping", { GOHTTPSNOOP_LIBBPF: "" }).libbpf, undefined);
});

Deno.test("parseArguments() gives help and version, whatever else is wrong", () => {
  const lines = [
    "-h",
    "--help",
    "-h ./main",
    "--frobnicate -h",
    "-c x --help",
    "--help -c",
    "-h -V",
    "--help -- x",
  ];
  for (const line of lines) {
    const command = parseArguments(line.split(" "));
    assert.equal(command.kind, "help", line);
    assert.match((command as { text: string }).text, /^gohttpsnoop .*\n/);
  }
  for (const line of ["-V", "--version", "--version ./main --frobnicate"]) {
    assert.deepEqual(parseArguments(line.split(" ")), { kind: "version" }, line);
  }
});

Deno.test("parseArguments() tells an explanation from a trace", () => {
  const command = parseArguments(["--explain", "./main", "main.ping"]);
  assert.equal(command.kind, "explain");
});

Deno.test("parseArguments() reads --list with a target and at most one pattern", () => {
  const listOf = (line: string) => {
    const command = parseArguments(line.split(" "));
    assert.equal(command.kind, "list");
    return (command as { options: ListOptions }).options;
  };
  const target = { kind: "binary", path: "./main" } as const;
  assert.deepEqual(listOf("-l ./main"), { target, pattern: undefined, json: false, declarations: false });
  assert.deepEqual(listOf("./main main.* --list --json"), {
    target,
    pattern: "main.*",
    json: true,
    declarations: false,
  });
  assert.deepEqual(listOf("-lp 4711 ping"), {
    target: { kind: "pids", pids: [4711] },
    pattern: "ping",
    json: false,
    declarations: false,
  });
  refused("-l", /no BINARY/);
  refused("-l ./main a b", /one PATTERN/, /Quote/);
  refused("-l -p 1,2", /one BINARY or PID/);
  refused("-l --explain ./main", "--explain says nothing to --list");
  refused("-l -c 5 ./main", "--count says nothing to --list");
  refused("-l -d 5 ./main", "--duration says nothing to --list");
  refused("-l --output-file x ./main", "--output-file says nothing to --list");
  for (const flag of ["--output=json", "--fields=path", "--method=GET", "--path=*", "--status=404"]) {
    refused(`-l ${flag} ./main`, `${flag.split("=")[0]} says nothing to --list`);
  }
  refused("-l -T ./main", "--time says nothing to --list");
  refused("-l -e ./main", "--extended says nothing to --list");
  refused("-l -x ./main", "--failed says nothing to --list");
  refused("-l --min-latency 1 ./main", "--min-latency says nothing to --list");
  assert.deepEqual(listOf("-l -v ./main"), { target, pattern: undefined, json: false, declarations: true });
});

Deno.test("parseArguments() refuses a command line without a target", () => {
  refused([], /no BINARY/, /\.\/server\/main", or see/);
  refused("-w", /no BINARY/);
  refused(["", "main.ping"], "An argument is empty");
  refused(["./main", ""], "An argument is empty");
});

Deno.test("parseArguments() refuses a file where -p makes it a PROBE", () => {
  refused("-p 4711 ./server/main main.ping", /"\.\/server\/main" .* looks like a file/, /PID/);
  refused("-p 4711 /usr/bin/server", /looks like a file/);
});

Deno.test("parseArguments() takes what is behind -- for a command, whatever it looks like", () => {
  assert.deepEqual(optionsOf("main.ping main.pong -c 3 -- ./server -c 4 -- -h").target, {
    kind: "command",
    command: "./server",
    args: ["-c", "4", "--", "-h"],
    binary: undefined,
    user: undefined,
  });
  const { target, probes, count } = optionsOf("-b ./main --user web main.ping -c 3 -- run.sh");
  assert.deepEqual(target, { kind: "command", command: "run.sh", args: [], binary: "./main", user: "web" });
  assert.deepEqual(probes, ["main.ping"]);
  assert.equal(count, 3);
});

Deno.test("parseArguments() refuses what cannot be meant with --, or without it", () => {
  refused("main.ping --", "There is no command behind --");
  refused(["main.ping", "--", ""], "There is no command behind --");
  refused("-p 4711 main.ping -- ./server", /contradict each other/);
  refused("./server main.ping -- ./server", /looks like a file/, /-b \.\/server/);
  refused("-b ./main ./server main.ping", /^--binary says nothing without --/);
  refused("--user web -p 4711 main.ping", /^--user says nothing without --/);
  refused(["--user", "", "main.ping", "--", "./server"], "--user is empty");
  refused("-l -- ./server", /^-- says nothing to --list/);
});

Deno.test("parseArguments() refuses an option that there is not, with the nearest", () => {
  refused("--cuont 5 ./main main.ping", "There is no option --cuont", /Did you mean --count\?/);
  refused("--noheader ./main main.ping", "There is no option --noheader", /--no-header/);
  refused("--frobnicate ./main main.ping", "There is no option --frobnicate", /--help/);
  refused("--cuont=5 ./main main.ping", "There is no option --cuont");
  refused("-z ./main main.ping", "There is no option -z", /--help/);
  refused("-wz ./main main.ping", "There is no option -z");
  refused("./main main.ping -5", "There is no option -5");
});

Deno.test("parseArguments() refuses options of a later version as such", () => {
  for (
    const flag of ["-s", "-i", "--sort", "--query", "--doctor"]
  ) {
    refused(`${flag} ./main main.ping`, `${flag} is not in this version`);
  }
  refused("--color=never ./main main.ping", "--color is not in this version");
});

Deno.test("parseArguments() refuses a flag without its value, and a value without need", () => {
  refused("./main main.ping -c", "-c lacks its value", /--count N/);
  refused("./main main.ping --output-file", "--output-file lacks its value", /--output-file FILE/);
  refused("./main main.ping -wd", "-wd lacks its value", /--duration TIME/);
  refused("--wide=yes ./main main.ping", "--wide takes no value", /--wide alone/);
});

Deno.test("parseArguments() refuses numbers that are none, or out of range", () => {
  for (const text of ["-5", "x", "1.5", "1e3", "0x10", "+5", "٣"]) {
    refused(["-c", text, "./main", "main.ping"], `--count takes a number, not "${text}"`, /1 or more/);
  }
  refused("--count= ./main main.ping", '--count takes a number, not ""');
  refused("-c0 ./main main.ping", "--count 0 is out of range", /1 or more/);
  refused(`-c ${"9".repeat(20)} ./main main.ping`, /out of range/);
  refused("--path-max 0 ./main main.ping", "--path-max 0 is out of range", /from 1 to 4096/);
  refused("--path-max 4097 ./main main.ping", /out of range/);
  assert.equal(optionsOf("--min-events 0 ./main main.ping").minEvents, 0);
});

Deno.test("parseArguments() refuses PIDs that are none", () => {
  for (const text of ["0", "x", "-1", "", "1,", ",1", "1,,2", "1 2", "4194305", "1.5"]) {
    refused([`--pid=${text}`, "main.ping"], `--pid takes process IDs, not "${text}"`);
  }
  assert.deepEqual(optionsOf("-p 4194304 main.ping").target, { kind: "pids", pids: [4194304] });
});

Deno.test("parseArguments() refuses bad durations, sizes and ways to attach", () => {
  refused("-d 10h ./main main.ping", /--duration takes a duration/);
  refused("-d 0 ./main main.ping", /out of range/);
  refused("--buffer-size 8G ./main main.ping", /--buffer-size takes a size/);
  refused("--attach kprobe ./main main.ping", /--attach takes auto, multi or perf/);
});

Deno.test("parseArguments() refuses an output file that is empty or looks like a flag", () => {
  refused("--output-file -q ./main main.ping", /not "-q"/, /standard output/);
  refused("--output-file - ./main main.ping", /not "-"/, /standard output/);
  refused("--output-file= ./main main.ping", "--output-file is empty");
});

Deno.test("parseArguments() refuses flags that contradict each other", () => {
  refused("-q -v ./main main.ping", /contradict/);
  refused("-c 5 --min-events 6 ./main main.ping", /never be met/);
});

Deno.test("parseArguments() gives a value or a UsageError, for any arguments", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      ..."-p -c -d -l --json -w -v -q -V -h -- - --pid --count=3 --path-max --no-header --wide=1 -wvc3".split(
        " ",
      ),
    ),
    fc.constantFrom(
      "1",
      "0",
      "-1",
      "10s",
      "8M",
      "./main",
      "main.ping",
      "__proto__",
      "--__proto__",
      "--constructor=1",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
      const before = [...argv];
      try {
        assert.ok(["help", "version", "trace", "explain", "list"].includes(parseArguments(argv).kind));
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
        assert.notEqual(error.hint, "");
      }
      assert.deepEqual(argv, before);
    }),
    { numRuns: 2000 },
  );
});
