import { FormatError, TargetError } from "../base/mod.ts";
import type { ElfFile, RelativeRelocations } from "../elf/mod.ts";
import { DwarfTypes } from "./dwarf_types.ts";
import type { DescribedSignature, GoSignature, GoType, TypeOrigin, TypeSource } from "./go_type.ts";
import type { Pclntab } from "./pclntab.ts";
import { RuntimeTypes } from "./runtime_types.ts";

/** A type, and where it is known from. */
export interface KnownType {
  readonly type: GoType;
  readonly origin: TypeOrigin;
}

/** A signature, and where it is known from. */
export interface KnownSignature {
  readonly signature: GoSignature;
  readonly origin: TypeOrigin;
}

/**
 * The types of an executable: from DWARF, else from the runtime's type metadata. Each is opened when it is needed. Where
 * one of them is damaged, or of a form that is not known, the other is asked.
 */
export class ExecutableTypes {
  readonly #elf: ElfFile;
  readonly #relocations: RelativeRelocations;
  readonly #pclntab: () => Pclntab;
  readonly #problems = new Map<TypeOrigin, FormatError>();
  #dwarf: DwarfTypes | undefined | null = null;
  #runtime: RuntimeTypes | undefined | null = null;

  /** @param pclntab gives the table of functions, by which the runtime's are found */
  constructor(elf: ElfFile, relocations: RelativeRelocations, pclntab: () => Pclntab) {
    this.#elf = elf;
    this.#pclntab = pclntab;
    this.#relocations = relocations;
  }

  /** Why a source could not be read, for those that were tried and could not. */
  get problems(): ReadonlyMap<TypeOrigin, FormatError> {
    return this.#problems;
  }

  /** The debugging information's; undefined when there is none, or it cannot be read. */
  get dwarf(): DwarfTypes | undefined {
    if (this.#dwarf === null) this.#dwarf = this.#attempt("DWARF", () => DwarfTypes.open(this.#elf));
    return this.#dwarf;
  }

  /** The runtime's; undefined when they cannot be read. */
  get runtime(): RuntimeTypes | undefined {
    if (this.#runtime === null) {
      const open = () => {
        const { location, module } = this.#pclntab();
        return new RuntimeTypes(this.#elf, this.#relocations, { pclntab: location, module });
      };
      this.#runtime = this.#attempt("the runtime's type metadata", open);
    }
    return this.#runtime;
  }

  /** The type of that name; undefined when no source has it. */
  find(name: string): KnownType | undefined {
    return this.#ask((source) => {
      const type = source.find(name);
      return type && { type, origin: source.origin };
    });
  }

  /**
   * {@linkcode find} for a type that is needed.
   *
   * @throws {TargetError} saying why no source has it.
   */
  require(name: string): KnownType {
    const found = this.find(name);
    if (found !== undefined) return found;
    const reasons = [...this.#problems.values()].map(({ message }) => message);
    const why = reasons.length > 0
      ? reasons.join("; ")
      : "neither DWARF nor the runtime's type metadata has it";
    throw new TargetError(`the layout of ${name} is not known: ${why}`, {
      hint: "Name a server that uses net/http, or build it without -s and -w.",
    });
  }

  /** What a function takes and gives; undefined when no source knows it. */
  signatureOf(symbol: string, address: number): KnownSignature | undefined {
    return this.#ask((source) => {
      const signature = source.signatureOf(symbol, address);
      return signature && { signature, origin: source.origin };
    });
  }

  /**
   * What is described of a function's signature, also where it may be less than the function has; undefined when no
   * source knows anything. To decide what a function is, {@linkcode signatureOf} is safer.
   */
  describedSignature(symbol: string, address: number): DescribedSignature & KnownSignature | undefined {
    const { dwarf } = this;
    const described = dwarf && this.#attempt(dwarf.origin, () => dwarf.describedSignature(symbol, address));
    if (dwarf && described) return { ...described, origin: dwarf.origin };
    const { runtime } = this;
    const signature = runtime && this.#attempt(runtime.origin, () => runtime.signatureOf(symbol, address));
    return runtime && signature &&
      { signature, origin: runtime.origin, lacksBlanks: false, lacksResults: false };
  }

  /**
   * Link-time address of the descriptor of the type of that name: in a process, more by the load bias, the type word of an
   * interface that holds such a value. Undefined when the executable has none, so that no interface can hold one.
   *
   * Types that are declared in functions may share a name; of them it is the first one that is found.
   */
  descriptorAddress(typeName: string): number | undefined {
    const { runtime } = this;
    return runtime && this.#attempt(runtime.origin, () => runtime.descriptorAddress(typeName));
  }

  /**
   * The name of the type whose descriptor is at that link-time address: {@linkcode descriptorAddress} the other way.
   * Undefined when none is there, as of types that a process made by reflection.
   */
  typeNameAt(address: number): string | undefined {
    const { runtime } = this;
    return runtime && this.#attempt(runtime.origin, () => runtime.typeNameAt(address));
  }

  /** Whether a function is a handler for certain: by DWARF, or by the runtime's metadata where there is none. */
  isHandler(symbol: string, address: number): boolean {
    const source = this.dwarf ?? this.runtime;
    return (source && this.#attempt(source.origin, () => source.isHandler(symbol, address))) ?? false;
  }

  /**
   * The entries of all that {@linkcode isHandler} is true of.
   *
   * @throws {FormatError} when what describes them is damaged.
   */
  handlers(): Set<number> {
    const found = new Set<number>();
    if (this.dwarf !== undefined) {
      for (const { address, isHandler } of this.dwarf.functions()) if (isHandler) found.add(address);
    } else {
      for (const { address } of this.runtime?.handlers() ?? []) found.add(address);
    }
    return found;
  }

  /**
   * The entries of methods that are no handlers for certain, by the runtime's metadata.
   *
   * @throws {FormatError} when it is damaged.
   */
  otherMethods(): Set<number> {
    return new Set(this.runtime?.otherMethods() ?? []);
  }

  #ask<T>(question: (source: TypeSource) => T | undefined): T | undefined {
    const { dwarf } = this;
    const answer = dwarf && this.#attempt(dwarf.origin, () => question(dwarf));
    if (answer !== undefined) return answer;
    const { runtime } = this;
    return runtime && this.#attempt(runtime.origin, () => question(runtime));
  }

  /** A source that turns out to be damaged is as good as none; what it was is kept. */
  #attempt<T>(origin: TypeOrigin, action: () => T | undefined): T | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      if (!this.#problems.has(origin)) this.#problems.set(origin, error);
      return undefined;
    }
  }
}
