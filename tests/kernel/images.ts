import { join } from "node:path";
import { aptCommand, aptInstall, canInstall } from "../../scripts/lib/apt.ts";
import { run } from "../../scripts/lib/run.ts";
import { testCacheDir } from "../toolchains.ts";

/** What a test boots: one of Debian's kernels, as one architecture's machine. */
export interface KernelImage {
  /** `major.minor`, as the suite's tests name it. */
  readonly version: string;
  /** Debian's release that has this kernel. */
  readonly release: string;
  readonly machine: Machine;
  /** Whether the servers of every Go version are traced on it, or the installed one's only. */
  readonly everyGo: boolean;
}

/** An architecture as Debian, Go and qemu call it, and the machine that qemu makes of it. */
export interface Machine {
  /** Debian's name; Go's GOARCH is the same for those in use. */
  readonly debian: "amd64" | "arm64";
  readonly qemu: string;
  /** Debian's package that has `qemu`. */
  readonly qemuPackage: string;
  readonly qemuArguments: readonly string[];
  /** The kernel's name of the first serial port. */
  readonly console: string;
  /** The folder of this architecture's libraries in Debian. */
  readonly triplet: string;
}

/** x86-64: a PC. The emulated CPU has all that qemu can do, RDRAND too, so that nothing waits for entropy. */
export const AMD64: Machine = {
  debian: "amd64",
  qemu: "qemu-system-x86_64",
  qemuPackage: "qemu-system-x86",
  qemuArguments: ["-cpu", "max,la57=off"],
  console: "ttyS0",
  triplet: "x86_64-linux-gnu",
};

/**
 * The kernels to test on. 5.10 is the oldest that is supported: perf events without cookies, memory locked by
 * RLIMIT_MEMLOCK, the verifier of 2020. 6.1 has cookies and no uprobe_multi links. The machine that runs the other
 * suites is newer than both.
 */
export const KERNELS: readonly KernelImage[] = [
  { version: "5.10", release: "bullseye", machine: AMD64, everyGo: true },
  { version: "6.1", release: "bookworm", machine: AMD64, everyGo: false },
];

/** Whether a perf-event uprobe can carry a cookie: from 5.15 on. Else each site needs a program of its own. */
export function hasCookies({ version }: KernelImage): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 5 || major === 5 && minor >= 15;
}

/** Why a kernel cannot be tested on this machine; the message is for the one who reads the test's log. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/**
 * Installs qemu where it is missing and this is root on a Debian-like system.
 *
 * @throws {UnavailableError} with what to type, where it may not.
 */
export async function ensureQemu({ qemu, qemuPackage }: Machine): Promise<void> {
  if (await onPath(qemu)) return;
  if (!await canInstall()) {
    throw new UnavailableError(`${qemu} is missing; Debian, Ubuntu: sudo ${aptCommand([qemuPackage])}`);
  }
  await aptInstall([qemuPackage]);
  if (!await onPath(qemu)) {
    throw new UnavailableError(`${qemu} is missing after ${aptCommand([qemuPackage])}`);
  }
}

/**
 * The path of a kernel's vmlinuz: from the cache, else from Debian's package, by apt and from the mirror that this
 * system uses. The system's own package lists and packages stay as they are.
 *
 * @throws {UnavailableError} where the kernel is not cached and this system is not Debian.
 */
export async function ensureKernel(image: KernelImage): Promise<string> {
  const root = join(testCacheDir(), "kernels", image.machine.debian);
  const result = join(root, image.release, "vmlinuz");
  if (await isFile(result)) return result;
  await Deno.mkdir(root, { recursive: true });
  const staging = await Deno.makeTempDir({ dir: root, prefix: "staging-" });
  try {
    await unpackKernel(image, staging);
    // A rename of the whole folder: another process sees all of the result or none, and the first one wins.
    await Deno.rename(join(staging, "out"), join(root, image.release)).catch(async (error) => {
      if (!await isFile(result)) throw error;
    });
  } finally {
    await Deno.remove(staging, { recursive: true });
  }
  return result;
}

