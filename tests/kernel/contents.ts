import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildGo, chosenVersions, ensureToolchain, installedGo } from "../toolchains.ts";
import { AMD64, ARM64, ensureLibraries, type KernelImage, KERNELS, type Machine } from "./images.ts";
import type { Contents } from "./initramfs.ts";
import { compiledTracer, compileHandlers } from "./programs.ts";
import {
  awkwardHandlers,
  callsWithResult,
  type ExpectedRun,
  oneHandler,
  otherArchitecture,
  twoHandlers,
  twoHandlersBySymbol,
  wholeServer,
  wholeServerByLibrary,
} from "./runs.ts";

/** What is put into a machine, with the runs that it makes of it. */
export interface Job {
  readonly runs: readonly ExpectedRun[];
  readonly contents: Omit<Contents, "plan">;
}

const SERVER = new URL("../../examples/server", import.meta.url);
const AWKWARD = new URL("../servers/awkward", import.meta.url);

/** Builds what a kernel's machine runs. Calls share what they have in common by the tests' cache and this folder. */
export async function prepare(image: KernelImage, folder: string): Promise<Job> {
  return await (image.machine === ARM64 ? prepareArm64(image) : prepareAmd64(image, folder));
}

/**
 * x86-64: one handler of each Go's server, since each has another kind of probe site or other places of the arguments
 * and so makes another program for the verifier; and two handlers at once. All of it on the oldest kernel, on others
 * the installed Go's.
 */
async function prepareAmd64(image: KernelImage, folder: string): Promise<Job> {
  const installed = (await installedGo()).version;
  const everyGo = image === KERNELS.oldest;
  const older = everyGo ? chosenVersions().filter((version) => version !== installed) : [];
  const servers = new Servers(AMD64);
  const runs: ExpectedRun[] = [];
  for (const version of [...older, installed]) {
    runs.push(
      oneHandler(`Go ${version}, one handler`, await servers.add(`server-${version}`, version, SERVER)),
    );
  }
  const newest = await servers.add(`server-${installed}`, installed, SERVER);
  if (everyGo) runs.push(twoHandlers("two handlers", newest));
  runs.push(twoHandlersBySymbol("two handlers, by symbol", newest));
  for (const version of [...older, installed]) {
    runs.push(wholeServer(`Go ${version}, the whole server`, `/bin/server-${version}`));
  }
  runs.push(callsWithResult("calls of a function with their results", newest, 2));
  runs.push(wholeServerByLibrary("the whole server, by the library", newest));
  handlers ??= compileHandlers(join(folder, "handlers"));
  await handlers;
  return await jobOf(AMD64, runs, servers, { handlers: join(folder, "handlers") });
}

let handlers: Promise<void> | undefined;

/** Go versions that differ on arm64: arguments on the stack; the first with registers; the newest. */
const ARM64_VERSIONS = ["1.16.15", "1.18.10", "1.27.4"] as const;
/** The one whose awkward handlers are in an executable that is loaded anywhere: its addresses are not the file's. */
const ARM64_PIE = "1.27.4";

/**
 * arm64: the example's server of each Go, with symbols and stripped, and handlers whose frame makes the stack grow.
 * Of the latter one has another guard and one other places of its arguments, so that each needs a program of its own;
 * but where arguments are on the stack the guard is the same. On the oldest kernel, the newest Go's without symbols.
 */
async function prepareArm64(image: KernelImage): Promise<Job> {
  const everyGo = image !== KERNELS.oldestArm64;
  const servers = new Servers(ARM64);
  const runs: ExpectedRun[] = [];
  for (const version of everyGo ? ARM64_VERSIONS : ARM64_VERSIONS.slice(-1)) {
    const server = await servers.add(`server-${version}`, version, SERVER);
    if (everyGo) runs.push(oneHandler(`Go ${version}, one handler`, server));
    runs.push(callsWithResult(`Go ${version}, calls of a function with their results`, server, 2));
    const stripped = await servers.add(`stripped-${version}`, version, SERVER, ["-ldflags=-s -w"]);
    runs.push(twoHandlers(`Go ${version}, stripped, two handlers`, stripped));
    runs.push(wholeServer(`Go ${version}, stripped, the whole server`, stripped));
    const flags = version === ARM64_PIE ? ["-buildmode=pie"] : [];
    const awkward = await servers.add(`awkward-${version}`, version, AWKWARD, flags);
    const title = `Go ${version}, ${flags.length > 0 ? "PIE, " : ""}stacks that grow`;
    runs.push(awkwardHandlers(title, awkward, { cookies: version === "1.16.15" ? 3 : 4, none: 4 }));
  }
  if (everyGo) {
    const { version } = await installedGo();
    const other = await servers.add("other", version, SERVER, [], AMD64);
    runs.push(otherArchitecture("an executable of another architecture", other, AMD64.deno, ARM64.deno));
  }
  return await jobOf(ARM64, runs, servers, {});
}

async function jobOf(
  machine: Machine,
  runs: readonly ExpectedRun[],
  servers: Servers,
  programs: Readonly<Record<string, string>>,
): Promise<Job> {
  const { version } = await installedGo();
  const init = await buildStatic(machine, version, new URL("init", import.meta.url), [], "init");
  const contents = {
    machine,
    init,
    programs: { gohttpsnoop: await compiledTracer(machine), ...programs },
    staticPrograms: servers.files,
    root: await ensureLibraries(machine),
  };
  return { runs, contents };
}

/** The Go servers of a machine. */
class Servers {
  /** The built executables by their names in the machine's /bin. */
  readonly files: Record<string, string> = {};
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Builds one and returns its path in the machine. */
  async add(
    name: string,
    version: string,
    source: URL,
    flags: readonly string[] = [],
    machine = this.#machine,
  ): Promise<string> {
    this.files[name] = await buildStatic(machine, version, source, flags, "server");
    return `/bin/${name}`;
  }
}

/** A Go program that needs no library. */
async function buildStatic(
  { debian }: Machine,
  version: string,
  source: URL,
  flags: readonly string[],
  output: string,
): Promise<string> {
  return await buildGo({
    toolchain: await ensureToolchain(version),
    dir: fileURLToPath(source),
    env: { CGO_ENABLED: "0", GOARCH: debian },
    flags,
    output,
  });
}
