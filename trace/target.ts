import { TargetError, UsageError } from "../base/mod.ts";
import { reasonOf, statIfThere } from "./files.ts";

/** What is traced: every process that runs an executable, or one process. */
export interface Target {
  /** A path by which this process can open the executable: the file itself, or /proc/PID/exe. */
  readonly path: string;
  /** The executable as the user knows it, for messages. */
  readonly name: string;
  /** The process; 0 for all that run the executable. */
  readonly pid: number;
  /** Which file it was, and how it stood, when it was looked at. */
  readonly file: FileVersion;
}

/** A file, whatever its name (its file system's device and its inode), and what changes when it is written. */
export interface FileVersion {
  readonly device: number;
  readonly inode: number | null;
  readonly sizeBytes: number;
  readonly modifiedMs: number | null;
}

/** What a path leads to; undefined where that is no regular file, or nothing that can be looked at. */
export function fileVersion(path: string): FileVersion | undefined {
  const info = statIfThere(path);
  return info?.isFile ? versionOf(info) : undefined;
}

/** Whether they are one file, written to or not. */
export function isSameFile(a: FileVersion, b: FileVersion): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** Whether they are one file, and nothing was written to it in between. */
export function isSameVersion(a: FileVersion, b: FileVersion): boolean {
  return isSameFile(a, b) && a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs;
}

function versionOf({ dev, ino, size, mtime }: Deno.FileInfo): FileVersion {
  return { device: dev, inode: ino, sizeBytes: size, modifiedMs: mtime?.getTime() ?? null };
}

/**
 * The target for an executable's path.
 *
 * @throws {TargetError} when it does not exist, is no regular file, or may not be read.
 */
export function executableTarget(path: string): Target {
  if (path === "") throw new UsageError("The executable's name is empty", { hint: "Name a Go executable." });
  let real: string;
  try {
    real = Deno.realPathSync(path);
  } catch (cause) {
    throw cause instanceof Deno.errors.NotFound
      ? new TargetError(`No such file: ${path}`, { hint: nearbyHint(path), cause })
      : unreadable(path, cause);
  }
  return { path: real, name: path, pid: 0, file: checkFile(real, path) };
}

/**
 * The target for a process.
 *
 * @throws {TargetError} when there is no such process, or it has no executable (a kernel thread).
 */
export function processTarget(pid: number): Target {
  const path = `/proc/${pid}/exe`;
  let status: string;
  try {
    status = Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch (cause) {
    throw new TargetError(`There is no process ${pid}`, { hint: "List the processes: ps -e", cause });
  }
  const leader = /^Tgid:\s*(\d+)$/m.exec(status)?.[1];
  if (leader !== undefined && leader !== String(pid)) {
    throw new TargetError(`${pid} is a thread of process ${leader}`, {
      hint: `Trace the process: -p ${leader}`,
    });
  }
  let name: string;
  try {
    name = Deno.readLinkSync(path);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw unreadable(`the executable of process ${pid}`, cause);
    throw new TargetError(`Process ${pid} has no executable: it is a kernel thread or has ended`, {
      hint: "List the processes: ps -e",
      cause,
    });
  }
  const label = `${name} (process ${pid})`;
  return { path, name: label, pid, file: checkFile(path, label) };
}

function checkFile(path: string, name: string): FileVersion {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) {
      throw new TargetError(`${name} is a directory`, { hint: "Name the Go executable in it." });
    }
    if (!info.isFile) {
      throw new TargetError(`${name} is not a regular file`, { hint: "Name a Go executable." });
    }
    Deno.openSync(path, { read: true }).close();
    return versionOf(info);
  } catch (cause) {
    throw cause instanceof TargetError ? cause : unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): TargetError {
  return new TargetError(`${name} cannot be read: ${reasonOf(cause)}`, {
    hint: "Check its permissions, or run as root.",
    cause,
  });
}

/** A name that PATH would find is a frequent mistake: only paths are taken. */
function nearbyHint(path: string): string {
  if (!path.includes("/")) {
    for (const folder of (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "")) {
      if (statIfThere(`${folder}/${path}`)?.isFile) {
        return `There is a ${folder}/${path}; name it with its path.`;
      }
    }
  }
  return "Name the Go executable that the server runs, or a running server: -p PID";
}