/** Leaves out/vmlinuz in the folder. */
async function unpackKernel({ release, machine }: KernelImage, folder: string): Promise<void> {
  const apt = await privateApt(release, machine, folder);
  await run("apt-get", [...apt, "update"], { tries: 3 });
  const meta = `linux-image-cloud-${machine.debian}`;
  const depends = await run("apt-cache", [...apt, "depends", "--important", meta]);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error(`${meta} of ${release} names no kernel:\n${depends}`);
  await run("apt-get", [...apt, "download", name], { cwd: folder, tries: 3 });
  const [deb] = await filesIn(folder, (file) => file.endsWith(".deb"));
  if (deb === undefined) throw new Error(`apt-get left no package of ${name}`);
  const unpacked = join(folder, "unpacked");
  await run("dpkg", ["-x", join(folder, deb), unpacked]);
  const [vmlinuz] = await filesIn(join(unpacked, "boot"), (file) => file.startsWith("vmlinuz-"));
  if (vmlinuz === undefined) throw new Error(`${name} has no vmlinuz`);
  await Deno.mkdir(join(folder, "out"));
  await Deno.rename(join(unpacked, "boot", vmlinuz), join(folder, "out", "vmlinuz"));
}

/** apt's options for one release and architecture, with lists and caches in `folder`: works without root. */
async function privateApt(release: string, machine: Machine, folder: string): Promise<string[]> {
  const { uri, signedBy } = await systemMirror();
  const sources = join(folder, "sources.list");
  const status = join(folder, "status");
  const options = [
    ...(signedBy === undefined ? [] : [`signed-by=${signedBy}`]),
    `arch=${machine.debian}`,
    "target=Packages",
  ];
  await Deno.writeTextFile(sources, `deb [${options.join(" ")}] ${uri} ${release} main\n`);
  await Deno.writeTextFile(status, "");
  await Deno.mkdir(join(folder, "lists", "partial"), { recursive: true });
  await Deno.mkdir(join(folder, "cache", "archives", "partial"), { recursive: true });
  return [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=-",
    "Dir::Etc::preferencesparts=-",
    `Dir::State::lists=${join(folder, "lists")}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=",
    "Acquire::Languages=none",
    "Acquire::Retries=3",
    `APT::Architecture=${machine.debian}`,
    `APT::Architectures=${machine.debian}`,
  ].flatMap((option) => ["-o", option]);
}

/** A mirror of Debian's packages, and the file of the keys that sign them, if the system's sources name one. */
interface Mirror {
  readonly uri: string;
  readonly signedBy: string | undefined;
}

/** The mirror that this system's apt takes its own release's packages from. */
async function systemMirror(): Promise<Mirror> {
  const system = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(system)?.[1] ?? "";
  if (field("ID") !== "debian") {
    throw new UnavailableError(
      `Debian's kernels come from Debian's mirror, and this system is ${field("ID")}`,
    );
  }
  const codename = field("VERSION_CODENAME");
  const format = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)";
  // Without the release files: a machine where apt has never been updated tells its mirror too.
  const targets = await run("apt-get", [
    "indextargets",
    "--no-release-info",
    "--format",
    format,
    "Created-By: Packages",
  ]);
  for (const line of targets.split("\n")) {
    const [uri, release, component, signedBy] = line.split("|");
    if (uri === undefined || component !== "main") continue;
    if (release !== codename && !/^((old)*stable|testing|unstable|sid)$/.test(release ?? "")) continue;
    // What a source does not say is left in the text as it stands in the format.
    const keys = signedBy?.startsWith("/") ? signedBy : DEBIAN_KEYS;
    return { uri, signedBy: await isFile(keys) ? keys : undefined };
  }
  throw new UnavailableError(`apt's sources name no mirror of ${codename}`);
}

/** Where the package debian-archive-keyring keeps the keys of this and earlier releases. */
const DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

async function filesIn(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) if (isFile && wanted(name)) names.push(name);
  return names.sort();
}

async function onPath(program: string): Promise<boolean> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const found = await Promise.all(folders.map((folder) => isFile(join(folder, program))));
  return found.includes(true);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
