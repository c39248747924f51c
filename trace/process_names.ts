import { TargetError } from "../base/mod.ts";
import type { ElfFile } from "../elf/mod.ts";
import { GoExecutable } from "../go/mod.ts";
import { FileSource } from "./file_source.ts";
import { isSystemError, readTextIfThere } from "./files.ts";
import { fileVersion } from "./target.ts";

/** How long what is known of a process is believed: another may have its number by then. */
const BELIEVED_MS = 5000;

/** What lies where in a process's memory. */
interface Image {
  readonly executable: GoExecutable;
  /** What is added to the executable's addresses. */
  readonly base: number;
}

interface KnownProcess {
  readonly comm: string | undefined;
  readonly until: number;
  /** Null as long as it was not asked for. */
  image: Image | undefined | null;
  /** Of functions and of types, by their addresses. */
  readonly names: Map<number, string | undefined>;
}

/** Names of processes, and of functions and types in their memory, asked of /proc and of their executables. */
export class ProcessNames implements Disposable {
  readonly #known = new Map<number, KnownProcess>();
  /** By what a file is and how it stands: processes share their executables. */
  readonly #executables = new Map<string, GoExecutable>();
  readonly #sources: FileSource[] = [];
  readonly #fallback: string | undefined;

  /** @param fallback the executable of processes that have ended before their names were asked for */
  constructor(fallback?: string) {
    this.#fallback = fallback;
  }

  /** A process's name, as `ps` has it; undefined when it is gone. */
  comm(pid: number): string | undefined {
    return this.#process(pid).comm;
  }

  /** The function that begins at an address of a process's memory; undefined when it cannot be told. */
  functionAt(pid: number, pc: number): string | undefined {
    return this.#name(pid, pc, ({ functions }, address) => functions.facts.nameAt(address));
  }

  /** The type whose descriptor is at an address of a process's memory; undefined when it cannot be told. */
  typeAt(pid: number, address: number): string | undefined {
    return this.#name(pid, address, ({ types }, address) => types.typeNameAt(address));
  }

  /** @param ask for the name of what is at an address, as the executable has it */
  #name(
    pid: number,
    address: number,
    ask: (executable: GoExecutable, address: number) => string | undefined,
  ): string | undefined {
    const process = this.#process(pid);
    if (process.image === null) process.image = this.#readImage(pid);
    const { image, names } = process;
    if (image === undefined) return undefined;
    if (!names.has(address)) names.set(address, ask(image.executable, address - image.base));
    return names.get(address);
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source[Symbol.dispose]();
    this.#sources.length = 0;
    this.#known.clear();
  }

  #process(pid: number): KnownProcess {
    const known = this.#known.get(pid);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known;
    const comm = readTextIfThere(`/proc/${pid}/comm`)?.trimEnd();
    const same = known !== undefined && known.comm === comm;
    const process: KnownProcess = {
      comm,
      until: now + BELIEVED_MS,
      image: same ? known.image : null,
      names: same ? known.names : new Map(),
    };
    this.#known.set(pid, process);
    return process;
  }

  #readImage(pid: number): Image | undefined {
    try {
      const executable = this.#executable(`/proc/${pid}/exe`);
      if (executable === undefined) return this.#ended();
      const { elf } = executable;
      const base = elf.header.type === "EXEC" ? 0 : loadBase(pid, elf);
      return base === undefined ? undefined : { executable, base };
    } catch (error) {
      // It has ended, or may not be read: what is in it has no names.
      if (error instanceof TargetError || isSystemError(error)) return undefined;
      throw error;
    }
  }

  /** Where a position-independent one was is not known any more. */
  #ended(): Image | undefined {
    const executable = this.#fallback === undefined ? undefined : this.#executable(this.#fallback);
    return executable?.elf.header.type === "EXEC" ? { executable, base: 0 } : undefined;
  }

  #executable(path: string): GoExecutable | undefined {
    const version = fileVersion(path);
    if (version === undefined) return undefined;
    const key = JSON.stringify(version);
    const known = this.#executables.get(key);
    if (known !== undefined) return known;
    const source = new FileSource(path);
    this.#sources.push(source);
    const executable = new GoExecutable(source);
    this.#executables.set(key, executable);
    return executable;
  }
}

/** What is added to a position-independent executable's addresses, by where its first segment is mapped. */
function loadBase(pid: number, { loads: [first] }: ElfFile): number | undefined {
  const path = Deno.readLinkSync(`/proc/${pid}/exe`);
  for (const line of (readTextIfThere(`/proc/${pid}/maps`) ?? "").split("\n")) {
    const [, start = "", offset = "", name] = /^([0-9a-f]+)-\S+ \S+ ([0-9a-f]+) \S+ \d+ +(.*)$/.exec(line) ??
      [];
    if (name !== path || first === undefined) continue;
    return parseInt(start, 16) - parseInt(offset, 16) + first.offset - first.address;
  }
  return undefined;
}
