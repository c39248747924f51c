import { Cursor } from "../base/mod.ts";
import type { ElfFile } from "../elf/mod.ts";
import type { FunctionRecord } from "./function_record.ts";
import type { Pclntab } from "./pclntab.ts";

/** An index into a function's tables of values by pc, and one into its references to other data. */
export interface InlineTreePlace {
  readonly pcData: number;
  readonly funcData: number;
}

/** `FUNCDATA_ArgsPointerMaps`, in all versions. */
export const ARGS_POINTER_MAPS = 0;

/** `FUNCDATA_ArgInfo`, from Go 1.17: how the arguments are made up, for traces of panics. */
export const ARGS_INFO = 5;

/** The place from Go 1.16; before, those of 1.12, and of 1.13 to 1.15. Source: Go's src/runtime/funcdata.h. */
const SINCE_1_16: InlineTreePlace = { pcData: 2, funcData: 3 };
const BEFORE_1_16: readonly InlineTreePlace[] = [{ pcData: 2, funcData: 4 }, { pcData: 1, funcData: 2 }];

const NO_REFERENCE = 0xffffffff;
const MAX_BITMAPS = 0x10000;

/** An inlined call in an inline tree. Source: `inlinedCall` in Go's src/runtime/symtab.go and symtabinl.go. */
export interface InlineTreeLayout {
  readonly entryBytes: 16 | 20;
  /** Where in an entry the offset of the inlined function's name is. */
  readonly name: 4 | 12;
}

/** The data that a function's record refers to: bitmaps of its pointers, and the tree of what was inlined into it. */
export class FuncData {
  readonly inlineTreeLayout: InlineTreeLayout;
  readonly #elf: ElfFile;
  readonly #pclntab: Pclntab;
  /** What references count from; 0 where they are addresses, undefined where it cannot be found. */
  readonly #base: number | undefined;
  #inlineTree: InlineTreePlace | undefined;

  /** @throws {FormatError} when the tables are damaged. */
  constructor(elf: ElfFile, pclntab: Pclntab) {
    this.#elf = elf;
    this.#pclntab = pclntab;
    const { format } = pclntab.location.header;
    this.inlineTreeLayout = format === "1.20" ? { entryBytes: 16, name: 4 } : { entryBytes: 20, name: 12 };
    this.#base = pclntab.layout.funcDataSize === 8 ? 0 : this.#findBase();
  }

  /**
   * Where functions refer to the trees of what was inlined into them.
   *
   * @throws {FormatError} when a function's record is damaged.
   */
  get inlineTree(): InlineTreePlace {
    const { format } = this.#pclntab.location.header;
    return this.#inlineTree ??= format === "1.2" ? this.#chooseInlineTree() : SINCE_1_16;
  }

  /** Whether references can be followed. */
  get isKnown(): boolean {
    return this.#base !== undefined;
  }

  /** The address that a function's record refers to; undefined when it does not. */
  addressOf(index: number, record: FunctionRecord, reference: number): number | undefined {
    return this.#base === undefined ? undefined : this.#follow(index, record, reference, this.#base);
  }

  /**
   * Up to `length` bytes at an address, as they are in the file; undefined where none are.
   */
  read(address: number, length: number): Uint8Array | undefined {
    const segment = this.#elf.segmentAt(address);
    if (segment === undefined) return undefined;
    const rest = segment.address + segment.fileSize - address;
    return this.#elf.source.read(segment.offset + (address - segment.address), Math.min(length, rest));
  }

  /** The size of each bitmap of pointers, and how many there are; undefined where none can be. */
  bitmaps(address: number): { readonly count: number; readonly bits: number } | undefined {
    const bytes = this.read(address, 8);
    if (bytes === undefined || bytes.length < 8) return undefined;
    const cursor = new Cursor(bytes, { name: "a bitmap of arguments" });
    const [count, bits] = [cursor.u32(), cursor.u32()];
    return count > 0 && count < MAX_BITMAPS ? { count, bits } : undefined;
  }

  #follow(index: number, record: FunctionRecord, reference: number, base: number): number | undefined {
    const place = record.funcDataPlace(reference);
    if (place === undefined) return undefined;
    const { location: { address }, columns, layout, relocations } = this.#pclntab;
    if (layout.funcDataSize === 4) {
      const offset = record.u32At(place);
      return offset === NO_REFERENCE ? undefined : base + offset;
    }
    return relocations.pointerAt(address + (columns.places[index] ?? 0) + place) || undefined;
  }

  /** Go 1.12 and 1.13 write the same table, and mean another reference: a tree begins with a call that has no parent. */
  #chooseInlineTree(): InlineTreePlace {
    for (let index = 0; index < this.#pclntab.size; index++) {
      const record = this.#pclntab.record(index);
      for (const place of BEFORE_1_16) {
        if (record.pcData(place.pcData) === 0) continue;
        const address = this.addressOf(index, record, place.funcData);
        const [low, high, , pad] = address === undefined ? [] : this.read(address, 4) ?? [];
        if (low === 0xff && high === 0xff && pad === 0) return place;
      }
    }
    return BEFORE_1_16[0]!;
  }

  /** `go:func.*`, by the module data. */
  #findBase(): number | undefined {
    return this.#pclntab.module?.parts?.gofunc;
  }
}
