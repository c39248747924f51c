import { join } from "node:path";
import { testCacheDir } from "./toolchains.ts";

/** What was used since is kept: another run may be about to start it. */
const IN_USE_MS = 2 * 60 * 60 * 1000;

/**
 * Bounds the disk that built executables take: removes those that were not used for the longest time until no more
 * than `mostBytes` are left. Each change of a server's sources leaves a whole set of them behind.
 */
export async function pruneBuilds(
  mostBytes: number,
  options: { readonly root?: string; readonly now?: number } = {},
): Promise<void> {
  const { root = join(testCacheDir(), "go-builds"), now = Date.now() } = options;
  const builds: { path: string; bytes: number; usedAt: number }[] = [];
  for (const { name } of await entriesOf(root)) {
    const path = join(root, name);
    // buildGo() sets the folder's time whenever it hands the build out.
    const usedAt = (await Deno.stat(path).catch(() => undefined))?.mtime?.getTime() ?? now;
    builds.push({ path, bytes: await sizeOf(path), usedAt });
  }
  let total = builds.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { path, bytes, usedAt } of builds.sort((a, b) => a.usedAt - b.usedAt)) {
    if (total <= mostBytes || now - usedAt < IN_USE_MS) break;
    await Deno.remove(path, { recursive: true }).catch(ignoreMissing);
    total -= bytes;
  }
}

/** The bytes of the files in a folder and those below. */
async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const { name, isDirectory, isFile } of await entriesOf(path)) {
    const entry = join(path, name);
    if (isDirectory) bytes += await sizeOf(entry);
    else if (isFile) bytes += (await Deno.stat(entry).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

/** A folder's entries; none when it does not exist, or no longer. */
async function entriesOf(path: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(path));
  } catch (error) {
    ignoreMissing(error);
    return [];
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
