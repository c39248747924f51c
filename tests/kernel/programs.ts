import { fileURLToPath } from "node:url";
import { sourceFiles } from "../../scripts/lib/files.ts";
import { CommandError, run } from "../../scripts/lib/run.ts";
import { ROOT } from "../../scripts/room_table.ts";
import { OBJECT_PATHS } from "../../trace/object.ts";
import type { Machine } from "./images.ts";
import { UnavailableError } from "./packages.ts";

/** The variables that name a compiled tracer. */
const BINARY = { x86_64: "GOHTTPSNOOP_BINARY", aarch64: "GOHTTPSNOOP_BINARY_AARCH64" } as const;

/**
 * The compiled tracer of an architecture: the one that GOHTTPSNOOP_BINARY (on arm64: GOHTTPSNOOP_BINARY_AARCH64)
 * names, else the one in dist/, made anew where a source is newer.
 *
 * @throws {UnavailableError} where Deno's runtime for compiled programs cannot be had.
 */
export async function compiledTracer({ deno }: Machine): Promise<string> {
  const named = Deno.env.get(BINARY[deno]);
  if (named) return await Deno.realPath(named);
  const binary = fileURLToPath(new URL(`dist/gohttpsnoop-linux-${deno}`, ROOT));
  if (await isNewerThanSources(binary)) return binary;
  // All of them, since it empties dist/; once, since it fails for one in the same way as for the other.
  compilation ??= compileWith(["run", "-A", fileURLToPath(new URL("scripts/compile.ts", ROOT)), "--all"]);
  await compilation.catch(async (error) => {
    // x86-64 comes first and may have succeeded.
    if (!await isNewerThanSources(binary)) throw error;
  });
  return binary;
}

let compilation: Promise<void> | undefined;

/** handlers.ts, compiled to `output` as the tracer is, for this machine. */
export async function compileHandlers(output: string): Promise<void> {
  await compileWith([
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--no-code-cache",
    // The project's configuration would bring all its npm packages; the library needs none.
    "--no-config",
    ...OBJECT_PATHS.flatMap((path) => ["--include", fileURLToPath(new URL(path, ROOT))]),
    "--output",
    output,
    fileURLToPath(new URL("handlers.ts", import.meta.url)),
  ]);
}

/** Runs Deno with these arguments, which make a compiled program. */
async function compileWith(args: readonly string[]): Promise<void> {
  try {
    await run(Deno.execPath(), args, { cwd: ROOT });
  } catch (error) {
    if (!(error instanceof CommandError) || !/denort|download|DENORT_BIN/i.test(error.message)) throw error;
    throw new UnavailableError(`the tracer cannot be compiled here: ${error.message}`);
  }
}

/** Whether the file is there, and made after the last change of the program's own sources. */
async function isNewerThanSources(path: string): Promise<boolean> {
  const made = await modified(path);
  if (made === undefined) return false;
  const sources = (await sourceFiles()).filter((file) =>
    !/^(tests|scripts|examples)\/|_test\.ts$/.test(file)
  );
  const times = await Promise.all(
    [...sources, ...OBJECT_PATHS, "deno.json"].map((file) => modified(new URL(file, ROOT))),
  );
  return times.every((time) => time !== undefined && time < made);
}

async function modified(path: string | URL): Promise<number | undefined> {
  return await Deno.stat(path).then((info) => info.mtime?.getTime(), () => undefined);
}
