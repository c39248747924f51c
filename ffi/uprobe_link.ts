import { EnvironmentError, TargetError } from "../base/mod.ts";
import { BpfCommand } from "./bpf_command.ts";
import { uprobeMultiAttr } from "./features.ts";
import { registerHandle } from "./handles.ts";
import { allocate, cString, Errno, type Native, NativeError } from "./native.ts";

/** `multi`: one uprobe_multi link for all sites (Linux 6.6). `perf`: a perf event each. */
export type AttachMethod = "multi" | "perf";

/** A loaded program. */
export interface AttachedProgram {
  readonly programFd: number;
  /** As libbpf has it; needed for perf events. */
  readonly program?: Deno.PointerObject;
}

/** Where a program is attached. */
export interface UprobeLinkOptions {
  readonly method: AttachMethod;
  /** A path to the executable as this process sees it. */
  readonly path: string;
  /** Places in the file. */
  readonly offsets: readonly number[];
  /** What bpf_get_attach_cookie() gives at each; none where the kernel has no cookies. */
  readonly cookies?: readonly number[];
  /**
   * Only this process has breakpoints (multi only; perf events would see one thread of it). Leave it 0 for all
   * processes.
   */
  readonly pid?: number;
}

/** Attached probes. The kernel takes them away when the descriptors are closed, however this process ends. */
export class UprobeLink implements Disposable {
  readonly #native: Native;
  readonly #unregister: () => void;
  readonly #descriptors: number[] = [];
  /** Perf events, with their places in the file. */
  #links: { readonly offset: number; readonly link: Deno.PointerObject }[] = [];
  #closed = false;

  /**
   * Attaches a loaded program.
   *
   * @throws {TargetError} when the kernel refuses an instruction or the file.
   * @throws {EnvironmentError} without the privilege.
   */
  constructor(native: Native, program: AttachedProgram, options: UprobeLinkOptions) {
    this.#native = native;
    this.#unregister = registerHandle(`${options.method} uprobe link on ${options.path}`);
    try {
      if (options.method === "multi") this.#attachMulti(program, options);
      else this.#attachPerf(program, options);
    } catch (error) {
      this.close();
      throw error instanceof NativeError ? explainAttach(error, options) : error;
    }
  }

  #attachMulti({ programFd }: AttachedProgram, options: UprobeLinkOptions): void {
    const count = options.offsets.length;
    const offsets = words(options.offsets);
    const cookies = options.cookies === undefined ? undefined : words(options.cookies);
    const path = cString(options.path);
    const attr = uprobeMultiAttr({
      programFd,
      path,
      offsets,
      cookies,
      count,
      pid: options.pid ?? 0,
    });
    const fd = this.#native.bpf(BpfCommand.LinkCreate, attr);
    if (fd < 0) throw this.#native.error("Cannot attach", -fd);
    this.#descriptors.push(fd);
  }

  #attachPerf({ program }: AttachedProgram, options: UprobeLinkOptions): void {
    if (program === undefined) throw new TypeError("perf events need a program of libbpf's");
    const path = cString(options.path);
    for (const [i, offset] of options.offsets.entries()) {
      // struct bpf_uprobe_opts of libbpf 1.0: size_t sz, ref_ctr_offset; u64 bpf_cookie; bool retprobe; const char *func_name.
      const opts = allocate(40);
      const view = new DataView(opts.buffer);
      view.setBigUint64(0, 40n, true);
      view.setBigUint64(16, BigInt(options.cookies?.[i] ?? 0), true);
      const link = this.#native.libbpf.bpf_program__attach_uprobe_opts(
        program,
        -1,
        path,
        BigInt(offset),
        opts,
      );
      this.#links.push({ offset, link: this.#native.checkPointer(link, "Cannot attach") });
    }
  }

  /** Takes perf events at all other places away; a multi link only goes as a whole. */
  keep(offsets: ReadonlySet<number>): void {
    const others = this.#links.filter(({ offset }) => !offsets.has(offset));
    this.#links = this.#links.filter((kept) => !others.includes(kept));
    for (const { link } of others) this.#native.libbpf.bpf_link__destroy(link);
    if (this.#links.length === 0) this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const fd of this.#descriptors) this.#native.libc.close(fd);
    for (const { link } of this.#links) this.#native.libbpf.bpf_link__destroy(link);
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** 64-bit words in memory of their own. */
function words(values: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = allocate(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setBigUint64(i * 8, BigInt(value), true));
  return bytes;
}

function explainAttach(error: NativeError, options: UprobeLinkOptions): Error {
  switch (error.errno) {
    case Errno.EPERM:
    case Errno.EACCES:
      return new EnvironmentError("The kernel does not allow uprobes here", {
        hint: options.method === "perf"
          ? "Run as root: on this kernel uprobes need CAP_SYS_ADMIN."
          : "Run as root, or with CAP_BPF and CAP_PERFMON.",
        cause: error,
      });
    case Errno.ENOTSUPP:
    case Errno.EOPNOTSUPP:
      return new TargetError("The kernel refuses to put a probe on the instruction there", {
        hint: "`--explain` shows the instruction; name another function.",
        cause: error,
      });
    case Errno.ENOENT:
      return new TargetError(`${options.path} was removed or replaced before it was attached`, {
        hint: "Start again when it is there.",
        cause: error,
      });
    default:
      return error;
  }
}
