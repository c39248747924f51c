import { buildGo, ensureToolchain } from "../toolchains.ts";
import { type Cell, VARIANTS } from "./cells.ts";

/** The two servers of a cell, built. */
export interface Programs {
  readonly example: string;
  readonly awkward: string;
}

/** The folders of the servers. */
const FOLDERS = {
  example: new URL("../../examples/server", import.meta.url).pathname,
  awkward: new URL("../servers/awkward", import.meta.url).pathname,
} as const;

/** Builds both servers of a cell, one after the other; throws with what `go` says. */
export async function buildPrograms(cell: Cell): Promise<Programs> {
  const { flags, env } = VARIANTS[cell.variant];
  const toolchain = await ensureToolchain(cell.version);
  const build = (server: keyof Programs) =>
    buildGo({ toolchain, dir: FOLDERS[server], flags, env, output: server === "example" ? "main" : server });
  return { example: await build("example"), awkward: await build("awkward") };
}
