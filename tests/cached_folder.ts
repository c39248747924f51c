import { dirname, join } from "node:path";

/**
 * A folder that is filled once and kept: where it is not there yet, `fill` puts into `out` what it shall have, with
 * `staging`, around it, to work in. What is there is whole: another process sees all of it or nothing.
 */
export async function cachedFolder(
  path: string,
  fill: (out: string, staging: string) => Promise<void>,
): Promise<string> {
  if (await isFolder(path)) return path;
  const parent = dirname(path);
  await Deno.mkdir(parent, { recursive: true });
  const staging = await Deno.makeTempDir({ dir: parent, prefix: "staging-" });
  try {
    const out = join(staging, "out");
    await Deno.mkdir(out);
    await fill(out, staging);
    // Of two processes that fill it at once, the first one wins.
    await Deno.rename(out, path).catch(async (error) => {
      if (!await isFolder(path)) throw error;
    });
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
  return path;
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isDirectory, () => false);
}
