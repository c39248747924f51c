import { ROOMS, ROOT } from "../room_table.ts";

/** Folders that hold no source of the project's own, wherever they lie. */
const SKIPPED = new Set(["node_modules", "dist", "fixtures"]);

/** The TypeScript files of all rooms, as sorted paths in the project. */
export async function sourceFiles(rooms: readonly string[] = Object.keys(ROOMS)): Promise<string[]> {
  const files: string[] = [];
  for (const room of rooms) {
    const info = await Deno.stat(new URL(room, ROOT)).catch(() => undefined);
    if (info?.isFile) files.push(room);
    else if (info?.isDirectory) await collect(room, files);
  }
  return files.sort();
}

async function collect(folder: string, files: string[]): Promise<void> {
  for await (const { name, isDirectory, isFile } of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}/${name}`;
    if (isDirectory && !SKIPPED.has(name) && !name.startsWith(".")) await collect(path, files);
    else if (isFile && name.endsWith(".ts") && !name.endsWith(".d.ts")) files.push(path);
  }
}
