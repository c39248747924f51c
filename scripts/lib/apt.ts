import { run } from "./run.ts";

/** Whether this process may install packages by apt: root, on a Debian-like system. */
export async function canInstall(): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  return await Deno.stat("/usr/bin/apt-get").then((info) => info.isFile, () => false);
}

/** The command that a user would type for {@linkcode aptInstall}. */
export function aptCommand(packages: readonly string[]): string {
  return `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/**
 * Installs Debian packages, three times tried: mirrors fail now and then.
 *
 * @throws {CommandError} with apt's words.
 */
export async function aptInstall(packages: readonly string[]): Promise<void> {
  // Another apt (a desktop's updater, a parallel job) may hold the lock for a while.
  const options = {
    env: { DEBIAN_FRONTEND: "noninteractive", APT_LISTCHANGES_FRONTEND: "none" },
    tries: 3,
  };
  const wait = ["-o", "DPkg::Lock::Timeout=180", "-o", "Acquire::Retries=3", "-qq"];
  await run("apt-get", [...wait, "update"], options);
  await run("apt-get", [...wait, "install", "-y", "--no-install-recommends", ...packages], options);
}
