import type { LeaseResult, PinnedFile } from "../ffi/mod.ts";
import { type FileVersion, fileVersion, isSameVersion } from "./target.ts";

/**
 * A file that carries probes. They are at places in it: when it is overwritten in place and then started, they would
 * sit in the middle of the new program's instructions, and crash it. So they have to be away before that.
 *
 * A read lease does that surely: who wants to write is held by the kernel until the file is closed here. Where it
 * cannot be had, the file is watched, and a writer who starts the program within a few milliseconds is too fast.
 */
export class GuardedFile implements Disposable {
  /** A path to the file, for this process. */
  readonly path: string;
  /** The file as it was when the guard began. */
  readonly version: FileVersion;
  /** How it is guarded, for the user. */
  readonly guard: string;
  readonly #file: PinnedFile;
  readonly #leased: boolean;
  readonly #watcher: Deno.FsWatcher | undefined;

  /**
   * Owns `file`. What `changed` says is called soon after a file without lease was written to; it should look at
   * {@linkcode touched}.
   */
  constructor(file: PinnedFile, version: FileVersion, lease: LeaseResult, changed: () => void) {
    this.#file = file;
    this.path = file.path;
    this.version = version;
    this.#leased = lease.kind === "held";
    this.#watcher = this.#leased ? undefined : watch(file.path, changed);
    const reason = lease.kind === "unavailable" ? lease.reason : "it is open for writing";
    this.guard = this.#leased
      ? "a read lease holds who would overwrite it"
      : `no read lease can be had (${reason}), so it is watched` +
        (this.#watcher === undefined ? ", without inotify" : "");
  }

  /** Whether somebody writes to it, or waits to. */
  get touched(): boolean {
    if (this.#leased) return this.#file.leaseBroken;
    const now = fileVersion(this.path);
    return now === undefined || !isSameVersion(now, this.version);
  }

  /** Lets it go: who waits to write goes on. */
  close(): void {
    this.#watcher?.close();
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Calls `changed` at each event on the file; undefined where the kernel gives no watch. */
function watch(path: string, changed: () => void): Deno.FsWatcher | undefined {
  let watcher: Deno.FsWatcher;
  try {
    watcher = Deno.watchFs(path, { recursive: false });
  } catch {
    return undefined;
  }
  const look = async () => {
    for await (const event of watcher) if (event.kind !== "access") changed();
  };
  void look();
  return watcher;
}
