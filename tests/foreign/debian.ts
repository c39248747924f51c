import { join } from "node:path";
import { cachedFolder } from "../cached_folder.ts";
import { DebianPackages, UnavailableError } from "../kernel/packages.ts";
import { testCacheDir } from "../toolchains.ts";

/** A release of Debian that has servers written in Go, and the Go that its builders used. */
export interface DebianRelease {
  readonly name: "bullseye" | "bookworm" | "trixie";
  /** What the packages' build info says, e.g. `go1.19.8`. */
  readonly goVersion: string;
  /** The packages that are tested; each has an executable of its own name. */
  readonly packages: readonly ("caddy" | "prometheus")[];
}

/**
 * All are stripped, linked by the system's linker (cgo) and at a fixed address. Bullseye's passes arguments on the
 * stack; it has no caddy.
 */
export const RELEASES: readonly DebianRelease[] = [
  { name: "bullseye", goVersion: "go1.15.9", packages: ["prometheus"] },
  { name: "bookworm", goVersion: "go1.19.8", packages: ["caddy", "prometheus"] },
  { name: "trixie", goVersion: "go1.24.4", packages: ["caddy", "prometheus"] },
];

const releases = new Map<string, Promise<string>>();

/**
 * The path of a package's executable: from the cache, else from Debian, by apt and from the mirror that this system
 * uses. The system's own package lists and packages stay as they are, and nothing of the package is configured or run.
 *
 * @throws {UnavailableError} where the package is not cached and this system is not Debian.
 */
export async function debianServer(release: DebianRelease, name: string): Promise<string> {
  let folder = releases.get(release.name);
  if (folder === undefined) {
    folder = ensureRelease(release);
    releases.set(release.name, folder);
  }
  return join(await folder, name);
}

/** The folder with the executables of all packages of a release. */
async function ensureRelease({ name, packages }: DebianRelease): Promise<string> {
  const path = join(testCacheDir(), "debian-servers", `${name}-${packages.join("-")}`);
  return await cachedFolder(path, async (out, staging) => {
    const unpacked = join(staging, "unpacked");
    const debian = await DebianPackages.fetch(name, "amd64", staging);
    await debian.unpack(packages, unpacked);
    for (const program of packages) {
      await Deno.rename(join(unpacked, "usr", "bin", program), join(out, program));
    }
  });
}

/** Why Debian's servers cannot be had here; undefined where they can. In CI they must. */
export async function reasonToSkip(): Promise<string | undefined> {
  if (Deno.env.get("CI") === "true") return undefined;
  if (Deno.build.arch !== "x86_64") return "the packages are fetched for x86-64 only";
  try {
    for (const release of RELEASES) await debianServer(release, release.packages[0]!);
  } catch (error) {
    if (error instanceof UnavailableError) return error.message;
    throw error;
  }
}
