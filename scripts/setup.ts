/**
 * `deno task setup [--test | --ci | --bench]`: brings what is missing on this machine: for the demo (the default), for
 * the tests, for all that CI runs, or for the benchmarks too. As root on a Debian-like system by apt; elsewhere it says what to install and ends
 * with 3. Quick when all is there, so that the other tasks call it first.
 *
 * @module
 */
import { Native } from "../ffi/mod.ts";
import { installedGo } from "../tests/toolchains.ts";
import { aptCommand, aptInstall, canInstall } from "./lib/apt.ts";
import { die, main, say, step } from "./lib/steps.ts";

/** For whom the machine is set up; each level has what the one before it has. */
export const LEVELS = ["demo", "test", "ci", "bench"] as const;
/** One of {@linkcode LEVELS}. */
export type Level = (typeof LEVELS)[number];

/** The oldest Go that can bring every other one, which the tests need; Debian 12 has it. */
const OLDEST_GO = { major: 1, minor: 19 } as const;

/** Something that the project needs of the machine. */
interface Requirement {
  readonly name: string;
  readonly level: Level;
  /** Debian's packages that bring it. */
  readonly packages: readonly string[];
  readonly isThere: () => boolean | Promise<boolean>;
}

/** What is needed, and how to see whether it is there. Kept short: each check costs every `deno task test` its time. */
const REQUIREMENTS: readonly Requirement[] = [
  { name: "libbpf.so.1", level: "demo", packages: ["libbpf1"], isThere: hasLibbpf },
  {
    name: `Go ${OLDEST_GO.major}.${OLDEST_GO.minor} or later`,
    level: "demo",
    packages: ["golang-go"],
    isThere: hasGo,
  },
  {
    name: "a C compiler (one test is about a C program)",
    level: "test",
    packages: ["gcc"],
    isThere: onPath("gcc"),
  },
  {
    name: "the C library's headers",
    level: "test",
    packages: ["libc6-dev"],
    isThere: () => exists("/usr/include/stdio.h"),
  },
  { name: "curl", level: "test", packages: ["curl", "ca-certificates"], isThere: onPath("curl") },
  { name: "shellcheck", level: "ci", packages: ["shellcheck"], isThere: onPath("shellcheck") },
  {
    name: "qemu for x86-64",
    level: "ci",
    packages: ["qemu-system-x86"],
    isThere: onPath("qemu-system-x86_64"),
  },
  {
    name: "qemu for arm64",
    level: "ci",
    packages: ["qemu-system-arm"],
    isThere: onPath("qemu-system-aarch64"),
  },
  { name: "bpftrace", level: "ci", packages: ["bpftrace"], isThere: onPath("bpftrace") },
  { name: "h2load", level: "ci", packages: ["nghttp2-client"], isThere: onPath("h2load") },
  { name: "wrk", level: "bench", packages: ["wrk"], isThere: onPath("wrk") },
];

function hasLibbpf(): boolean {
  try {
    new Native(Deno.env.get("GOHTTPSNOOP_LIBBPF") ?? "").close();
    return true;
  } catch {
    // Whatever is in the way, the package is the first thing to try; the tracer itself says what it is.
    return false;
  }
}

async function hasGo(): Promise<boolean> {
  const version = await installedGo().then((go) => go.version, () => undefined);
  const [major = 0, minor = 0] = version?.split(".").map(Number) ?? [];
  return major > OLDEST_GO.major || major === OLDEST_GO.major && minor >= OLDEST_GO.minor;
}

/** A check that a program of this name is on PATH; it is not run. */
function onPath(program: string): () => Promise<boolean> {
  return async () => {
    const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
    for (const folder of folders) if (await exists(`${folder}/${program}`)) return true;
    return false;
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

/** The requirements of a level that this machine does not meet. */
async function missing(level: Level): Promise<Requirement[]> {
  const wanted = REQUIREMENTS.filter((requirement) =>
    LEVELS.indexOf(requirement.level) <= LEVELS.indexOf(level)
  );
  const there = await Promise.all(wanted.map((requirement) => requirement.isThere()));
  return wanted.filter((_, index) => there[index] !== true);
}

/**
 * Brings what the level needs and this machine lacks. Says nothing when nothing is missing. Ends the process with 3
 * when it may not install.
 */
export async function setup(level: Level): Promise<void> {
  const lacking = await missing(level);
  if (lacking.length > 0) await install(lacking, level);
}

async function install(lacking: readonly Requirement[], level: Level): Promise<void> {
  const names = lacking.map(({ name }) => name).join(", ");
  const debian = [...new Set(lacking.flatMap(({ packages }) => packages))];
  if (!await canInstall()) {
    die(
      `this machine lacks ${names}`,
      `Debian, Ubuntu: sudo ${
        aptCommand(debian)
      }; elsewhere the packages of these names (the README has a table).`,
      3,
    );
  }
  say(`gohttpsnoop: this machine lacks ${names}; apt brings it, which takes a minute at most`);
  await step(`apt-get install ${debian.join(" ")}`, () => aptInstall(debian));
  const still = await missing(level);
  if (still.length === 0) return;
  die(
    `after ${aptCommand(debian)} this machine still lacks ${still.map(({ name }) => name).join(", ")}`,
    "This distribution's packages are too old or elsewhere; install them by hand (the README has a table).",
    3,
  );
}

if (import.meta.main) {
  const [argument = "--demo", ...rest] = Deno.args;
  const level = LEVELS.find((name) => argument === `--${name}`);
  if (level === undefined || rest.length > 0) die("setup takes --demo, --test, --ci or --bench", "", 2);
  await main(async () => {
    await setup(level);
    say(`gohttpsnoop: everything for ${level} is there`);
  });
}
