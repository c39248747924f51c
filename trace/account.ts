import { EnvironmentError, TargetError } from "../base/mod.ts";
import { fileVersion } from "./target.ts";

/** Whom a command runs as, where that is not who runs the tracer. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** What the user database says; undefined for a number that is not in it. */
  readonly entry: { readonly name: string; readonly home: string; readonly shell: string } | undefined;
}

/**
 * The account for a name or number; without one, that of the user who called sudo. Undefined when it is the tracer's
 * own.
 *
 * @throws {TargetError} when there is no such user.
 * @throws {EnvironmentError} when only root could run something as another user.
 */
export function accountOf(
  user: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Account | undefined {
  const own = Deno.uid();
  const account = user === undefined ? sudoCaller(env) : lookUp(user);
  if (account === undefined && user !== undefined) {
    throw new TargetError(`There is no user ${user}`, { hint: "Name one that `getent passwd` knows." });
  }
  if (account === undefined || account.uid === own) return undefined;
  if (own === 0) return account;
  throw new EnvironmentError(`Only root can start a command as ${user}`, {
    hint: "Run it as root, with sudo.",
  });
}

function sudoCaller(env: Readonly<Record<string, string | undefined>>): Account | undefined {
  const { SUDO_UID: uid = "", SUDO_GID: gid = "" } = env;
  if (Deno.uid() !== 0 || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) return undefined;
  return lookUp(uid) ?? { uid: Number(uid), gid: Number(gid), entry: undefined };
}

/** glibc's own tool knows users that are in no file (LDAP, systemd). */
function lookUp(user: string): Account | undefined {
  const { success, stdout } = new Deno.Command(tool("getent") ?? "getent", {
    args: ["passwd", "--", user],
    stdin: "null",
    stderr: "null",
  }).outputSync();
  if (!success) return undefined;
  const [name = "", , uid, gid, , home = "", shell = ""] = new TextDecoder().decode(stdout).trimEnd().split(
    ":",
  );
  return { uid: Number(uid), gid: Number(gid), entry: { name, home, shell } };
}

/** A system's tool: root does not take it from wherever PATH leads. */
function tool(name: string): string | undefined {
  return [`/usr/bin/${name}`, `/bin/${name}`].find((path) => fileVersion(path) !== undefined);
}

/** What the account's environment says of who one is. */
export function accountEnv({ entry }: Account): Record<string, string> {
  return entry === undefined
    ? {}
    : { HOME: entry.home, USER: entry.name, LOGNAME: entry.name, SHELL: entry.shell };
}

/**
 * The words before a command that make it run as an account, with all of its groups. Deno's own way would leave the
 * groups out; it is taken where there is no setpriv (util-linux), which the result is empty for.
 */
export function accountWords({ uid, gid, entry }: Account): string[] {
  const setpriv = tool("setpriv");
  if (setpriv === undefined) return [];
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    entry === undefined ? "--clear-groups" : "--init-groups",
    "--",
  ];
}
