import { join } from "node:path";
import { aptCommand, aptInstall, canInstall } from "../../scripts/lib/apt.ts";
import { cachedFolder } from "../cached_folder.ts";
import { testCacheDir } from "../toolchains.ts";
import { DebianPackages, UnavailableError } from "./packages.ts";

/** What a test boots: one of Debian's kernels, as one architecture's machine. */
export interface KernelImage {
  /** `major.minor`, as the suite's tests name it. */
  readonly version: string;
  /** Debian's release that has this kernel. */
  readonly release: string;
  readonly machine: Machine;
}

/** An architecture as Debian, Go and qemu call it, and the machine that qemu makes of it. */
export interface Machine {
  /** Debian's name; Go's GOARCH is the same for those in use. */
  readonly debian: "amd64" | "arm64";
  /** The name in `Deno.build.arch`, in the compiled tracer's file name and in the tracer's messages. */
  readonly deno: "x86_64" | "aarch64";
  /** What a person calls it. */
  readonly title: string;
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
  deno: "x86_64",
  title: "x86-64",
  qemu: "qemu-system-x86_64",
  qemuPackage: "qemu-system-x86",
  qemuArguments: ["-cpu", "max,la57=off"],
  console: "ttyS0",
  triplet: "x86_64-linux-gnu",
};

/** arm64: qemu's own board. It hands the kernel a seed; the CPU has no pointer authentication, which is slow to emulate. */
export const ARM64: Machine = {
  debian: "arm64",
  deno: "aarch64",
  title: "arm64",
  qemu: "qemu-system-aarch64",
  qemuPackage: "qemu-system-arm",
  qemuArguments: ["-M", "virt", "-cpu", "cortex-a72"],
  console: "ttyAMA0",
  triplet: "aarch64-linux-gnu",
};

/**
 * The kernels to test on. 5.10 is the oldest that is supported: perf events without cookies, memory locked by
 * RLIMIT_MEMLOCK, the verifier of 2020. 6.1 has cookies and no uprobe_multi links. 6.12 is for arm64; on x86-64 the
 * machine that runs the other suites is newer than all of them.
 */
export const KERNELS = {
  oldest: { version: "5.10", release: "bullseye", machine: AMD64 },
  cookies: { version: "6.1", release: "bookworm", machine: AMD64 },
  oldestArm64: { version: "5.10", release: "bullseye", machine: ARM64 },
  arm64: { version: "6.12", release: "bookworm-backports", machine: ARM64 },
} as const satisfies Readonly<Record<string, KernelImage>>;

/** Whether a perf-event uprobe can carry a cookie: from 5.15 on. Else each site needs a program of its own. */
export function hasCookies(image: KernelImage): boolean {
  return isAtLeast(image, 5, 15);
}

/** Whether one link can attach all sites: from 6.6 on. Else each is a perf event. */
export function hasMultiLinks(image: KernelImage): boolean {
  return isAtLeast(image, 6, 6);
}

function isAtLeast({ version }: KernelImage, wantedMajor: number, wantedMinor: number): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > wantedMajor || major === wantedMajor && minor >= wantedMinor;
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
 * The path of a kernel's vmlinuz: from the cache, else from Debian's package.
 *
 * @throws {UnavailableError} where the kernel is not cached and this system is not Debian.
 */
export async function ensureKernel({ release, machine }: KernelImage): Promise<string> {
  const root = join(testCacheDir(), "kernels", machine.debian);
  const folder = await cachedFolder(join(root, release), async (out, staging) => {
    const packages = await DebianPackages.fetch(release, machine.debian, staging);
    const name = await packages.dependency(`linux-image-cloud-${machine.debian}`, "linux-image-");
    const unpacked = join(staging, "unpacked");
    await packages.unpack([name], unpacked);
    for await (const file of Deno.readDir(join(unpacked, "boot"))) {
      if (!file.name.startsWith("vmlinuz-")) continue;
      await Deno.rename(join(unpacked, "boot", file.name), join(out, "vmlinuz"));
      return;
    }
    throw new Error(`${name} has no vmlinuz`);
  });
  return join(folder, "vmlinuz");
}

/** Debian's release that another architecture's libraries are of: the oldest with a libbpf that the tracer can use. */
const LIBRARY_RELEASE = "bookworm";
/** What the tracer needs, beside itself. */
const LIBRARY_PACKAGES = ["libbpf1", "libelf1", "zlib1g", "libc6", "libgcc-s1"] as const;

/**
 * The root of the system whose libraries a machine gets: this one's for the same architecture, else a folder with
 * Debian's packages unpacked.
 *
 * @throws {UnavailableError} where they are not cached and this system is not Debian.
 */
export async function ensureLibraries({ debian, deno }: Machine): Promise<string> {
  if (deno === Deno.build.arch) return "/";
  const path = join(testCacheDir(), "kernels", debian, `libraries-${LIBRARY_RELEASE}`);
  return await cachedFolder(path, async (out, staging) => {
    const packages = await DebianPackages.fetch(LIBRARY_RELEASE, debian, staging);
    await packages.unpack(LIBRARY_PACKAGES, out);
  });
}

async function onPath(program: string): Promise<boolean> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  const found = await Promise.all(folders.map((folder) => isFile(join(folder, program))));
  return found.includes(true);
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
