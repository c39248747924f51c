import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { cachedFolder } from "./cached_folder.ts";

/** The versions of a quick run: stack arguments, registers without a push, registers with one. */
export const QUICK_VERSIONS = ["1.16.15", "1.20.14", "1.26.8"] as const;

/** The last patch release of every minor version that is supported; used with `GOHTTPSNOOP_ALL_GO=1`. */
export const ALL_VERSIONS = [
  "1.12.17",
  "1.13.15",
  "1.14.15",
  "1.15.15",
  "1.16.15",
  "1.17.13",
  "1.18.10",
  "1.19.13",
  "1.20.14",
  "1.21.13",
  "1.22.12",
  "1.23.12",
  "1.24.13",
  "1.25.14",
  "1.26.11",
  "1.27.4",
] as const;

/** A Go distribution that can be run: pass `env` with `clearEnv`, so that nothing of the user's settings leaks in. */
export interface Toolchain {
  /** Three numbers without the `go`, e.g. `1.20.14`. */
  readonly version: string;
  readonly goroot: string;
  /** The `go` command's path. */
  readonly go: string;
  /** The whole environment for it, not additions to one. */
  readonly env: Readonly<Record<string, string>>;
}

/** What {@linkcode buildGo} builds: exactly one of `dir` and `files` is given. */
export interface GoBuild {
  readonly toolchain: Toolchain;
  /** A folder with the main package at its top; it is copied, and may bring its own go.mod and go.sum. */
  readonly dir?: string;
  /** Sources by relative path, e.g. `{ "main.go": "package main..." }`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Added to the toolchain's environment, e.g. `{ GOARCH: "arm64", CGO_ENABLED: "0" }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of `go build`, e.g. `["-buildmode=pie"]`. */
  readonly flags?: readonly string[];
  /** The executable's base name, e.g. `server`. */
  readonly output: string;
}

const toolchains = new Map<string, Promise<Toolchain>>();
const builds = new Map<string, Promise<string>>();
let installed: Promise<Toolchain> | undefined;
/** One `go build` at a time in a process: each already uses every core. */
let building: Promise<unknown> = Promise.resolve();

/** The minor version: 16 of 1.16.15. */
export function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

/** The version numbers to test: the quick ones, or all with `GOHTTPSNOOP_ALL_GO=1`. */
export function chosenVersions(): readonly string[] {
  return Deno.env.get("GOHTTPSNOOP_ALL_GO") === "1" ? ALL_VERSIONS : QUICK_VERSIONS;
}

/** The Go that is on PATH, or in `/usr/local/go`. Throws when there is none. */
export function installedGo(): Promise<Toolchain> {
  if (installed === undefined) {
    installed = findInstalledGo();
    // It may be installed a moment later, by scripts/setup.ts in this very process.
    installed.catch(() => installed = undefined);
  }
  return installed;
}

/**
 * The Go distribution of this version: the installed one when it is that very version, else the one that the
 * installed Go fetches as the module `golang.org/toolchain` into its module cache. Any Go from 1.19 on can fetch.
 * Safe to call concurrently, also from several processes: `go` itself locks the module cache.
 */
export function ensureToolchain(version: string): Promise<Toolchain> {
  let toolchain = toolchains.get(version);
  if (toolchain === undefined) {
    toolchain = fetchToolchain(version);
    toolchains.set(version, toolchain);
    toolchain.catch(() => toolchains.delete(version));
  }
  return toolchain;
}

/**
 * Builds a Go program and returns the executable's absolute path. The result is kept outside the clone under a hash
 * of sources, version, environment and flags, so that a second call costs nothing. Throws with what `go` printed.
 */
export async function buildGo(build: GoBuild): Promise<string> {
  const files = await sourcesOf(build);
  const key = keyOf(build, files);
  let result = builds.get(key);
  if (result === undefined) {
    result = cachedBuild(build, files, key);
    builds.set(key, result);
    result.catch(() => builds.delete(key));
  }
  return await result;
}

