import { DAMAGED_HINT, FormatError } from "../base/mod.ts";
import { R_RELATIVE, SHF, SHT } from "./constants.ts";
import type { ElfFile } from "./elf_file.ts";

/** The size of `Elf64_Rela`. */
const RELA_SIZE = 24;

/** Relocations that are read at once. */
const CHUNK_ENTRIES = 16384;

/**
 * What the dynamic linker (or a static PIE's start-up code) writes into the pointers of a position-independent
 * executable, less the load base. GNU ld leaves those words zero in the file, so a pointer read from the file alone
 * is nothing there.
 */
export class RelativeRelocations {
  readonly #elf: ElfFile;
  #sorted: { readonly address: Float64Array; readonly addend: Float64Array } | undefined;

  constructor(elf: ElfFile) {
    this.#elf = elf;
  }

  /** How many there are: 0 in an executable of fixed address. */
  get size(): number {
    return this.#read().address.length;
  }

  /**
   * The pointer at a virtual address: the relocation's addend where there is one, else the word in the file.
   *
   * @throws {FormatError} when the word does not lie in a loaded segment's bytes, or is no possible address.
   */
  pointerAt(address: number): number {
    const { address: addresses, addend } = this.#read();
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((addresses[middle] ?? 0) < address) low = middle + 1;
      else high = middle;
    }
    if (addresses[low] === address) return addend[low] ?? 0;
    const bytes = this.#elf.readAddress(address, 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const pointer = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
    if (!Number.isSafeInteger(pointer)) {
      throw new FormatError(
        `Cannot follow the pointer at address 0x${address.toString(16)}: it is no address`,
        { hint: DAMAGED_HINT },
      );
    }
    return pointer;
  }

  /** The addresses that relocations write this pointer to. */
  *addressesOf(pointer: number): Generator<number> {
    const { address, addend } = this.#read();
    for (let at = addend.indexOf(pointer); at >= 0; at = addend.indexOf(pointer, at + 1)) yield address[at]!;
  }

  #read(): { readonly address: Float64Array; readonly addend: Float64Array } {
    return this.#sorted ??= sortPairs(readRelative(this.#elf));
  }
}

interface Pairs {
  readonly address: Float64Array;
  readonly addend: Float64Array;
}

/** `R_*_RELATIVE` of the loaded `RELA` sections. Source: the psABI of x86-64 and of AArch64. */
function readRelative(elf: ElfFile): Pairs {
  const relative = R_RELATIVE[elf.header.machine];
  const sections = elf.sections.filter((section) =>
    section.type === SHT.RELA && (section.flags & SHF.ALLOC) !== 0
  );
  const sources = sections.map((section) => elf.sectionData(section));
  const total = sources.reduce((sum, { size }) => sum + Math.floor(size / RELA_SIZE), 0);
  // Each section lies in the file; overlapping ones would still multiply it.
  if (total * RELA_SIZE > elf.source.size) {
    throw new FormatError(`Cannot read the relocations: ${total} are claimed`, { hint: DAMAGED_HINT });
  }
  const address = new Float64Array(total);
  const addend = new Float64Array(total);
  let count = 0;
  for (const source of sources) {
    const entries = Math.floor(source.size / RELA_SIZE);
    for (let first = 0; first < entries; first += CHUNK_ENTRIES) {
      const bytes = source.read(first * RELA_SIZE, Math.min(CHUNK_ENTRIES, entries - first) * RELA_SIZE);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = 0; at < bytes.length; at += RELA_SIZE) {
        if (view.getUint32(at + 8, true) !== relative) continue;
        address[count] = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
        addend[count] = view.getUint32(at + 20, true) * 2 ** 32 + view.getUint32(at + 16, true);
        count++;
      }
    }
  }
  return { address: address.subarray(0, count), addend: addend.subarray(0, count) };
}

/** Linkers write them in order of address (`-z combreloc`), Go's included; anything else is sorted here. */
function sortPairs(pairs: Pairs): Pairs {
  const { address, addend } = pairs;
  let ascending = true;
  for (let i = 1; i < address.length && ascending; i++) {
    ascending = (address[i] ?? 0) >= (address[i - 1] ?? 0);
  }
  if (ascending) return pairs;
  const order = new Uint32Array(address.length).map((_, i) => i).sort((a, b) =>
    (address[a] ?? 0) - (address[b] ?? 0)
  );
  return {
    address: Float64Array.from(order, (i) => address[i] ?? 0),
    addend: Float64Array.from(order, (i) => addend[i] ?? 0),
  };
}
