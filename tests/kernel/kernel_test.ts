/**
 * The compiled tracer on other kernels and on another architecture than this machine's: each is booted under qemu,
 * with the tracer, its libraries and real Go servers in its initramfs, and has to show every request, once.
 *
 * Where qemu, a kernel or Deno's runtime for compiled programs cannot be had the tests are skipped with the reason;
 * in CI (`CI=true`) they fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Job, prepare } from "./contents.ts";
import {
  ensureKernel,
  ensureLibraries,
  ensureQemu,
  hasCookies,
  hasMultiLinks,
  type KernelImage,
  KERNELS,
} from "./images.ts";
import { writeInitramfs } from "./initramfs.ts";
import { boot } from "./machine.ts";
import { UnavailableError } from "./packages.ts";
import { compiledTracer } from "./programs.ts";
import { readReport, type Report, type RunResult } from "./report.ts";
import { type ExpectedRun, REQUESTS, type TracedRun } from "./runs.ts";

/** How long a step in a machine may take: many times what it takes, since others may load the host as well. */
const STEP_SECONDS = 120;
/** How long a machine may be on. */
const BOOT_LIMIT_MS = 900_000;

/** Boots a kernel with all programs, and returns what it said of itself. */
async function trace(image: KernelImage, { runs, contents }: Job, folder: string): Promise<Report> {
  const initramfs = join(folder, `initramfs-${image.machine.debian}-${image.release}`);
  await writeInitramfs(initramfs, { ...contents, plan: { runs, limitSeconds: STEP_SECONDS } });
  const result = await boot({
    image,
    kernel: await ensureKernel(image),
    initramfs,
    limitMs: BOOT_LIMIT_MS,
  });
  const report = readReport(result);
  console.error(
    `Linux ${report.kernel}: up after ${report.bootMs} ms, off after ${Math.round(result.durationMs)} ms`,
  );
  return report;
}

/** Checks a run: how the tracer ended, and what it said. */
function checkRun(run: ExpectedRun, result: RunResult | undefined, image: KernelImage): void {
  assert.ok(result !== undefined, "the run was not begun");
  const { error, exitCode, stdout, stderr, readyMs, endMs } = result;
  const said = `${error}\nexit code ${exitCode}\n${[...stderr, ...stdout].join("\n")}`;
  assert.equal(error, "", said);
  if ("lines" in run) {
    checkTraced(run, result, image, said);
    console.error(`  ${run.name}: header after ${readyMs} ms, ended after ${endMs} ms`);
    return;
  }
  assert.equal(exitCode, run.exitCode, said);
  assert.deepEqual(stdout, []);
  assert.equal(stderr.length, run.message.length, said);
  for (const [i, line] of run.message.entries()) assert.match(stderr[i]!, line);
  console.error(`  ${run.name}: ended after ${endMs} ms`);
}

/** That it lost nothing, and its lines as a multiset. */
function checkTraced(run: TracedRun, result: RunResult, image: KernelImage, said: string): void {
  const { exitCode, stdout, stderr, protocols } = result;
  assert.equal(exitCode, 0, said);
  assert.deepEqual(stdout.slice(1).toSorted(), run.lines.toSorted(), said);
  const expected = run.requests.map(({ via }) => via === "h2" ? "HTTP/2.0" : "HTTP/1.1");
  assert.deepEqual(protocols, expected);
  assert.equal(stdout[0], run.header);
  if (run.by === "library") {
    assert.deepEqual(stderr, []);
    return;
  }
  const text = stderr.join("\n");
  const links = hasMultiLinks(image) ? "uprobe_multi link" : "perf events";
  const programs = hasCookies(image) ? run.programs.cookies : run.programs.none;
  assert.match(text, new RegExp(`attached by ${links}, ${programs} program`));
  assert.match(text, new RegExp(`\\b${REQUESTS} `), "the summary has another number");
  const again = Number(/(\d+) calls were entered again/.exec(text)?.[1]);
  assert.ok(run.grows ? again > 0 : again >= 0, text);
}

/** Why the suite cannot run here; undefined where it can. */
async function reasonToSkip(): Promise<string | undefined> {
  if (Deno.env.get("CI") === "true") return undefined;
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return "the machines' programs are built on x86-64 only";
  }
  try {
    for (const image of Object.values(KERNELS)) {
      await ensureQemu(image.machine);
      await ensureKernel(image);
      await ensureLibraries(image.machine);
      await compiledTracer(image.machine);
    }
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
}

const reason = await reasonToSkip();
if (reason !== undefined) console.error(`skipped: ${reason}`);

let folder: string | undefined;
let started: Promise<ReadonlyMap<KernelImage, Promise<Outcome>>> | undefined;

/** What a machine was told to do, and what it said. */
interface Outcome {
  readonly runs: readonly ExpectedRun[];
  readonly report: Report;
}

/** The kernels whose tests are asked for; an emulated machine is not booted for nothing. */
function wantedKernels(): KernelImage[] {
  const filter = Deno.env.get("GOHTTPSNOOP_TEST_FILTER") ?? "";
  return Object.values(KERNELS).filter((image) => titleOf(image).includes(filter));
}

function titleOf({ version, machine }: KernelImage): string {
  return `the compiled tracer shows every request on Linux ${version} for ${machine.title}`;
}

/** Builds what they need, then starts all machines at once: an emulated one keeps little more than one core busy. */
async function startAll(): Promise<ReadonlyMap<KernelImage, Promise<Outcome>>> {
  const made = folder = await Deno.makeTempDir({ prefix: "gohttpsnoop-kernel-" });
  const jobs: [KernelImage, Promise<Job>][] = [];
  for (const image of wantedKernels()) {
    const job = ensureQemu(image.machine).then(() => prepare(image, made));
    await job.catch(() => {});
    jobs.push([image, job]);
  }
  return new Map(jobs.map(([image, prepared]) => {
    const outcome = prepared.then(async (job) => ({ runs: job.runs, report: await trace(image, job, made) }));
    // Its test awaits it later; until then a failure is nobody's.
    outcome.catch(() => {});
    return [image, outcome] as const;
  }));
}

for (const image of Object.values(KERNELS)) {
  Deno.test({
    name: titleOf(image),
    ignore: reason !== undefined,
    // The machines of the tests behind this one are on as well.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn(t) {
      const machines = await (started ??= startAll());
      const { runs, report } = await machines.get(image)!;
      assert.equal(report.error, "");
      assert.ok(report.kernel.startsWith(`${image.version}.`), `the kernel is ${report.kernel}`);
      for (const run of runs) {
        const result = report.results.find(({ name }) => name === run.name);
        await t.step(run.name, () => checkRun(run, result, image));
      }
      await t.step("the kernel complains of nothing", () => assert.deepEqual(report.complaints, []));
    },
  });
}

Deno.test.afterAll(async () => {
  const machines = await started?.catch(() => undefined);
  await Promise.allSettled(machines?.values() ?? []);
  if (folder !== undefined) await Deno.remove(folder, { recursive: true });
});
