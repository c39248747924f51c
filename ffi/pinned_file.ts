import { registerHandle } from "./handles.ts";
import { cString, Errno, type Native } from "./native.ts";

// asm-generic/fcntl.h and linux/fcntl.h; the same on x86-64 and arm64.
const O_RDONLY = 0;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_GETLEASE = 1025;
const F_RDLCK = 0;
const F_UNLCK = 2;
/** Does nothing to a process that does not ask for it; the default, SIGIO, would end it. */
const SIGURG = 23;

/**
 * What came of asking for a read lease: it is held; the file is open for writing; or it cannot be had here, and why
 * (no CAP_LEASE, a file system without leases).
 */
export type LeaseResult =
  | { readonly kind: "held" }
  | { readonly kind: "busy" }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * An open file. While it is open its inode is not given to another file, and {@linkcode path} leads to it whatever
 * happens to its name.
 *
 * A read lease (fcntl(2)) makes whoever opens the file for writing, or truncates it, wait until the lease is given
 * back, but no longer than /proc/sys/fs/lease-break-time (45 s). It ends with the process.
 */
export class PinnedFile implements Disposable {
  /** A path to the file, for this process. */
  readonly path: string;
  readonly #native: Native;
  readonly #fd: number;
  readonly #unregister: () => void;
  #closed = false;

  /** @throws {NativeError} when the file cannot be opened for reading. */
  constructor(native: Native, path: string) {
    this.#native = native;
    // Non-blocking: by now the name may be a fifo's.
    this.#fd = native.check(
      native.libc.open(cString(path), O_RDONLY | O_CLOEXEC | O_NONBLOCK),
      `Cannot open ${path}`,
    );
    this.path = `/proc/self/fd/${this.#fd}`;
    this.#unregister = registerHandle(`file ${path}`);
  }

  /** Asks for a read lease. */
  lease(): LeaseResult {
    const { libc } = this.#native;
    if (libc.fcntl(this.#fd, F_SETSIG, SIGURG) === 0 && libc.fcntl(this.#fd, F_SETLEASE, F_RDLCK) === 0) {
      return { kind: "held" };
    }
    const errno = this.#native.errno;
    return errno === Errno.EAGAIN
      ? { kind: "busy" }
      : { kind: "unavailable", reason: this.#native.describe(errno) };
  }

  /** Whether a lease that was held is being broken, or is gone: somebody waits to write. */
  get leaseBroken(): boolean {
    return this.#native.libc.fcntl(this.#fd, F_GETLEASE, 0) !== F_RDLCK;
  }

  /** Closes the file; a lease ends with it, and who waited goes on. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.libc.fcntl(this.#fd, F_SETLEASE, F_UNLCK);
    this.#native.libc.close(this.#fd);
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
