import { type Source, TargetError } from "../base/mod.ts";
import { ElfFile, RelativeRelocations } from "../elf/mod.ts";
import { ExecutableTypes } from "./executable_types.ts";
import { FunctionTable, type GoFunction } from "./function_table.ts";
import { isNewerThanKnown, NEWEST_KNOWN_GO } from "./go_version.ts";
import { type GoIdentity, identifyGo } from "./identify.ts";

/** No function's prologue, and the block that its branch leads to, needs more; a longer function is read in part. */
const CODE_BYTES = 64 * 1024;
const WHOLE_CODE_BYTES = 16 * 1024 * 1024;

/** A Go executable, read as far as it is asked for: its functions, their code, and the types. */
export class GoExecutable {
  readonly elf: ElfFile;
  readonly identity: GoIdentity;
  readonly functions: FunctionTable;
  readonly types: ExecutableTypes;

  /**
   * @throws {TargetError} when it is not a Go program, or of a newer Go that cannot be read.
   * @throws {FormatError} when it is cut off or damaged.
   */
  constructor(source: Source) {
    const elf = new ElfFile(source);
    elf.checkComplete();
    const relocations = new RelativeRelocations(elf);
    this.elf = elf;
    this.identity = identifyGo(elf, { relocations });
    this.functions = this.explained(() => new FunctionTable(elf, relocations));
    this.types = new ExecutableTypes(elf, relocations, () => this.functions.pclntab);
  }

  /** As the executable states it; empty when it does not. */
  get goVersion(): string {
    return this.identity.goVersion;
  }

  /** What the user may want to know of the executable as a whole. */
  notes(): string[] {
    const problems = [...this.types.problems].map(([origin, { message }]) =>
      `${origin} cannot be used: ${message}`
    );
    if (!isNewerThanKnown(this.goVersion)) return problems;
    const { major, minor } = NEWEST_KNOWN_GO;
    return [
      `it is built by ${this.goVersion}, and this program knows Go to ${major}.${minor}: check what it shows`,
      ...problems,
    ];
  }

  /** Runs what reads the executable; when that fails and Go is newer than known, the error says so. */
  explained<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof TargetError) || !isNewerThanKnown(this.goVersion)) throw error;
      throw new TargetError(`${this.goVersion} is newer than this program knows: ${error.message}`, {
        hint: "Take a newer gohttpsnoop.",
        cause: error,
      });
    }
  }

  /** The function's bytes, the first 64 KiB of a longer one, where its stack check is. */
  code(found: GoFunction): Uint8Array {
    return this.#code(found, CODE_BYTES);
  }

  /** All of the function's bytes; of one that is larger than any that is known, the first 16 MiB. */
  wholeCode(found: GoFunction): Uint8Array {
    return this.#code(found, WHOLE_CODE_BYTES);
  }

  #code({ address, size }: GoFunction, most: number): Uint8Array {
    const segment = this.elf.segmentAt(address);
    const rest = segment === undefined ? 0 : segment.address + segment.fileSize - address;
    return this.elf.readAddress(address, Math.min(size, rest, most));
  }
}
