import { EnvironmentError, RuntimeError } from "../base/mod.ts";
import type { BpfMap } from "./bpf_map.ts";
import { registerHandle } from "./handles.ts";
import { INSTRUCTION_BYTES } from "./load_program.ts";
import { ProgramImage } from "./program_image.ts";
import { allocate, cString, Errno, type Native } from "./native.ts";

/** What an object is loaded with. */
export interface BpfObjectOptions {
  /** The bytes of the `.bpf.o`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The program's name in it. */
  readonly program: string;
  /** The whole of `.rodata`: it is frozen before the program is loaded, so the verifier specialises the program. */
  readonly rodata: Uint8Array<ArrayBuffer>;
  /** Maps that stand in for the object's own, by name. */
  readonly maps: Readonly<Record<string, BpfMap>>;
  /** BPF_PROG_LOAD's flags. */
  readonly flags?: number;
  /** linux/bpf.h's enum bpf_attach_type, for programs that are attached by a multi link. */
  readonly expectedAttachType?: number;
}

const LOG_BYTES = 1 << 20;
const LOG_LINES_SHOWN = 8;

/** One loaded object: a program specialised by its `.rodata`. */
export class BpfObject implements Disposable {
  /** The program, for libbpf's attach calls. */
  readonly program: Deno.PointerObject;
  /** Its descriptor, for bpf(2). */
  readonly programFd: number;
  readonly #native: Native;
  readonly #object: Deno.PointerObject;
  readonly #mapNames: readonly string[];
  readonly #unregister: () => void;
  #closed = false;

  /**
   * Opens and loads.
   *
   * @throws {EnvironmentError} when the kernel does not allow or support it.
   * @throws {RuntimeError} when the verifier refuses the program, with its last lines.
   */
  constructor(native: Native, options: BpfObjectOptions) {
    this.#native = native;
    this.#mapNames = Object.keys(options.maps);
    const { libbpf } = native;
    this.#object = native.checkPointer(
      libbpf.bpf_object__open_mem(options.bytes, BigInt(options.bytes.length), null),
      "Cannot open the BPF object",
    );
    try {
      const log = allocate(LOG_BYTES);
      this.program = native.checkPointer(
        libbpf.bpf_object__find_program_by_name(this.#object, cString(options.program)),
        `Cannot find the BPF program "${options.program}"`,
      );
      native.checkNegative(
        libbpf.bpf_program__set_flags(this.program, options.flags ?? 0),
        "Cannot set the program's flags",
      );
      if (options.expectedAttachType !== undefined) {
        native.checkNegative(
          libbpf.bpf_program__set_expected_attach_type(this.program, options.expectedAttachType),
          "Cannot set the attach type",
        );
      }
      native.checkNegative(
        libbpf.bpf_map__set_initial_value(
          this.#map(".rodata"),
          options.rodata,
          BigInt(options.rodata.length),
        ),
        "Cannot write the plan into .rodata",
      );
      for (const [name, map] of Object.entries(options.maps)) {
        native.checkNegative(
          libbpf.bpf_map__reuse_fd(this.#map(name), map.fd),
          `Cannot share the BPF map "${name}"`,
        );
      }
      native.checkNegative(
        libbpf.bpf_program__set_log_buf(this.program, log, BigInt(log.length)),
        "Cannot set the verifier's log",
      );
      const result = libbpf.bpf_object__load(this.#object);
      if (result < 0) throw explainLoad(native, -result, log);
      this.programFd = native.checkNegative(
        libbpf.bpf_program__fd(this.program),
        "Cannot load the BPF program",
      );
    } catch (error) {
      libbpf.bpf_object__close(this.#object);
      throw error;
    }
    this.#unregister = registerHandle(`BPF object ${options.program}`);
  }

  #map(name: string): Deno.PointerObject {
    return this.#native.checkPointer(
      this.#native.libbpf.bpf_object__find_map_by_name(this.#object, cString(name)),
      `Cannot find the BPF map "${name}"`,
    );
  }

  /** Its instructions, for other plans; the program must have been loaded for multi links. */
  image(): ProgramImage {
    const { libbpf } = this.#native;
    const pointer = this.#native.checkPointer(
      libbpf.bpf_program__insns(this.program),
      "Cannot read the program's instructions",
    );
    const instructions = allocate(Number(libbpf.bpf_program__insn_cnt(this.program)) * INSTRUCTION_BYTES);
    new Deno.UnsafePointerView(pointer).copyInto(instructions);
    const names = [".rodata", ...this.#mapNames];
    return new ProgramImage(
      instructions,
      new Map(names.map((name) => [libbpf.bpf_map__fd(this.#map(name)), name])),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.libbpf.bpf_object__close(this.#object);
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** What a failed load means. The verifier's own words are at the end of its log, before its statistics. */
function explainLoad(native: Native, errno: number, log: Uint8Array): Error {
  const end = log.indexOf(0);
  const lines = new TextDecoder().decode(log.subarray(0, end < 0 ? log.length : end)).split("\n")
    .filter((line) => line !== "" && !/^(processed|verification time|stack depth|max_states)/.test(line));
  const messages = native.messages.join("\n");
  if (errno === Errno.EPERM || errno === Errno.EACCES && lines.length === 0) {
    return new EnvironmentError(`The kernel does not allow BPF programs here: ${native.describe(errno)}`, {
      hint:
        "Run as root. In a container, add CAP_BPF and CAP_PERFMON and allow bpf(2) in its seccomp profile.",
      cause: new Error(messages),
    });
  }
  if (/BTF is required|failed to find valid kernel BTF|vmlinux BTF/i.test(messages)) {
    return new EnvironmentError("The kernel has no BTF (/sys/kernel/btf/vmlinux)", {
      hint: "Use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as all current distributions' are.",
      cause: new Error(messages),
    });
  }
  const said = lines.slice(-LOG_LINES_SHOWN).map((line) => line.trim()).join(" | ");
  return new RuntimeError(
    `The kernel refuses the BPF program: ${native.describe(errno)} (errno ${errno})` +
      (said === "" ? "" : `; the verifier's last lines: ${said}`),
    {
      hint: "Report this with the kernel's version (`uname -r`) and the output of `--explain`.",
      cause: new Error(messages),
    },
  );
}
