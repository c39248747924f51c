/**
 * `deno task compile [--target x86_64|aarch64 | --all]`: makes dist/gohttpsnoop-linux-x86_64 (the default),
 * dist/gohttpsnoop-linux-aarch64, and dist/SHA256SUMS over what it made. The runtime inside is Deno's own download,
 * or DENORT_BIN for x86-64 and DENORT_BIN_AARCH64 for arm64: `deno compile` ignores the target where DENORT_BIN is
 * set. The same commit and runtime give the same bytes.
 *
 * @module
 */
import { CommandError, run } from "./lib/run.ts";
import { die, main, step } from "./lib/steps.ts";
import { OBJECT_PATHS } from "../trace/object.ts";
import { projectImports } from "./rooms.ts";
import { ROOT } from "./room_table.ts";

/** What can be built for: the runtime's own variable, and the machine number in the ELF header (e_machine). */
const TARGETS = {
  x86_64: { triple: "x86_64-unknown-linux-gnu", variable: "DENORT_BIN", machine: 62 },
  aarch64: { triple: "aarch64-unknown-linux-gnu", variable: "DENORT_BIN_AARCH64", machine: 183 },
} as const;
type Target = keyof typeof TARGETS;

/** What the program reads at run time beside its modules. */
const EMBEDDED: readonly string[] = [...OBJECT_PATHS, "dist/build.json"];

/** Where the parts of the executable are laid out; removed at the end. */
const STAGE = projectPath("dist/stage");

/** What of deno.json is used here. */
interface Config {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
}

/** A path in the project as an absolute one. */
function projectPath(path: string): string {
  return decodeURIComponent(new URL(path, ROOT).pathname);
}

/** What `--version` tells, and the time that all embedded files get, in seconds since 1970. */
interface Build {
  readonly version: string;
  readonly commit: string;
  readonly time: number;
}

/** The commit that is checked out, `-dirty` where files differ from it; `unknown` outside of a clone. */
async function readBuild(version: string): Promise<Build> {
  // The folder may be another user's (sudo): Git refuses to read it without being told.
  const git = ["-c", `safe.directory=${projectPath("").replace(/\/$/, "")}`, "-C", projectPath("")];
  try {
    const [head = "", time] = (await run("git", [...git, "log", "-1", "--abbrev=12", "--format=%h %ct"]))
      .split(" ");
    const changes = await run("git", [...git, "status", "--porcelain", "--untracked-files=no"]);
    return { version, commit: changes === "" ? head : `${head}-dirty`, time: Number(time) };
  } catch (error) {
    if (error instanceof CommandError || error instanceof Deno.errors.NotFound) {
      return { version, commit: "unknown", time: 0 };
    }
    throw error;
  }
}

/** One npm package, as `deno info --json` has it. */
interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Keys of the others that it needs. */
  readonly dependencies: readonly string[];
}

/** What is used of `deno info --json`: of a file, and of Deno itself. */
interface Info {
  readonly modules: readonly { readonly npmPackage?: string }[];
  /** All that the lock file has, needed or not. */
  readonly npmPackages?: Readonly<Record<string, NpmPackage>>;
  readonly denoDir: string;
  readonly npmCache: string;
}

/** The npm packages that the modules import, and those that they need in turn. */
function neededPackages({ modules, npmPackages = {} }: Info): NpmPackage[] {
  const needed = new Set(modules.map(({ npmPackage }) => npmPackage).filter((key) => key !== undefined));
  // A set gives what is added while it is walked.
  for (const key of needed) for (const next of npmPackages[key]?.dependencies ?? []) needed.add(next);
  return [...needed].map((key) => npmPackages[key]).filter((found) => found !== undefined);
}

/**
 * Lays out in dist/stage what the executable is made of: `project`, the modules that main.ts needs and the files that
 * it reads, and `deno_dir`, its npm packages. Deno embeds every package that deno.json names, the tests' too, and the
 * time of every file, so that without this no two clones would give the same bytes.
 */
async function stage(config: Config, build: Build): Promise<void> {
  const info = async (...args: string[]) =>
    JSON.parse(await run(Deno.execPath(), ["info", "--json", ...args], { cwd: ROOT })) as Info;
  const { denoDir, npmCache } = await info();
  const packages = neededPackages(await info(projectPath("main.ts")));
  const names = new Set(packages.map(({ name }) => name));
  const imports = Object.entries(config.imports).filter(([, specifier]) =>
    names.has(specifier.replace(/^npm:(@?[^@]+).*$/, "$1"))
  );

  const edges = await projectImports(["main.ts"]);
  const modules = edges.map(({ to }) => to).filter((path) => !/^[a-z]+:/.test(path) && path !== "deno.json");
  for (const path of new Set(["main.ts", "deno.lock", ...OBJECT_PATHS, ...modules])) {
    await copy(projectPath(path), `${STAGE}/project/${path}`);
  }
  await write("deno.json", {
    version: config.version,
    nodeModulesDir: "none",
    imports: Object.fromEntries(imports),
  });
  await write("dist/build.json", { version: build.version, commit: build.commit });

  await Deno.mkdir(`${STAGE}/deno_dir`, { recursive: true });
  // Runtimes that Deno has fetched.
  await Deno.symlink(`${denoDir}/dl`, `${STAGE}/deno_dir/dl`);
  for await (const registry of Deno.readDir(npmCache)) {
    for (const { name, version } of packages) {
      const folder = `${registry.name}/${name}`;
      await copyTree(`${npmCache}/${folder}/${version}`, `${STAGE}/deno_dir/npm/${folder}/${version}`);
      // Deno asks for it only where the lock file does not answer, so that it may not be there.
      await copy(`${npmCache}/${folder}/registry.json`, `${STAGE}/deno_dir/npm/${folder}/registry.json`)
        .catch(() => {});
    }
  }
  await setTimes(`${STAGE}/project`, build.time);
  await setTimes(`${STAGE}/deno_dir/npm`, build.time);
}

