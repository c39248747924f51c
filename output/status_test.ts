import assert from "node:assert/strict";
import { RuntimeError, TargetError } from "../base/errors.ts";
import { formatError, Status, type StatusOptions } from "./status.ts";

function statusOf(options: Partial<StatusOptions> = {}): { status: Status; lines: string[] } {
  const lines: string[] = [];
  return { status: new Status({ writeLine: (line) => lines.push(line), ...options }), lines };
}

const counts = { printed: 23, filtered: 0, lost: 0, dropped: 0 };

Deno.test("Status tells an error in two lines", () => {
  const { status, lines } = statusOf();
  status.error(new TargetError("./main: no such file", { hint: "Check the path." }));
  assert.deepEqual(lines, ["gohttpsnoop: ./main: no such file", "  hint: Check the path."]);
});

Deno.test("Status leaves the hint out where there is none", () => {
  assert.deepEqual(formatError(new RuntimeError("it failed")), ["gohttpsnoop: it failed"]);
});

Deno.test("Status escapes a file name that would forge a line", () => {
  const { status, lines } = statusOf();
  status.error(new TargetError("a\n  hint: rm -rf /\x1b[2J: no such file", { hint: "Look at b\nc." }));
  assert.deepEqual(lines, [
    "gohttpsnoop: a\\x0a  hint: rm -rf /\\x1b[2J: no such file",
    "  hint: Look at b\\x0ac.",
  ]);
  status.note("file \u202e");
  assert.equal(lines[2], "gohttpsnoop: note: file \\u{202e}");
});

Deno.test("Status calls an unknown error a defect, without a stack trace", () => {
  const [what, hint, ...more] = formatError(new TypeError("x is undefined"));
  assert.equal(what, "gohttpsnoop: internal error: x is undefined");
  assert.match(hint ?? "", /^ {2}hint: .*report/);
  assert.deepEqual(more, []);
  assert.equal(formatError("thrown text")[0], "gohttpsnoop: internal error: thrown text");
});

Deno.test("Status adds the trace and the causes with -v, each line indented", () => {
  const { status, lines } = statusOf({ verbosity: 1 });
  const cause = new Error("ENOENT\ngohttpsnoop: forged");
  status.error(new TargetError("cannot open", { hint: "Check it.", cause }));
  assert.deepEqual(lines.slice(0, 2), ["gohttpsnoop: cannot open", "  hint: Check it."]);
  assert.ok(lines.slice(2).every((line) => line.startsWith("    ")));
  assert.ok(lines.some((line) => line.includes("caused by: Error: ENOENT")));
  assert.ok(lines.some((line) => line.includes("status_test.ts")));
});

Deno.test("formatError() ends where causes go round in a circle", () => {
  const error = new Error("a");
  error.cause = error;
  assert.ok(formatError(error, true).length > 2);
});

Deno.test("Status tells losses at most once a second, and all of them in the end", () => {
  let now = 0;
  const { status, lines } = statusOf({ now: () => now });
  status.losses(0, 0);
  status.losses(5, 0);
  now = 999;
  status.losses(9, 2);
  assert.deepEqual(lines, ["gohttpsnoop: lost 5 in the kernel (a larger --buffer-size helps)"]);
  now = 1000;
  status.losses(10, 3);
  now = 5000;
  status.losses(10, 3);
  assert.deepEqual(lines.slice(1), [
    "gohttpsnoop: lost 5 in the kernel (a larger --buffer-size helps), dropped 3 at the output (its reader is too slow)",
  ]);
});

Deno.test("Status ends with the summary", () => {
  const { status, lines } = statusOf({ summary: true });
  status.summary(counts, 12_345);
  status.summary({ ...counts, filtered: 2, lost: 3, dropped: 4 }, 40);
  assert.deepEqual(lines, [
    "gohttpsnoop: 23 printed, 0 lost, 12.3 s",
    "gohttpsnoop: 23 printed, 3 lost, 2 filtered, 4 dropped, 0.0 s",
  ]);
});

Deno.test("Status is silent about the summary when it is not wanted, but for a loss", () => {
  for (const options of [{}, { quiet: true, summary: true }]) {
    const { status, lines } = statusOf(options);
    status.summary(counts, 1000);
    assert.deepEqual(lines, []);
    status.summary({ ...counts, dropped: 1 }, 1000);
    assert.deepEqual(lines, ["gohttpsnoop: 23 printed, 0 lost, 1 dropped, 1.0 s"]);
  }
});

Deno.test("Status with -q keeps notes back, and tells errors and losses", () => {
  const { status, lines } = statusOf({ quiet: true });
  status.note("the server has restarted");
  assert.deepEqual(lines, []);
  status.losses(1, 0);
  status.error(new RuntimeError("it failed"));
  assert.equal(lines.length, 2);
});

Deno.test("Status tells details by the level of -v", () => {
  const { status, lines } = statusOf({ verbosity: 1 });
  status.detail(1, "attached in 7 ms");
  status.detail(2, "libbpf: loading");
  assert.deepEqual(lines, ["gohttpsnoop: attached in 7 ms"]);
});
