import { BpfMap, MapType } from "./bpf_map.ts";
import { registerHandle } from "./handles.ts";
import { INSTRUCTION_BYTES, loadProgram } from "./load_program.ts";
import { allocate, type Native } from "./native.ts";

/** `ldimm64`, the one instruction of two slots: it takes the address of a map, or of a value in one. */
const LDIMM64 = 0x18;
/** Source registers of that instruction, which say what its number is: a map's descriptor. */
const BPF_PSEUDO_MAP_FD = 1;
const BPF_PSEUDO_MAP_VALUE = 2;

/** A place where an instruction has the descriptor of a map. */
interface MapReference {
  /** Bytes from the first instruction. */
  readonly offset: number;
  /** The map's name in its object. */
  readonly map: string;
}

/**
 * The instructions of a program as libbpf has relocated them for this kernel: what all plans have in common. To load
 * them again with another plan takes a fraction of the time: the object is not read again, and neither is the
 * kernel's BTF.
 */
export class ProgramImage {
  readonly #instructions: Uint8Array<ArrayBuffer>;
  readonly #references: readonly MapReference[];

  /**
   * @param instructions of a loaded program, copied
   * @param maps the names of the maps whose descriptors they have; `.rodata` is the plan's
   */
  constructor(instructions: Uint8Array<ArrayBuffer>, maps: ReadonlyMap<number, string>) {
    this.#instructions = instructions;
    this.#references = findReferences(instructions, maps);
  }

  /**
   * Loads the instructions with another plan and other maps. Undefined when the kernel refuses the program: libbpf tells
   * why.
   */
  load(native: Native, { rodata, maps, flags }: ImageOptions): LoadedImage | undefined {
    using stack = new DisposableStack();
    const plan = stack.use(
      new BpfMap(native, {
        name: ".rodata",
        type: MapType.Array,
        keySize: 4,
        valueSize: rodata.length,
        maxEntries: 1,
        readOnly: true,
      }),
    );
    plan.update(0, rodata);
    plan.freeze();
    const instructions = allocate(this.#instructions.length);
    instructions.set(this.#instructions);
    const view = new DataView(instructions.buffer);
    for (const { offset, map } of this.#references) {
      const { fd } = map === ".rodata" ? plan : maps[map] ?? missing(map);
      view.setInt32(offset + 4, fd, true);
    }
    const programFd = loadProgram(native, instructions, flags);
    return programFd < 0 ? undefined : new LoadedImage(native, programFd, stack.move());
  }
}

/** What an image is loaded with. */
export interface ImageOptions {
  /** The whole of `.rodata`. */
  readonly rodata: Uint8Array<ArrayBuffer>;
  /** By their names in the object. */
  readonly maps: Readonly<Record<string, BpfMap>>;
  /** BPF_PROG_LOAD's flags. */
  readonly flags: number;
}

/** A program that was loaded from an image, for multi links. */
export class LoadedImage implements Disposable {
  readonly #native: Native;
  readonly #resources: Disposable;
  readonly #unregister = registerHandle("BPF program");
  #closed = false;

  constructor(
    native: Native,
    /** Its descriptor. */
    readonly programFd: number,
    resources: Disposable,
  ) {
    this.#native = native;
    this.#resources = resources;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#native.libc.close(this.programFd);
    this.#resources[Symbol.dispose]();
    this.#unregister();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function findReferences(
  instructions: Uint8Array<ArrayBuffer>,
  maps: ReadonlyMap<number, string>,
): MapReference[] {
  const view = new DataView(instructions.buffer);
  const references: MapReference[] = [];
  for (let offset = 0; offset < instructions.length; offset += INSTRUCTION_BYTES) {
    if (view.getUint8(offset) !== LDIMM64) continue;
    const source = view.getUint8(offset + 1) >> 4;
    if (source === BPF_PSEUDO_MAP_FD || source === BPF_PSEUDO_MAP_VALUE) {
      const fd = view.getInt32(offset + 4, true);
      references.push({ offset, map: maps.get(fd) ?? missing(`with descriptor ${fd}`) });
    }
    offset += INSTRUCTION_BYTES;
  }
  return references;
}

function missing(map: string): never {
  throw new TypeError(`the program has a map ${map} that nobody named`);
}
