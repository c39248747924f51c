import { type ElfFile, readSymbols, type RelativeRelocations, type SymbolTable } from "../elf/mod.ts";
import { FunctionFacts } from "./function_facts.ts";
import { Pclntab } from "./pclntab.ts";

/** One function of an executable. */
export interface GoFunction {
  readonly name: string;
  /** Virtual address of its first instruction. */
  readonly address: number;
  /** Bytes; from pclntab an upper bound, with the padding behind it. */
  readonly size: number;
}

/** The functions of a Go executable, from its symbol table where it has one, else from pclntab. */
export class FunctionTable {
  /** Where they are from. */
  readonly source: ".symtab" | "pclntab";
  readonly #elf: ElfFile;
  readonly #relocations: RelativeRelocations | undefined;
  readonly #symbols: SymbolTable | undefined;
  #pclntab: Pclntab | undefined;
  #facts: FunctionFacts | undefined;

  /**
   * @throws {TargetError} when the executable has neither table.
   * @throws {FormatError} when the table is damaged.
   */
  constructor(elf: ElfFile, relocations?: RelativeRelocations) {
    this.#elf = elf;
    this.#relocations = relocations;
    this.#symbols = readSymbols(elf);
    if (this.#symbols === undefined) this.#pclntab = new Pclntab(elf, relocations);
    this.source = this.#symbols === undefined ? "pclntab" : ".symtab";
  }

  /**
   * What pclntab says of single functions, also where the names are from the symbol table.
   *
   * @throws {TargetError} when the executable has no pclntab.
   * @throws {FormatError} when it is damaged.
   */
  get facts(): FunctionFacts {
    return this.#facts ??= new FunctionFacts(this.#elf, this.pclntab);
  }

  /** The table of functions as the runtime has it. Throws as {@linkcode facts}. */
  get pclntab(): Pclntab {
    return this.#pclntab ??= new Pclntab(this.#elf, this.#relocations);
  }

  /** All functions of exactly that name, by address. */
  find(name: string): GoFunction[] {
    const found = this.#symbols?.find(name).filter(({ type }) => type === "function") ??
      this.#pclntab?.find(name) ?? [];
    return found.map(toFunction).sort(byAddress);
  }

  /** All functions whose names contain `text`, by address; all functions for an empty one. */
  containing(text: string): GoFunction[] {
    const found = this.#symbols?.containing(text) ?? this.#pclntab?.containing(text) ?? [];
    return found.map(toFunction).sort(byAddress);
  }

  /** All functions, each made when it is asked for. */
  *functions(): Generator<GoFunction> {
    for (const found of this.#symbols?.functions() ?? this.#pclntab?.functions() ?? []) {
      yield toFunction(found);
    }
  }
}

function toFunction({ name, address, size }: GoFunction): GoFunction {
  return { name, address, size };
}

function byAddress(a: GoFunction, b: GoFunction): number {
  return a.address - b.address;
}
