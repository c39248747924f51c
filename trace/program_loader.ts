import {
  AttachType,
  BPF_F_SLEEPABLE,
  type BpfMap,
  BpfObject,
  type Native,
  type ProgramImage,
} from "../ffi/mod.ts";
import { readObject } from "./object.ts";

/** The objects, and the program that each has. */
const PROGRAMS = { gohttpsnoop: "entry", search: "entry", call: "call" } as const;

/** A loaded program, ready to be attached. */
export interface LoadedProgram extends Disposable {
  readonly programFd: number;
  /** As libbpf has it, which attaches perf events. */
  readonly program?: Deno.PointerObject;
}

/** How programs are loaded. */
export interface LoaderOptions {
  /** They are attached by uprobe_multi links. */
  readonly multi: boolean;
  readonly sleepable: boolean;
}

/**
 * Loads programs, each with a plan. libbpf reads an object, and relocates it for this kernel, once in a run: further
 * plans take the instructions that it has made. Perf events need libbpf's own programs.
 */
export class ProgramLoader {
  readonly #native: Native;
  readonly #options: LoaderOptions;
  readonly #images = new Map<keyof typeof PROGRAMS, ProgramImage>();

  constructor(native: Native, options: LoaderOptions) {
    this.#native = native;
    this.#options = options;
  }

  /**
   * @param object which of the objects
   * @param rodata the plan
   * @param maps that stand in for the object's own, by name
   * @throws {EnvironmentError} when the kernel does not allow or support it.
   * @throws {RuntimeError} when the verifier refuses the program.
   */
  load(
    object: keyof typeof PROGRAMS,
    rodata: Uint8Array<ArrayBuffer>,
    maps: Readonly<Record<string, BpfMap>>,
  ): LoadedProgram {
    const { multi, sleepable } = this.#options;
    const flags = sleepable ? BPF_F_SLEEPABLE : 0;
    const image = this.#images.get(object);
    if (image !== undefined) {
      const loaded = image.load(this.#native, { rodata, maps, flags });
      if (loaded !== undefined) return loaded;
    }
    using stack = new DisposableStack();
    const first = stack.use(
      new BpfObject(this.#native, {
        bytes: readObject(object),
        program: PROGRAMS[object],
        rodata,
        maps,
        flags,
        ...multi ? { expectedAttachType: AttachType.UprobeMulti } : {},
      }),
    );
    if (multi) this.#images.set(object, first.image());
    stack.move();
    return first;
  }
}
