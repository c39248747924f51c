import { join } from "node:path";
import { run } from "../../scripts/lib/run.ts";

/** Why something cannot be tested on this machine; the message is for the one who reads the test's log. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/**
 * Debian's packages of one release and architecture, by apt and from the mirror that this system uses, without root.
 * Lists, caches and sources are in a folder of their own: the system's lists and packages stay as they are.
 */
export class DebianPackages {
  readonly #folder: string;
  readonly #apt: readonly string[];

  private constructor(folder: string, apt: readonly string[]) {
    this.#folder = folder;
    this.#apt = apt;
  }

  /**
   * Fetches the release's list of packages.
   *
   * @param release e.g. `bookworm-backports`.
   * @param architecture Debian's name.
   * @param folder an empty one, which is the caller's to remove.
   * @throws {UnavailableError} where this system is not Debian.
   */
  static async fetch(release: string, architecture: string, folder: string): Promise<DebianPackages> {
    const apt = await privateApt(release, architecture, folder);
    await run("apt-get", [...apt, "update"], { tries: 3 });
    return new DebianPackages(folder, apt);
  }

  /** The package that a meta package depends on and whose name begins so. */
  async dependency(meta: string, prefix: string): Promise<string> {
    const depends = await run("apt-cache", [...this.#apt, "depends", "--important", meta]);
    const names = depends.split("\n").map((line) => line.trim().replace(/^Depends: /, ""));
    const name = names.find((name) => name !== meta && name.startsWith(prefix));
    if (name === undefined) throw new Error(`${meta} depends on no ${prefix}*:\n${depends}`);
    return name;
  }

  /** Downloads the packages, without those that they depend on, and unpacks them all into `target`. */
  async unpack(names: readonly string[], target: string): Promise<void> {
    const downloads = join(this.#folder, "downloads");
    await Deno.mkdir(downloads);
    await run("apt-get", [...this.#apt, "download", ...names], { cwd: downloads, tries: 3 });
    const files = await filesIn(downloads, ".deb");
    if (files.length !== names.length) throw new Error(`apt-get left ${files} for ${names}`);
    for (const file of files) await run("dpkg", ["-x", join(downloads, file), target]);
    await Deno.remove(downloads, { recursive: true });
  }
}

/** apt's options for one release and architecture, with lists and caches in `folder`: works without root. */
async function privateApt(release: string, architecture: string, folder: string): Promise<string[]> {
  const { uri, signedBy } = await systemMirror();
  const sources = join(folder, "sources.list");
  const status = join(folder, "status");
  const options = [
    ...(signedBy === undefined ? [] : [`signed-by=${signedBy}`]),
    `arch=${architecture}`,
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
    `APT::Architecture=${architecture}`,
    `APT::Architectures=${architecture}`,
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
    const hasKeys = await Deno.stat(keys).then((info) => info.isFile, () => false);
    return { uri, signedBy: hasKeys ? keys : undefined };
  }
  throw new UnavailableError(`apt's sources name no mirror of ${codename}`);
}

/** Where the package debian-archive-keyring keeps the keys of this and earlier releases. */
const DEBIAN_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

async function filesIn(folder: string, suffix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name.endsWith(suffix)) names.push(name);
  }
  return names.sort();
}
