import { join } from "node:path";
import { cachedFolder } from "../cached_folder.ts";
import { ensureToolchain, retry, runTool, testCacheDir, type Toolchain } from "../toolchains.ts";

/** A program in a published Go module. */
export interface GoProgram {
  /** The module's path, e.g. `github.com/caddyserver/caddy/v2`. */
  readonly module: string;
  readonly version: string;
  /** The program's package, relative to the module's folder, e.g. `./cmd/caddy`; its last part names the executable. */
  readonly package: string;
}

/** The Go that builds them: new enough for all, and one of those that every suite brings. */
const GO = "1.26.8";
/** How often what downloads is tried. */
const TRIES = 3;

const programs = new Map<string, Promise<string>>();

/**
 * The path of the program's executable, built with the module's own go.mod and go.sum, which `go install` refuses where
 * they replace a module. Kept outside the clone; the first build takes minutes.
 */
export function buildProgram(program: GoProgram): Promise<string> {
  const key = JSON.stringify(program);
  let result = programs.get(key);
  if (result === undefined) {
    result = cachedProgram(program);
    programs.set(key, result);
  }
  return result;
}

async function cachedProgram(program: GoProgram): Promise<string> {
  const name = program.package.split("/").at(-1) ?? "";
  const path = join(testCacheDir(), "go-programs", `${name}-${program.version}-go${GO}`);
  return join(await cachedFolder(path, (out) => build(program, join(out, name))), name);
}

/** Fetches the modules that a package needs, and only those; `cwd` is in its module. */
export async function fetchModules({ go, env }: Toolchain, cwd: string, path: string): Promise<void> {
  await download(go, ["list", "-deps", "-f", "{{.ImportPath}}", path], env, cwd);
}

async function build({ module, version, package: path }: GoProgram, output: string): Promise<void> {
  const toolchain = await ensureToolchain(GO);
  const { go, env } = toolchain;
  const answer = await download(go, ["mod", "download", "-json", `${module}@${version}`], env, "/");
  const cwd = (JSON.parse(answer) as { readonly Dir: string }).Dir;
  await fetchModules(toolchain, cwd, path);
  await runTool(go, ["build", "-o", output, path], { env, cwd });
}

async function download(
  go: string,
  args: readonly string[],
  env: Toolchain["env"],
  cwd: string,
): Promise<string> {
  return await retry(TRIES, () => runTool(go, args, { env, cwd }));
}
