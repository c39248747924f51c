/**
 * `deno run -A scripts/test.ts SUITE... [OPTION...]`: sets the machine up, runs the suites (scripts/suites.ts) one
 * after the other and closes with one line over all: `N passed, N failed`. Options go to `deno test`.
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
  // Types are the business of `deno task ok`.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--allow-all", "--no-check", ...options, ...files],
    cwd: ROOT,
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
  const counts = readCounts(tail) ?? { passed: 0, failed: 0, skipped: 0 };
  say(`gohttpsnoop: ${suite}: ${closingLine(counts)} (${seconds(performance.now() - start)})`);
  return success || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

await main(async () => {
  const firstOption = Deno.args.findIndex((argument) => argument.startsWith("-"));
  const names = firstOption < 0 ? Deno.args : Deno.args.slice(0, firstOption);
  const options = firstOption < 0 ? [] : Deno.args.slice(firstOption);
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
