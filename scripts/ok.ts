/**
 * `deno task ok`: the one gate. Each step prints a line with its time; a step that fails shows its output, the
 * others run all the same. Closes with `N passed, N failed`. `--no-test` leaves the unit tests out.
 *
 * @module
 */
import { sourceFiles } from "./lib/files.ts";
import { CommandError, run } from "./lib/run.ts";
import { die, say, step } from "./lib/steps.ts";
import { ROOT } from "./room_table.ts";
import { closingLine } from "./suites.ts";

/** One part of the gate. */
interface Gate {
  readonly name: string;
  /** Resolves when all is well, with a word on it where there is one; rejects with {@linkcode CommandError}. */
  readonly check: () => Promise<string>;
}

const SHELL_SCRIPTS = ["scripts/deno.sh", ".ci/run"];

/** Runs Deno in the project; its errors without the backtrace of its own that RUST_BACKTRACE asks for. */
async function deno(...args: string[]): Promise<string> {
  return await run(Deno.execPath(), args, { cwd: ROOT, env: { RUST_BACKTRACE: "0" } });
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

/** Whether a program can be run at all. */
async function hasProgram(program: string): Promise<boolean> {
  return await run(program, ["--version"]).then(() => true, (error) => error instanceof CommandError);
}

/** The Deno that runs this is the pinned one, and no other file pins another. */
async function checkVersions(): Promise<string> {
  const pinned = (await Deno.readTextFile(new URL("scripts/deno_version", ROOT))).trim();
  const problems: string[] = [];
  if (Deno.version.deno !== pinned) {
    problems.push(`this is Deno ${Deno.version.deno}, pinned is ${pinned}: use ./scripts/deno.sh task ok`);
  }
  for (const path of ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "deno.json", ".ci/run"]) {
    if (!await exists(path)) continue;
    const text = await Deno.readTextFile(new URL(path, ROOT));
    for (const [words, version] of text.matchAll(/\bdeno[@ ]v?(\d+\.\d+\.\d+)/gi)) {
      if (version !== pinned) problems.push(`${path}: "${words}", but scripts/deno_version has ${pinned}`);
    }
  }
  if (problems.length > 0) throw new CommandError(problems.join("\n"), 1);
  return `Deno ${pinned}`;
}

/** Shell scripts parse, and shellcheck finds nothing where it is installed. */
async function checkShellScripts(): Promise<string> {
  const scripts: string[] = [];
  for (const path of SHELL_SCRIPTS) if (await exists(path)) scripts.push(path);
  for (const path of scripts) await run("bash", ["-n", path], { cwd: ROOT });
  if (!await hasProgram("shellcheck")) return "parsed only, shellcheck is not installed";
  return await run("shellcheck", scripts, { cwd: ROOT });
}

/** With the pinned clang the object is built and compared, without it what is generated from the committed object. */
async function checkBpf(): Promise<string> {
  if (await hasProgram("clang-19")) return await deno("run", "-A", "scripts/build_bpf.ts", "--check");
  await deno("run", "-A", "scripts/build_bpf.ts", "--check", "--layout");
  return "the generated layout only, clang-19 is not installed";
}

/** The unit tests; the word on them is their count. */
async function checkUnitTests(): Promise<string> {
  return (await deno("run", "-A", "scripts/test.ts", "unit")).trimEnd().split("\n").at(-1) ?? "";
}

const GATES: readonly Gate[] = [
  { name: "versions", check: checkVersions },
  { name: "format", check: () => deno("fmt", "--quiet", "--check") },
  { name: "lint", check: () => deno("lint", "--quiet") },
  { name: "types", check: () => deno("check", "--quiet") },
  {
    name: "lock file",
    check: async () => await deno("cache", "--quiet", "--frozen", "--no-check", ...await sourceFiles()),
  },
  { name: "documentation of the library", check: () => deno("doc", "--quiet", "--lint", "mod.ts") },
  { name: "rooms and circles", check: () => deno("run", "-A", "scripts/rooms.ts") },
  { name: "shell scripts", check: checkShellScripts },
  { name: "bpf object and layout", check: checkBpf },
  { name: "unit tests", check: checkUnitTests },
];

const [option, ...rest] = Deno.args;
if (rest.length > 0 || option !== undefined && option !== "--no-test") {
  die("ok takes --no-test or nothing", "", 2);
}
const gates = option === "--no-test" ? GATES.filter(({ name }) => name !== "unit tests") : GATES;
let failed = 0;
for (const { name, check } of gates) {
  try {
    await step(name, check, (word) => word.includes("\n") ? undefined : word || undefined);
  } catch (error) {
    failed++;
    say(error instanceof CommandError ? error.message : String(error instanceof Error ? error.stack : error));
  }
}
console.log(closingLine({ passed: gates.length - failed, failed, skipped: 0 }));
if (failed > 0) Deno.exit(1);