/** The folder for what tests build and fetch, outside the clone. */
export function testCacheDir(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") ?? "/tmp", ".cache");
  return join(base, "gohttpsnoop");
}

/** Runs a command with exactly this environment and returns its standard output; throws with its standard error. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd?: string },
): Promise<string> {
  const output = await new Deno.Command(command, {
    args: [...args],
    env: options.env,
    clearEnv: true,
    stdin: "null",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).output();
  const stdout = new TextDecoder().decode(output.stdout);
  if (output.success) return stdout;
  const stderr = new TextDecoder().decode(output.stderr);
  throw new Error(`${command} ${args.join(" ")} failed with ${output.code}:\n${stderr}${stdout}`);
}

async function findInstalledGo(): Promise<Toolchain> {
  const inherited = inheritedEnvironment();
  const candidates = [
    ...(inherited["PATH"] ?? "").split(":").filter((dir) => dir !== ""),
    "/usr/local/go/bin",
  ];
  for (const dir of candidates) {
    const go = join(dir, "go");
    if (!await isFile(go)) continue;
    // The user's file of settings is read once here, for the proxy and the module cache, and is off ever after:
    // a GOFLAGS in it would reach toolchains that do not know the flag.
    const names = [
      "GOVERSION",
      "GOROOT",
      "GOPROXY",
      "GOSUMDB",
      "GONOSUMDB",
      "GOPATH",
      "GOMODCACHE",
      "GOCACHE",
    ];
    const json = await runTool(go, ["env", "-json", ...names], {
      env: { ...inherited, GOTOOLCHAIN: "local" },
      cwd: "/",
    });
    const settings = JSON.parse(json) as Record<string, string>;
    const version = /^go(\d+\.\d+(?:\.\d+)?)/.exec(settings["GOVERSION"] ?? "")?.[1];
    const goroot = settings["GOROOT"];
    if (version === undefined || goroot === undefined) throw new Error(`${go} does not tell its version`);
    const kept = Object.fromEntries(
      names.slice(2).map((name) => [name, settings[name] ?? ""]).filter(([, value]) => value !== ""),
    );
    return { version, goroot, go, env: environmentFor(version, goroot, { ...inherited, ...kept }) };
  }
  throw new Error("No Go is installed: put `go` (1.19 or later) on PATH");
}

async function fetchToolchain(version: string): Promise<Toolchain> {
  const host = await installedGo();
  if (host.version === version) return host;
  const module = `golang.org/toolchain@v0.0.1-go${version}.linux-${
    Deno.build.arch === "aarch64" ? "arm64" : "amd64"
  }`;
  const answer = await retry(3, async () => {
    const json = await runTool(host.go, ["mod", "download", "-json", module], { env: host.env, cwd: "/" });
    return JSON.parse(json) as { readonly Dir?: string; readonly Error?: string };
  });
  const goroot = answer.Dir;
  if (goroot === undefined) throw new Error(`Cannot fetch ${module}: ${answer.Error ?? "no folder"}`);
  await makeExecutable(join(goroot, "bin"));
  for await (const entry of Deno.readDir(join(goroot, "pkg", "tool"))) {
    if (entry.isDirectory) await makeExecutable(join(goroot, "pkg", "tool", entry.name));
  }
  return { version, goroot, go: join(goroot, "bin", "go"), env: environmentFor(version, goroot, host.env) };
}

/** Files unpacked from a module have no execute permission, except those that a newer `go` has already set. */
async function makeExecutable(dir: string): Promise<void> {
  for await (const entry of Deno.readDir(dir)) {
    if (!entry.isFile) continue;
    const path = join(dir, entry.name);
    const mode = (await Deno.stat(path)).mode ?? 0;
    if ((mode & 0o111) !== 0o111) await Deno.chmod(path, 0o555);
  }
}

