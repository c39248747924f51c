import { DAMAGED_HINT, FormatError } from "../base/mod.ts";
import type { FuncData } from "./func_data.ts";
import type { PcValues } from "./pc_values.ts";
import type { Pclntab } from "./pclntab.ts";

/** The most calls inlined into one function; parents are numbers of 16 bits to Go 1.19. */
const MAX_ENTRIES = 1 << 16;

/** Which functions were inlined into which: all those whose code, or a part of it, is a copy in another's. */
export class InlineTrees {
  readonly #pclntab: Pclntab;
  readonly #data: FuncData;
  readonly #values: PcValues;

  constructor(pclntab: Pclntab, data: FuncData, values: PcValues) {
    this.#pclntab = pclntab;
    this.#data = data;
    this.#values = values;
  }

  /**
   * The names of what was inlined into a function, by its index; each once. Undefined when it is not known.
   *
   * @throws {FormatError} when the tables are damaged.
   */
  namesIn(index: number): string[] | undefined {
    if (!this.#data.isKnown) return undefined;
    const names = new Set<number>();
    this.#each(index, (name) => names.add(name));
    return [...names].map((offset) => this.#pclntab.names.at(offset));
  }

  /**
   * The indexes of all functions into which one was inlined whose name is at one of these offsets. Looks at every
   * function: some 0.2 s for 120,000, so it is for errors.
   *
   * @throws {FormatError} when the tables are damaged.
   */
  functionsWith(wanted: ReadonlySet<number>): number[] {
    const found: number[] = [];
    if (wanted.size === 0 || !this.#data.isKnown) return found;
    // Tables may overlap in a damaged file, so that each function would take as long as all of them together.
    const budget = 4 * this.#pclntab.location.table.size;
    const before = this.#values.steps;
    let entries = 0;
    for (let index = 0; index < this.#pclntab.size; index++) {
      let has = false;
      entries += this.#each(index, (name) => has ||= wanted.has(name));
      if (has) found.push(index);
      if (entries > budget || this.#values.steps - before > budget) {
        throw new FormatError("Cannot read .gopclntab: its inline trees are larger than the table", {
          hint: DAMAGED_HINT,
        });
      }
    }
    return found;
  }

  /** Calls back with the offset of each inlined function's name; returns how many there were. */
  #each(index: number, callback: (nameOffset: number) => void): number {
    const { inlineTree, inlineTreeLayout: { entryBytes, name } } = this.#data;
    const record = this.#pclntab.record(index);
    const values = record.pcData(inlineTree.pcData);
    if (values === 0) return 0;
    const address = this.#data.addressOf(index, record, inlineTree.funcData);
    if (address === undefined) return 0;
    // The tree does not say how many entries it has; the values by pc are indexes into it.
    const count = Math.min(MAX_ENTRIES, this.#values.largest(values) + 1);
    if (count <= 0) return 0;
    const bytes = this.#data.read(address, count * entryBytes);
    if (bytes === undefined || bytes.length < count * entryBytes) {
      throw new FormatError(
        `Cannot read an inline tree at address 0x${address.toString(16)}: it is outside the file`,
        { hint: DAMAGED_HINT },
      );
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let entry = 0; entry < count; entry++) callback(view.getUint32(entry * entryBytes + name, true));
    return count;
  }
}
