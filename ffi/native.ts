import { EnvironmentError, RuntimeError } from "../base/mod.ts";
import { registerHandle } from "./handles.ts";
import { LIBBPF_SYMBOLS, LIBC_SYMBOLS } from "./symbols.ts";

/** The libbpf that the dynamic linker finds by this name. */
const LIBBPF_SONAME = "libbpf.so.1";

/** errno values that are told apart. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EINVAL: 22,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
  ENOTSUPP: 524,
} as const;

/** A native call failed. `errno` is positive; 524 is the kernel's own ENOTSUPP. */
export class NativeError extends RuntimeError {
  readonly errno: number;

  constructor(operation: string, errno: number, text: string, hint = "") {
    super(`${operation}: ${text} (errno ${errno})`, { hint });
    this.errno = errno;
  }
}

/**
 * libc and libbpf, opened when a session begins and closed with it. Importing this module opens nothing.
 *
 * What libbpf prints is kept, the last lines of it, for the error that follows.
 */
export class Native implements Disposable {
  readonly libc: Deno.DynamicLibrary<typeof LIBC_SYMBOLS>["symbols"];
  readonly libbpf: Deno.DynamicLibrary<typeof LIBBPF_SYMBOLS>["symbols"];
  readonly #libraries: { close(): void }[] = [];
  readonly #print: Deno.UnsafeCallback<{
    readonly parameters: readonly ["i32", "pointer", "pointer"];
    readonly result: "i32";
  }>;
  readonly #messages: string[] = [];
  readonly #unregister: () => void;
  #closed = false;

  /**
   * @param libbpfPath another libbpf than the system's (GOHTTPSNOOP_LIBBPF).
   * @throws {EnvironmentError} when a library cannot be opened, or is too old.
   */
  constructor(libbpfPath = "") {
    const libc = openLibc();
    const libbpf = openLibbpf(libbpfPath, libc);
    this.#libraries.push(libbpf, libc);
    this.libc = libc.symbols;
    this.libbpf = libbpf.symbols;
    const buffer = new Uint8Array(new ArrayBuffer(4096));
    this.#print = new Deno.UnsafeCallback(
      { parameters: ["i32", "pointer", "pointer"], result: "i32" } as const,
      (level, format, args) => {
        if (level > LIBBPF_INFO) return 0;
        const length = this.libc.vsnprintf(buffer, BigInt(buffer.length), format, args);
        const text = decoder.decode(buffer.subarray(0, Math.min(length, buffer.length - 1)));
        this.#messages.push(...text.split("\n").filter((line) => line !== ""));
        this.#messages.splice(0, this.#messages.length - MESSAGES_KEPT);
        return length;
      },
    );
    this.libbpf.libbpf_set_print(this.#print.pointer);
    this.#unregister = registerHandle("libraries libc and libbpf");
  }

  /** libbpf's version, e.g. `v1.1`. */
  get libbpfVersion(): string {
    return readCString(this.libbpf.libbpf_version_string());
  }

  /** The last lines that libbpf printed, oldest first. */
  get messages(): readonly string[] {
    return this.#messages;
  }

  /** errno of the last synchronous call; read it at once. */
  get errno(): number {
    const location = this.libc.__errno_location();
    return location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  }

  /** What an errno means, in libc's words. */
  describe(errno: number): string {
    return errno === Errno.ENOTSUPP ? "Operation not supported" : readCString(this.libc.strerror(errno));
  }

  /** An error about a call that failed with `errno`. */
  error(operation: string, errno = this.errno, hint = ""): NativeError {
    return new NativeError(operation, errno, this.describe(errno), hint);
  }

  /** `result`, unless it is negative: then the error of the call, from errno. */
  check(result: number, operation: string): number {
    if (result < 0) throw this.error(operation);
    return result;
  }

  /** For libbpf calls that return a negative errno. */
  checkNegative(result: number, operation: string): number {
    if (result < 0) throw this.error(operation, -result);
    return result;
  }

  /** For libbpf calls that return NULL and set errno. */
  checkPointer(pointer: Deno.PointerValue, operation: string): Deno.PointerObject {
    if (pointer === null) throw this.error(operation);
    return pointer;
  }

  /** bpf(2): a result of 0 or more; a negative errno otherwise. `attr` is the head of union bpf_attr. */
  bpf(command: number, attr: Uint8Array<ArrayBuffer>): number {
    const number = Deno.build.arch === "aarch64" ? 280n : 321n;
    const result = Number(this.libc.syscall(number, command, attr, attr.length));
    return result < 0 ? -this.errno : result;
  }

  /** A descriptor that becomes readable when the process ends: pidfd_open(2), Linux 5.3. */
  pidfdOpen(pid: number): number {
    const number = 434n;
    return this.check(
      Number(this.libc.syscall(number, pid, null, 0)),
      `Cannot watch process ${pid}`,
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.libbpf.libbpf_set_print(null);
    this.#print.close();
    for (const library of this.#libraries) library.close();
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** enum libbpf_print_level: what comes behind is debugging, a line for each relocation. */
const LIBBPF_INFO = 1;
const MESSAGES_KEPT = 40;
const decoder = new TextDecoder();

/** A NUL-terminated string for C. The bytes have a backing store of their own, which does not move. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text);
  const result = allocate(bytes.length + 1);
  result.set(bytes);
  return result;
}

/** Zeroed bytes that C may be given: a backing store outside the JavaScript heap, so that it does not move. */
export function allocate(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** The address of bytes made by {@linkcode allocate}; the caller keeps them alive. */
export function addressOf(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}

function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : new Deno.UnsafePointerView(pointer).getCString();
}

function openLibc(): Deno.DynamicLibrary<typeof LIBC_SYMBOLS> {
  try {
    return Deno.dlopen("libc.so.6", LIBC_SYMBOLS);
  } catch (cause) {
    throw new EnvironmentError("libc.so.6 cannot be opened: this system has no glibc", {
      hint: "Use a distribution with glibc (Debian, Ubuntu, Fedora, ...); musl is not supported.",
      cause,
    });
  }
}

function openLibbpf(
  path: string,
  libc: { close(): void },
): Deno.DynamicLibrary<typeof LIBBPF_SYMBOLS> {
  try {
    return Deno.dlopen(path === "" ? LIBBPF_SONAME : path, LIBBPF_SYMBOLS);
  } catch (cause) {
    libc.close();
    throw explainLibbpf(path, String(cause), cause);
  }
}

/** Which of the ways to be without libbpf this is. The dynamic linker's message names the file that it misses. */
function explainLibbpf(path: string, text: string, cause: unknown): EnvironmentError {
  const install =
    "Install it: `apt install libbpf1` (Debian, Ubuntu), `dnf install libbpf` (Fedora, RHEL), " +
    "`zypper install libbpf1` (openSUSE), `pacman -S libbpf` (Arch).";
  if (path !== "") {
    return new EnvironmentError(`GOHTTPSNOOP_LIBBPF=${path} cannot be opened as libbpf`, {
      hint: "Name a libbpf.so.1 of version 1.0 or later, or unset the variable to use the system's.",
      cause,
    });
  }
  const missing = /(lib[\w.+-]+\.so[\w.]*): (?:cannot open|file too short|invalid ELF)/.exec(text)?.[1];
  if (missing !== undefined && missing !== LIBBPF_SONAME) {
    return new EnvironmentError(`libbpf needs ${missing}, which is missing`, {
      hint: `Install the package that has ${missing}, e.g. \`apt install libelf1 zlib1g\` on Debian.`,
      cause,
    });
  }
  if (/symbol/i.test(text)) {
    return new EnvironmentError(`${LIBBPF_SONAME} is too old: a function of libbpf 1.0 is missing`, {
      hint: install,
      cause,
    });
  }
  if (hasLibbpf0()) {
    return new EnvironmentError("This system has only libbpf.so.0; libbpf.so.1 is needed", {
      hint: "Install libbpf 1.0 or later, or name one with GOHTTPSNOOP_LIBBPF=FILE (see the README).",
      cause,
    });
  }
  return new EnvironmentError(`${LIBBPF_SONAME} is missing`, { hint: install, cause });
}

function hasLibbpf0(): boolean {
  try {
    Deno.dlopen("libbpf.so.0", {}).close();
    return true;
  } catch {
    return false;
  }
}
