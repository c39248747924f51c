import assert from "node:assert/strict";
import { join } from "node:path";
import { pruneBuilds } from "./build_cache.ts";
import { Folder } from "./folder.ts";

const HOUR_MS = 60 * 60 * 1000;

Deno.test("pruneBuilds() removes what was not used for the longest time, and nothing that was used just now", async () => {
  await using root = await Folder.make();
  const now = Date.now();
  for (const [name, hours] of [["oldest", 9], ["older", 8], ["old", 7], ["new", 1]] as const) {
    await Deno.mkdir(join(root.path, name, "deeper"), { recursive: true });
    await Deno.writeFile(join(root.path, name, "deeper", "server"), new Uint8Array(1000));
    const used = new Date(now - hours * HOUR_MS);
    await Deno.utime(join(root.path, name), used, used);
  }
  const left = async () => (await Array.fromAsync(Deno.readDir(root.path))).map(({ name }) => name).sort();
  await pruneBuilds(4000, { root: root.path, now });
  assert.deepEqual(await left(), ["new", "old", "older", "oldest"]);
  await pruneBuilds(2500, { root: root.path, now });
  assert.deepEqual(await left(), ["new", "old"]);
  await pruneBuilds(0, { root: root.path, now });
  assert.deepEqual(await left(), ["new"]);
  await pruneBuilds(0, { root: join(root.path, "missing"), now });
});