async function write(path: string, value: unknown): Promise<void> {
  const file = `${STAGE}/project/${path}`;
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(file, `${JSON.stringify(value)}\n`);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
  await Deno.copyFile(from, to);
}

/**
 * Copies a package. A file without an extension (LICENSE) gets one: Deno takes it for a script, fails to read it, and
 * embeds the error with the path of this machine.
 */
async function copyTree(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyTree(`${from}/${name}`, `${to}/${name}`);
    else await copy(`${from}/${name}`, `${to}/${name.includes(".") ? name : `${name}.txt`}`);
  }
}

/** Gives every file below the folder the same time. */
async function setTimes(folder: string, time: number): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) await setTimes(`${folder}/${name}`, time);
    else await Deno.utime(`${folder}/${name}`, time, time);
  }
}

/** Makes the executable of one target and returns its name. */
async function compile(target: Target, runtime: string): Promise<string> {
  const { triple, variable, machine } = TARGETS[target];
  const name = `gohttpsnoop-linux-${target}`;
  const output = projectPath(`dist/${name}`);
  const args = [
    "compile",
    "--quiet",
    "--allow-all",
    "--no-check",
    // It would lie in /tmp under a name that anybody can foresee.
    "--no-code-cache",
    ...EMBEDDED.flatMap((path) => ["--include", path]),
    "--target",
    triple,
    "--output",
    output,
    "main.ts",
  ];
  const env = { DENO_DIR: `${STAGE}/deno_dir`, ...(runtime === "" ? {} : { DENORT_BIN: runtime }) };
  try {
    await run(Deno.execPath(), args, { cwd: `${STAGE}/project`, env, tries: runtime === "" ? 3 : 1 });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const hint = runtime === ""
      ? `  hint: Deno could not fetch its runtime for ${target}? Name one of Deno ${Deno.version.deno} with ${variable}.`
      : `  hint: ${variable} has to name the runtime (denort) of Deno ${Deno.version.deno} for ${target}.`;
    throw new CommandError(`${error.message}\n${hint}`, 1);
  }
  using file = await Deno.open(output);
  const header = new Uint8Array(20);
  await file.read(header);
  if (new DataView(header.buffer).getUint16(18, true) !== machine) {
    await Deno.remove(output);
    throw new CommandError(
      `gohttpsnoop: ${name} is for another machine\n  hint: ${variable} names the wrong runtime.`,
      1,
    );
  }
  return name;
}

/** `HASH  NAME` as sha256sum writes it. */
async function sumLine(name: string): Promise<string> {
  const bytes = await Deno.readFile(projectPath(`dist/${name}`));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${hash.toHex()}  ${name}\n`;
}

/** The targets that the arguments ask for. */
function parse(args: readonly string[]): Target[] {
  const all = Object.keys(TARGETS) as Target[];
  if (args.length === 0) return ["x86_64"];
  if (args.length === 1 && args[0] === "--all") return all;
  const name = args.join(" ").replace(/^--target[ =]/, "");
  const target = all.find((known) => known === name);
  return target === undefined
    ? die("compile takes --target x86_64, --target aarch64 or --all", "", 2)
    : [target];
}

await main(async () => {
  const targets = parse(Deno.args);
  const config = JSON.parse(await Deno.readTextFile(projectPath("deno.json"))) as Config;
  const runtimes = targets.map((target) => Deno.env.get(TARGETS[target].variable) ?? "");
  // Each target gets its own below, and none where it has none.
  Deno.env.delete("DENORT_BIN");
  await Deno.remove(projectPath("dist"), { recursive: true }).catch(() => {});
  const build = await readBuild(config.version);
  await stage(config, build);
  const names: string[] = [];
  for (const [index, target] of targets.entries()) {
    names.push(
      await step(
        `compiled ${build.version} (${build.commit}) for ${target}`,
        () => compile(target, runtimes[index] ?? ""),
        (name) => `dist/${name}, ${(Deno.statSync(projectPath(`dist/${name}`)).size / 1e6).toFixed(1)} MB`,
      ),
    );
  }
  await Deno.writeTextFile(projectPath("dist/SHA256SUMS"), (await Promise.all(names.map(sumLine))).join(""));
  await Deno.remove(STAGE, { recursive: true });
});
