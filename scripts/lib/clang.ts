import { basename, dirname } from "node:path";
import { aptCommand, aptInstall, canInstall } from "./apt.ts";
import { run } from "./run.ts";
import { die, step } from "./steps.ts";

/** The clang that builds the committed objects: Debian's package of that name, in bookworm and trixie. */
const CLANG = "clang-19";
const STRIP = "llvm-strip-19";
const PACKAGES = ["clang-19", "llvm-19"];

/** Installs the pinned clang by apt where it is missing, as root on a Debian-like system; says what to do elsewhere. */
export async function ensureClang(): Promise<void> {
  if (await exists(CLANG) && await exists(STRIP)) return;
  const install = aptCommand(PACKAGES);
  if (!await canInstall()) die(`${CLANG} and ${STRIP} are needed`, `As root: ${install}`, 3);
  await step(install, () => aptInstall(PACKAGES));
}

/**
 * Compiles a BPF program to an object. No path of this machine and no time goes into it.
 *
 * @param source the C file; it includes what lies beside it
 * @param output where the object goes
 * @param macros by name
 * @throws {CommandError} with clang's words.
 */
export async function compileBpf(
  source: string,
  output: string,
  macros: Readonly<Record<string, number>> = {},
): Promise<void> {
  const folder = dirname(source);
  await run(CLANG, [
    "-target",
    "bpfel",
    "-mcpu=v2",
    "-O2",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wno-unused-parameter",
    "-fdebug-compilation-dir=.",
    `-ffile-prefix-map=${folder}/=`,
    ...Object.entries(macros).map(([name, value]) => `-D${name}=${value}`),
    "-c",
    basename(source),
    "-o",
    output,
  ], { cwd: folder });
  // DWARF is not needed; BTF and its relocations stay.
  await run(STRIP, ["-g", output]);
}

async function exists(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}
