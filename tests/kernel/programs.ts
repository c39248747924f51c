import { fileURLToPath } from "node:url";
import { sourceFiles } from "../../scripts/lib/files.ts";
import { CommandError, run } from "../../scripts/lib/run.ts";
import { ROOT } from "../../scripts/room_table.ts";
import { UnavailableError } from "./images.ts";

/**
 * The compiled tracer: GOHTTPSNOOP_BINARY, else the one in dist/, made anew where a source is newer.
 *
 * @throws {UnavailableError} where Deno's runtime for compiled programs cannot be had.
 */
export async function compiledTracer(): Promise<string> {
  const named = Deno.env.get("GOHTTPSNOOP_BINARY");
  if (named) return await Deno.realPath(named);
  const binary = fileURLToPath(new URL("dist/gohttpsnoop-linux-x86_64", ROOT));
  if (!await isNewerThanSources(binary)) {
    await compileWith(["run", "-A", fileURLToPath(new URL("scripts/compile.ts", ROOT))]);
  }
  return binary;
}

/** handlers.ts, compiled to `output` as the tracer is. */
export async function compileHandlers(output: string): Promise<void> {
  await compileWith([
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    "--no-code-cache",
    // The project's configuration would bring all its npm packages; the library needs none.
    "--no-config",
    "--include",
    fileURLToPath(new URL("bpf/gohttpsnoop.bpf.o", ROOT)),
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
    [...sources, "bpf/gohttpsnoop.bpf.o", "deno.json"].map((file) => modified(new URL(file, ROOT))),
  );
  return times.every((time) => time !== undefined && time < made);
}

async function modified(path: string | URL): Promise<number | undefined> {
  return await Deno.stat(path).then((info) => info.mtime?.getTime(), () => undefined);
}
