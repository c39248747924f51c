/**
 * `deno run -A scripts/rooms.ts`: checks the imports of the whole project against the table of rooms
 * (scripts/room_table.ts), and that no files import each other in a circle. Reads what Deno itself resolved
 * (`deno info --json`), so that no specifier can hide from it.
 *
 * @module
 */
import { isTest, roomOf, ROOMS, ROOT } from "./room_table.ts";
import { sourceFiles } from "./lib/files.ts";
import { CommandError, run } from "./lib/run.ts";
import { main } from "./lib/steps.ts";

/** One import, as Deno resolved it: paths in the project, or a specifier with its scheme. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** What is needed of the output of `deno info --json`. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string; readonly error?: string };
      readonly type?: { readonly specifier?: string; readonly error?: string };
    }[];
  }[];
}

/** Why this import may not be; undefined when it may. */
export function importRefusal({ from, to }: Import): string | undefined {
  const room = roomOf(from);
  if (room === undefined) return `${from} lies in no room: add it to scripts/room_table.ts`;
  const rules = ROOMS[isTest(from) ? "tests" : room]!;
  if (to.startsWith("node:")) {
    return rules.node === "*" || rules.node.includes(to)
      ? undefined
      : `${from}: ${room} may not import ${to}`;
  }
  if (to.startsWith("npm:")) {
    return rules.npm ? undefined : `${from}: ${room} may not import npm packages (${to})`;
  }
  if (/^[a-z]+:/.test(to)) return `${from}: ${to} is neither in the project nor on npm nor of Node`;
  const target = roomOf(to);
  if (target === undefined) {
    return to === "deno.json" ? undefined : `${from}: ${to} lies in no room`;
  }
  if (target === room || rules.imports === "*" || rules.imports.includes(target)) {
    return isTest(to) ? `${from}: ${to} is a test; only Deno runs those` : undefined;
  }
  return `${from}: ${room} may not import ${target} (${to})`;
}

/** The circles among the imports, each named once by its files in order, from the first in the alphabet. */
export function circles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...next.get(from) ?? [], to]);
  const found = new Map<string, string[]>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at >= 0) {
      const circle = path.slice(at);
      const first = circle.indexOf(circle.toSorted()[0]!);
      const named = [...circle.slice(first), ...circle.slice(0, first)];
      found.set(named.join(" "), named);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of next.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of [...next.keys()].sort()) visit(file);
  return [...found.values()];
}

/** Every import of the project's files, tests and types included. */
export async function projectImports(files: readonly string[]): Promise<Import[]> {
  // `deno info` takes one root: a module that imports them all, outside the project so that it is not in the way.
  const folder = await Deno.makeTempDir({ prefix: "gohttpsnoop-rooms-" });
  try {
    const root = `${folder}/all.ts`;
    await Deno.writeTextFile(
      root,
      files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};\n`).join(""),
    );
    const output = await run(Deno.execPath(), [
      "info",
      "--json",
      "--config",
      decodeURIComponent(new URL("deno.json", ROOT).pathname),
      root,
    ]);
    return importsOf(JSON.parse(output) as ModuleGraph);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The imports among the project's files in a module graph. */
function importsOf(graph: ModuleGraph): Import[] {
  const inProject = (specifier: string) =>
    specifier.startsWith(ROOT.href) ? decodeURIComponent(specifier.slice(ROOT.href.length)) : undefined;
  const imports: Import[] = [];
  for (const { specifier, error, dependencies } of graph.modules) {
    const from = inProject(specifier);
    if (from === undefined) continue;
    if (error !== undefined) throw new CommandError(`${from}: ${error}`, 1);
    for (const dependency of dependencies ?? []) {
      const resolved = dependency.code ?? dependency.type;
      if (resolved?.specifier === undefined) {
        throw new CommandError(`${from}: ${dependency.specifier}: ${resolved?.error ?? "not resolved"}`, 1);
      }
      imports.push({ from, to: inProject(resolved.specifier) ?? resolved.specifier });
    }
  }
  return imports;
}

if (import.meta.main) {
  await main(async () => {
    const imports = await projectImports(await sourceFiles());
    const problems = [
      ...new Set(imports.map(importRefusal).filter((problem) => problem !== undefined)),
      ...circles(imports).map((circle) => `circle: ${[...circle, circle[0]].join(" -> ")}`),
    ];
    if (problems.length > 0) throw new CommandError(problems.join("\n"), 1);
  });
}
