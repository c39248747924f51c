/**
 * The compiled tracer on other kernels than this machine's: each is booted under qemu, with the tracer, its libraries
 * and real Go servers in its initramfs, and has to show every request, once.
 *
 * Where qemu, a kernel or Deno's runtime for compiled programs cannot be had the tests are skipped with the reason;
 * in CI (`CI=true`) they fail.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { buildGo, chosenVersions, ensureToolchain, installedGo, type Toolchain } from "../toolchains.ts";
import {
  ensureKernel,
  ensureQemu,
  hasCookies,
  type KernelImage,
  KERNELS,
  UnavailableError,
} from "./images.ts";
import { writeInitramfs } from "./initramfs.ts";
import { boot } from "./machine.ts";
import { compiledTracer, compileHandlers } from "./programs.ts";
import { readReport, type Report, type RunResult } from "./report.ts";
import { type ExpectedRun, oneHandler, REQUESTS, twoHandlers, twoHandlersBySymbol } from "./runs.ts";

/** How long a step in a machine may take: fifty times what it takes where nothing else runs. */
const STEP_SECONDS = 60;
/** How long a machine may be on. */
const BOOT_LIMIT_MS = 240_000;

/** What all kernels share. */
interface Programs {
  readonly folder: string;
  readonly tracer: string;
  readonly handlers: string;
  readonly init: string;
  /** Static executables of the example server, by their names in the machine's /bin. */
  readonly servers: Readonly<Record<string, string>>;
  /** The Go versions of the servers, the installed one last. */
  readonly versions: readonly string[];
}

/** Builds what the machines run, and what is expected of it. */
async function buildPrograms(folder: string): Promise<Programs> {
  const tracer = await compiledTracer();
  const handlers = join(folder, "handlers");
  await compileHandlers(handlers);
  const installed = await installedGo();
  const init = await buildStatic(installed, new URL("init", import.meta.url), "init");
  const versions = [
    ...chosenVersions().filter((version) => version !== installed.version),
    installed.version,
  ];
  const servers: Record<string, string> = {};
  for (const version of versions) {
    servers[`server-${version}`] = await buildStatic(await ensureToolchain(version), SERVER, "server");
  }
  return { folder, tracer, handlers, init, servers, versions };
}

/**
 * What is run on a kernel: one handler of each Go's server, since each has another kind of probe site or other places
 * of the arguments and so makes another program for the verifier; and two handlers at once.
 */
function runsOn({ everyGo }: KernelImage, { versions }: Programs): ExpectedRun[] {
  const newest = `/bin/server-${versions.at(-1)}`;
  return [
    ...(everyGo ? versions : versions.slice(-1))
      .map((version) => oneHandler(`Go ${version}, one handler`, `/bin/server-${version}`)),
    ...(everyGo ? [twoHandlers("two handlers", newest)] : []),
    twoHandlersBySymbol("two handlers, by symbol", newest),
  ];
}

const SERVER = new URL("../../examples/server", import.meta.url);

/** A Go program that needs no library. */
async function buildStatic(toolchain: Toolchain, folder: URL, output: string): Promise<string> {
  return await buildGo({
    toolchain,
    dir: fileURLToPath(folder),
    env: { CGO_ENABLED: "0", GOARCH: "amd64" },
    output,
  });
}

/** Boots a kernel with all programs, and returns what it said of itself. */
async function trace(image: KernelImage, runs: readonly ExpectedRun[], programs: Programs): Promise<Report> {
  const { folder, tracer, handlers, init, servers } = programs;
  const initramfs = join(folder, `initramfs-${image.release}`);
  await writeInitramfs(initramfs, {
    machine: image.machine,
    init,
    programs: { gohttpsnoop: tracer, handlers },
    staticPrograms: servers,
    plan: { runs, limitSeconds: STEP_SECONDS },
    root: "/",
  });
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

/** Checks a run: the tracer's end, that it lost nothing, and its lines as a multiset. */
function checkRun(run: ExpectedRun, result: RunResult | undefined, image: KernelImage): void {
  assert.ok(result !== undefined, "the run was not begun");
  const { error, exitCode, stdout, stderr, readyMs, endMs } = result;
  const said = `${error}\nexit code ${exitCode}\n${[...stderr, ...stdout].join("\n")}`;
  assert.equal(error, "", said);
  assert.equal(exitCode, 0, said);
  assert.deepEqual(stdout.slice(1).toSorted(), run.lines.toSorted(), said);
  const expected = run.requests.map(({ via }) => via === "h2" ? "HTTP/2.0" : "HTTP/1.1");
  assert.deepEqual(result.protocols, expected);
  console.error(`  ${run.name}: header after ${readyMs} ms, ended after ${endMs} ms`);
  if (stdout[0] === "Method Path Symbol") {
    assert.deepEqual(stderr, []);
    return;
  }
  assert.equal(stdout[0], "Method     Path");
  const programs = hasCookies(image) ? run.programs.cookies : run.programs.none;
  assert.match(stderr.join("\n"), new RegExp(`attached by perf events, ${programs} program`));
  assert.match(stderr.join("\n"), new RegExp(`\\b${REQUESTS} `), "the summary has another number");
}

/** Why the suite cannot run here; undefined where it can. */
async function reasonToSkip(): Promise<string | undefined> {
  if (Deno.env.get("CI") === "true") return undefined;
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return "the machines' programs are built for x86-64 only";
  }
  try {
    for (const image of KERNELS) {
      await ensureQemu(image.machine);
      await ensureKernel(image);
    }
    await compiledTracer();
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

/** Starts all machines at once: an emulated one keeps little more than one core busy. */
async function startAll(): Promise<ReadonlyMap<KernelImage, Promise<Outcome>>> {
  folder = await Deno.makeTempDir({ prefix: "gohttpsnoop-kernel-" });
  for (const image of KERNELS) await ensureQemu(image.machine);
  const programs = await buildPrograms(folder);
  return new Map(KERNELS.map((image) => {
    const runs = runsOn(image, programs);
    const outcome = trace(image, runs, programs).then((report) => ({ runs, report }));
    // Its test awaits it later; until then a failure is nobody's.
    outcome.catch(() => {});
    return [image, outcome] as const;
  }));
}

for (const image of KERNELS) {
  Deno.test({
    name: `the compiled tracer shows every request on Linux ${image.version}`,
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
