import { type ElfFile, readSymbols, type RelativeRelocations, type SymbolTable } from "../elf/mod.ts";
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
  readonly #symbols: SymbolTable | undefined;
  readonly #pclntab: Pclntab | undefined;

  /**
   * @throws {TargetError} when the executable has neither table.
   * @throws {FormatError} when the table is damaged.
   */
  constructor(elf: ElfFile, relocations?: RelativeRelocations) {
    this.#symbols = readSymbols(elf);
    this.#pclntab = this.#symbols === undefined ? new Pclntab(elf, relocations) : undefined;
    this.source = this.#symbols === undefined ? "pclntab" : ".symtab";
  }

  /** All functions of exactly that name, by address. */
  find(name: string): GoFunction[] {
    const found = this.#symbols?.find(name).filter(({ type }) => type === "function") ??
      this.#pclntab?.find(name) ?? [];
    return found.map(toFunction).sort((a, b) => a.address - b.address);
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
