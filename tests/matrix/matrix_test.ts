/**
 * Every Go version in every variant of a build: the servers of a cell are built and run, traced by the program, and
 * what it prints is compared with what the client sent. `deno task test:matrix --filter 'Go 1.20.14 PIE:'` runs one
 * cell, `--filter 1.20.14` those of one version.
 *
 * @module
 */
import assert from "node:assert/strict";
import { pruneBuilds } from "../build_cache.ts";
import { ALL_VERSIONS, ensureToolchain } from "../toolchains.ts";
import { BuildAhead } from "./build_ahead.ts";
import { allCells, type Cell, CELLS, cellTitle, USUAL } from "./cells.ts";
import { buildPrograms } from "./programs.ts";
import { type CellResult, renderTable } from "./report.ts";
import { runCell } from "./run_cell.ts";

/** As scripts/test.ts passes it on: nothing is built ahead that `deno test --filter` does not run. */
const FILTER = Deno.env.get("GOHTTPSNOOP_TEST_FILTER") ?? "";
/** More than the executables of one whole run, and far less than those of many. */
const MOST_CACHED_BYTES = 6 * 2 ** 30;
/** Enough for tracing never to wait once what a version compiles anew is compiled. */
const CELLS_AHEAD = 3;

const cells = allCells().filter((cell) => isChosen(titleOf(cell)));
const builds = new BuildAhead(cells, buildPrograms, CELLS_AHEAD);
const results: CellResult[] = [];

function titleOf(cell: Cell): string {
  return typeof cell.state === "string"
    ? `${cellTitle(cell)}: 23 requests to each handler print 23 lines`
    : `${cellTitle(cell)}: cannot be built`;
}

/** As `deno test --filter` has it: a part of the name, or a regular expression between slashes. */
function isChosen(title: string): boolean {
  const pattern = /^\/(.*)\/$/.exec(FILTER)?.[1];
  return pattern === undefined ? title.includes(FILTER) : new RegExp(pattern).test(title);
}

/** Downloads go on while the first cells are built; one that fails is tried again, and told, by its own cell. */
async function fetchToolchains(): Promise<void> {
  for (const version of new Set(cells.map(({ version }) => version))) {
    await ensureToolchain(version).catch(() => {});
  }
}

let fetching: Promise<void> | undefined;

Deno.test("the matrix has every Go version in every usual variant", () => {
  assert.deepEqual(Object.keys(CELLS), [...ALL_VERSIONS]);
  for (const [version, states] of Object.entries(CELLS)) {
    assert.deepEqual(USUAL.filter((variant) => !Object.hasOwn(states, variant)), [], version);
  }
});

for (const cell of cells) {
  // Other cells are built, and toolchains fetched, while a test runs.
  Deno.test({ name: titleOf(cell), sanitizeOps: false, sanitizeResources: false }, async () => {
    fetching ??= fetchToolchains();
    const problems = await problemsOf(cell);
    const good = typeof cell.state === "string" ? "ok" : "not built";
    const verdict = problems.length > 0 ? "FAILED" : good;
    const reasons = problems.length > 0 || typeof cell.state === "string" ? problems : [cell.state.reason];
    results.push({ cell, verdict, reasons });
    if (problems.length > 0) throw new Error(problems.join("\n"));
  });
}

/** What is wrong with a cell, in words. */
async function problemsOf(cell: Cell): Promise<string[]> {
  const built = await builds.take(cell).catch((error: Error) => error);
  if (typeof cell.state !== "string") {
    if (!(built instanceof Error)) return ["it builds, though the list of cells says that it cannot"];
    return cell.state.says.test(built.message)
      ? []
      : [`go build does not say ${cell.state.says}: ${built.message}`];
  }
  if (built instanceof Error) return [built.message];
  try {
    return await runCell(cell, built);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

Deno.test.afterAll(async () => {
  await Promise.all([builds.settled(), fetching]);
  await pruneBuilds(MOST_CACHED_BYTES);
  const report = Deno.env.get("GOHTTPSNOOP_TEST_REPORT");
  const table = renderTable(cells, results);
  if (report === undefined) console.log(table);
  else await Deno.writeTextFile(report, table);
});
