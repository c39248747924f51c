/**
 * Which tests make up which suite. A test file belongs to exactly one: those beside their source are `unit`, those
 * in a folder of tests/ that {@linkcode SLOW_FOLDERS} names are `slow` (and a suite of their own), all others of
 * tests/ are `e2e`. So a new test can be forgotten by nobody.
 *
 * @module
 */
import { sourceFiles } from "./lib/files.ts";
import { isTest } from "./room_table.ts";

/** The folders of tests/ that take minutes, or need more of the machine than `setup --test` brings. */
export const SLOW_FOLDERS = [
  "call",
  "compiled",
  "foreign",
  "fuzz",
  "kernel",
  "matrix",
  "oracle",
  "whole",
] as const;

/** The suites that can be asked for by name. */
export const SUITES = ["unit", "e2e", "slow", ...SLOW_FOLDERS] as const;
/** One of {@linkcode SUITES}. */
export type Suite = (typeof SUITES)[number];

/** The test files of a suite, as sorted paths in the project. */
export async function suiteFiles(suite: Suite): Promise<string[]> {
  return (await sourceFiles()).filter((path) => isTest(path) && suitesOf(path).includes(suite));
}

/** The suites that a test file belongs to. */
export function suitesOf(path: string): readonly Suite[] {
  if (!path.startsWith("tests/")) return ["unit"];
  const folder = SLOW_FOLDERS.find((name) => path.startsWith(`tests/${name}/`));
  return folder === undefined ? ["e2e"] : ["slow", folder];
}

/** What a run of tests came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Reads the last line that `deno test` closes with (`ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`), colours
 * or not; undefined when there is none, as after a crash.
 */
export function readCounts(output: string): Counts | undefined {
  // deno-lint-ignore no-control-regex
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const line = plain.match(/^(?:ok|FAILED) \| \d+ passed.*$/gm)?.at(-1);
  if (line === undefined) return undefined;
  const count = (word: string) => Number(line.match(new RegExp(`\\| (\\d+) ${word}`))?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** The line that a whole run closes with, e.g. `12 passed, 0 failed, 1 skipped`; .ci/run adds these up. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
