import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import { parseArguments, type TraceOptions } from "./options.ts";

function optionsOf(...flags: string[]): TraceOptions {
  const command = parseArguments([...flags, "./main", "main.ping"]);
  assert.equal(command.kind, "trace");
  return (command as { options: TraceOptions }).options;
}

function refused(flags: readonly string[], message: string, hint: RegExp): void {
  assert.throws(() => optionsOf(...flags), (error) => {
    assert.ok(error instanceof UsageError, String(error));
    assert.equal(error.message, message);
    assert.match(error.hint, hint);
    return true;
  });
}

Deno.test("the format is a table, unless --output or --json says another", () => {
  assert.equal(optionsOf().output, "table");
  assert.equal(optionsOf("--json").output, "json");
  assert.equal(optionsOf("-o", "json").output, "json");
  assert.equal(optionsOf("-o", "json", "--json").output, "json");
  assert.equal(optionsOf("--output=csv").output, "csv");
  assert.equal(optionsOf("-o", "table").output, "table");
});

Deno.test("--output refuses what is no format, and knows who wanted a file", () => {
  refused(["-o", "xml"], '--output takes table, json or csv, not "xml"', /Leave it out/);
  refused(["-o", "out.txt"], '--output takes table, json or csv, not "out.txt"', /--output-file/);
  refused(["--json", "-o", "csv"], "--json and --output csv contradict each other", /Leave one/);
});

Deno.test("--fields and --method are lists, without repetitions", () => {
  assert.deepEqual(optionsOf("-F", "path, size,path").fields, ["path", "size"]);
  assert.deepEqual(optionsOf("--method", "get").filter.methods, ["get"]);
  refused(["-F", "path,,size"], '--fields has an empty word in "path,,size"', /--fields method,status,path/);
  refused(["--method="], '--method has an empty word in ""', /GET,POST/);
  refused(["-e", "-F", "path"], "--extended and --fields contradict each other", /--fields/);
});

Deno.test("--status takes codes and classes", () => {
  assert.deepEqual(optionsOf("--status", "200,4XX,599").filter.statuses, [
    { from: 200, to: 200 },
    { from: 400, to: 499 },
    { from: 599, to: 599 },
  ]);
  for (const text of ["20", "0xx", "2000", "ok", "4x", "-1", "4xx5"]) {
    refused([`--status=${text}`], `--status takes status codes, not "${text}"`, /404,5xx/);
  }
});

Deno.test("--min-latency and --path are checked", () => {
  assert.equal(optionsOf("--min-latency", "80us").filter.minLatencyMs, 0.08);
  assert.equal(optionsOf("--path", "/*").filter.path, "/*");
  refused(["--path="], "--path is empty", /Quote/);
  assert.throws(() => optionsOf("--min-latency", "fast"), /--min-latency takes a duration/);
});