function environmentFor(
  version: string,
  goroot: string,
  base: Readonly<Record<string, string>>,
): Record<string, string> {
  const { GODEBUG: _, ...env }: Record<string, string> = { ...base };
  env["GOROOT"] = goroot;
  env["GOENV"] = "off";
  env["GOFLAGS"] = "";
  env["GOTOOLCHAIN"] = "local";
  env["GO111MODULE"] = "on";
  env["PATH"] = `${join(goroot, "bin")}:${base["PATH"] ?? "/usr/bin:/bin"}`;
  // 1.19's index of GOROOT packages is refused where GOROOT lies inside the module cache.
  if (version.startsWith("1.19")) env["GODEBUG"] = "goindex=0";
  // 1.12 takes a single proxy, not a list.
  if (version.startsWith("1.12.") && env["GOPROXY"] !== undefined) {
    env["GOPROXY"] = env["GOPROXY"].split(/[,|]/)[0] ?? "";
  }
  return env;
}

/** What a compiler needs of the outer environment; anything else (GOFLAGS, GOARCH, GOEXPERIMENT) would leak in. */
function inheritedEnvironment(): Record<string, string> {
  const kept =
    /^(PATH|HOME|TMPDIR|XDG_.*|SSL_CERT_(FILE|DIR)|(https?|all|no)_proxy|GO(PROXY|SUMDB|NOSUMDB|PATH|MODCACHE|CACHE))$/i;
  return Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => kept.test(name)));
}

async function sourcesOf(build: GoBuild): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  if ((build.dir === undefined) === (build.files === undefined)) {
    throw new Error("buildGo() takes either dir or files");
  }
  if (build.dir !== undefined) await collect(build.dir, build.dir, files);
  for (const [path, text] of Object.entries(build.files ?? {})) {
    files.set(path, new TextEncoder().encode(text));
  }
  if (!files.has("go.mod")) {
    const line = `1.${minorOf(build.toolchain.version)}`;
    files.set("go.mod", new TextEncoder().encode(`module example.com/server\n\ngo ${line}\n`));
  }
  return files;
}

async function collect(root: string, dir: string, files: Map<string, Uint8Array>): Promise<void> {
  for await (const entry of Deno.readDir(dir)) {
    const path = join(dir, entry.name);
    if (entry.isDirectory) await collect(root, path, files);
    // Only what a Go build may read: an executable lying in the folder would change the key for nothing.
    else if (entry.isFile && /\.(go|s|h|c|mod|sum|html|tmpl|txt)$/.test(entry.name)) {
      files.set(relative(root, path), await Deno.readFile(path));
    }
  }
}

function keyOf(build: GoBuild, files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  const settings = [
    build.toolchain.version,
    build.output,
    build.flags ?? [],
    Object.entries(build.env ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)),
  ];
  hash.update(JSON.stringify(settings));
  for (const path of [...files.keys()].sort()) {
    const bytes = files.get(path) ?? new Uint8Array();
    hash.update(`\0${path}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

async function cachedBuild(
  build: GoBuild,
  files: ReadonlyMap<string, Uint8Array>,
  key: string,
): Promise<string> {
  const path = join(testCacheDir(), "go-builds", key);
  const folder = await cachedFolder(path, async (out, staging) => {
    const turn = building.then(() => compile(build, files, join(staging, "src"), join(out, build.output)));
    building = turn.catch(() => {});
    await turn;
  });
  // The time of use, by which build_cache.ts tells what nobody needs any more.
  const now = new Date();
  await Deno.utime(folder, now, now);
  return join(folder, build.output);
}

/** Writes the sources into the folder `source`, and the executable to `output`. */
async function compile(
  build: GoBuild,
  files: ReadonlyMap<string, Uint8Array>,
  source: string,
  output: string,
): Promise<void> {
  for (const [path, bytes] of files) {
    await Deno.mkdir(dirname(join(source, path)), { recursive: true });
    await Deno.writeFile(join(source, path), bytes);
  }
  await runTool(build.toolchain.go, ["build", ...(build.flags ?? []), "-o", output, "."], {
    env: { ...build.toolchain.env, ...build.env },
    cwd: source,
  });
}

/** Tries again a moment later: a download fails now and then for reasons outside of this machine. */
export async function retry<T>(times: number, action: () => Promise<T>): Promise<T> {
  for (let attempt = 1;; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (attempt >= times) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 1000));
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
