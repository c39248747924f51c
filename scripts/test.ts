/**
 * `deno run -A scripts/test.ts SUITE... [OPTION...]`: sets the machine up, runs the suites (scripts/suites.ts) one
 * after the other and closes with one line over all: `N passed, N failed`. Options go to `deno test`; a `--filter` is
 * told to the tests as well, in GOHTTPSNOOP_TEST_FILTER. What a suite writes to the file GOHTTPSNOOP_TEST_REPORT is
 * shown behind its tests (`deno test --quiet` shows nothing that is written outside of one).
 *
 * @module
 */
import { die, main, say, seconds } from "./lib/steps.ts";
import { setup } from "./setup.ts";
import { ROOT } from "./room_table.ts";
import { closingLine, type Counts, readCounts, type Suite, suiteFiles, SUITES } from "./suites.ts";

/** Runs the suite's files with `deno test`, its output passed on as it comes. A crash counts as one failed test. */
async function runSuite(suite: Suite, options: readonly string[]): Promise<Counts> {
  const files = await suiteFiles(suite);
  if (files.length === 0) {
    say(`gohttpsnoop: no tests in ${suite}`);
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const start = performance.now();
  const report = await Deno.makeTempFile({ prefix: "gohttpsnoop-report-" });
  // Types are the business of `deno task ok`.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--allow-all", "--no-check", ...options, ...files],
    cwd: ROOT,
    env: { GOHTTPSNOOP_TEST_FILTER: filterOf(options), GOHTTPSNOOP_TEST_REPORT: report },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  // Only the end is kept: that is where the counts are.
  let tail = "";
  const decoder = new TextDecoder();
  for await (const bytes of child.stdout) {
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await Deno.stdout.write(rest));
    tail = `${tail}${decoder.decode(bytes, { stream: true })}`.slice(-4096);
  }
  const { success } = await child.status;
  const text = await Deno.readTextFile(report);
  await Deno.remove(report);
  if (text !== "") console.log(`${text}\n`);
  const counts = readCounts(tail) ?? { passed: 0, failed: 0, skipped: 0 };
  say(`gohttpsnoop: ${suite}: ${closingLine(counts)} (${seconds(performance.now() - start)})`);
  return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** What `deno test` will take as its filter; empty when there is none. */
function filterOf(options: readonly string[]): string {
  const index = options.findLastIndex((option) => /^--filter(=|$)/.test(option));
  const [, value] = options[index]?.split(/=(.*)/s) ?? [];
  return value ?? (index < 0 ? "" : options[index + 1] ?? "");
}

await main(async () => {
  // `deno task test:e2e -- --filter X` passes the dashes on.
  const words = Deno.args.filter((argument) => argument !== "--");
  const firstOption = words.findIndex((argument) => argument.startsWith("-"));
  const names = firstOption < 0 ? words : words.slice(0, firstOption);
  const options = firstOption < 0 ? [] : words.slice(firstOption);
  const suites = names.map((name) =>
    SUITES.find((suite) => suite === name) ??
      die(`no suite is called ${name}`, `There are ${SUITES.join(", ")}.`, 2)
  );
  if (suites.length === 0) die("test.ts needs a suite", `There are ${SUITES.join(", ")}.`, 2);
  if (suites.some((suite) => suite !== "unit") && Deno.uid() !== 0) {
    die(
      "these tests trace real servers, which needs root",
      "Use sudo; `deno task test:unit` needs no root.",
      3,
    );
  }
  await setup(suites.some((suite) => suite !== "unit" && suite !== "e2e") ? "ci" : "test");
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of suites) {
    const counts = await runSuite(suite, options);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(closingLine(total));
  Deno.exit(total.failed > 0 ? 1 : 0);
});
