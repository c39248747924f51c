/**
 * An executable of 140 MB with 100,000 functions, with DWARF and without: planning a probe, and listing what can be
 * probed, have to stay quick and small.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Folder } from "../folder.ts";
import { runTool } from "../toolchains.ts";
import { buildProgram, type GoProgram } from "./go_module.ts";
import type { Measurement } from "./measure_plan.ts";

/** Its client of every cloud makes it large; it has net/http's servers, and 37 MB of DWARF. */
const PROMTOOL: GoProgram = {
  module: "github.com/prometheus/prometheus",
  version: "v0.55.1",
  package: "./cmd/promtool",
};
const HANDLER = "net/http.(*ServeMux).ServeHTTP";

/** Processes that are measured; the median counts, since other work on the machine makes some slower. */
const RUNS = 7;
const LIMIT_MS = 300;
const LIMIT_BYTES = 200 << 20;
/** Of a list, which looks at all functions: several times what it takes, for machines that are slower. */
const LIST_LIMIT_MS = 3000;

for (const variant of ["with DWARF", "stripped"] as const) {
  Deno.test(`a plan takes under ${LIMIT_MS} ms and 200 MB: promtool ${PROMTOOL.version} ${variant}`, async () => {
    const whole = await buildProgram(PROMTOOL);
    const runs: Measurement[] = [];
    await withVariant(whole, variant, async (binary) => {
      for (let i = 0; i < RUNS; i++) runs.push(await measure(binary, HANDLER));
    });
    const { quickMs, peakBytes, words } = summarize(runs);
    console.error(`  promtool ${variant}: ${words}, medians of ${RUNS}`);
    assert.ok(quickMs < LIMIT_MS && peakBytes < LIMIT_BYTES, `it took ${words}`);
    const [{ found }] = runs as [Measurement];
    assert.equal(found[0]!.symbol, HANDLER);
    if (variant === "stripped") assert.deepEqual(found, (await measure(whole, HANDLER)).found);
  });

  Deno.test(`a list takes under ${LIST_LIMIT_MS} ms: promtool ${PROMTOOL.version} ${variant}`, async () => {
    await withVariant(await buildProgram(PROMTOOL), variant, async (binary) => {
      const run = await measure(binary);
      const { quickMs, words } = summarize([run]);
      console.error(`  promtool ${variant}: a list of ${run.found.length}: ${words}`);
      assert.ok(quickMs < LIST_LIMIT_MS, `it took ${words}`);
      assert.ok(run.found.some(({ symbol }) => symbol === HANDLER));
    });
  });
}

/** The medians, and them in words. */
function summarize(runs: readonly Measurement[]): { quickMs: number; peakBytes: number; words: string } {
  const wallMs = median(runs.map((run) => run.wallMs));
  const cpuMs = median(runs.map((run) => run.cpuMs));
  const peakBytes = median(runs.map((run) => run.peakBytes));
  const words = `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of CPU), ${(peakBytes / 1e6).toFixed(0)} MB`;
  // Where other work has the cores, what it used of them itself tells how long it takes on a quiet machine.
  return { quickMs: Math.min(wallMs, cpuMs), peakBytes, words };
}

/** Runs with the executable as it was built, or with a copy that has neither symbols nor DWARF. */
async function withVariant(
  whole: string,
  variant: "with DWARF" | "stripped",
  use: (binary: string) => Promise<void>,
): Promise<void> {
  if (variant === "with DWARF") {
    assert.ok((await Deno.stat(whole)).size > 140e6);
    return await use(whole);
  }
  await using folder = await Folder.make();
  const stripped = join(folder.path, "promtool");
  await runTool("objcopy", ["--strip-all", whole, stripped], { env: { PATH: "/usr/bin:/bin" } });
  await use(stripped);
}

/** Makes one plan, or without a handler the list, in a process of its own. */
async function measure(binary: string, ...handler: string[]): Promise<Measurement> {
  const script = new URL("measure_plan.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, binary, ...handler],
    stdin: "null",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as Measurement;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
