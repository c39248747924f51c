import type { ElfFile } from "../elf/mod.ts";
import { findCallees } from "../isa/mod.ts";
import type { FunctionFacts } from "./function_facts.ts";
import { parseFunctionName } from "./function_name.ts";
import type { GoFunction } from "./function_table.ts";
import { familyName } from "./name_match.ts";

/** A function is read so far to see whom it calls; wrappers have a hundred bytes. */
const CODE_BYTES = 64 * 1024;

/** `call rel32`; a `jmp` is one more. */
const CALL_REL32 = 0xe8;
const CALL_BYTES = 5;

/** Code that is kept: all wrappers of a 141 MB executable have 5 MB. */
const MAX_KEPT_BYTES = 32 << 20;

/** Whom functions call and what was inlined into them; each is looked at once. */
export class CallGraph {
  readonly #elf: ElfFile;
  readonly #facts: FunctionFacts;
  readonly #wrappers = new Map<number, boolean>();
  readonly #callees = new Map<number, ReadonlySet<number>>();
  readonly #inlined = new Map<number, readonly string[]>();
  readonly #code = new Map<number, Uint8Array>();
  #codeBytes = 0;

  constructor(elf: ElfFile, facts: FunctionFacts) {
    this.#elf = elf;
    this.#facts = facts;
  }

  /** Whether the compiler made it to call another. */
  isWrapper({ address }: GoFunction): boolean {
    let wrapper = this.#wrappers.get(address);
    if (wrapper === undefined) this.#wrappers.set(address, wrapper = this.#facts.isWrapper(address));
    return wrapper;
  }

  /**
   * Reads what will be asked of a function. Thousands are read in less time in the order of their addresses, in which
   * they lie in the file.
   */
  prepare(found: GoFunction): void {
    if (!this.isWrapper(found) || this.#codeBytes + found.size > MAX_KEPT_BYTES) return;
    this.#code.set(found.address, this.#readCode(found).slice());
    this.#codeBytes += found.size;
  }

  /** The addresses that it calls or jumps to directly, itself left out. */
  calleesOf(caller: GoFunction): ReadonlySet<number> {
    const { address } = caller;
    let callees = this.#callees.get(address);
    if (callees === undefined) {
      callees = findCallees(this.#codeOf(caller), { architecture: this.#elf.header.machine, address });
      this.#callees.set(address, callees);
    }
    return callees;
  }

  /** Those of these functions that it calls or jumps to directly. */
  calleesAmong(caller: GoFunction, among: ReadonlyMap<number, GoFunction>): GoFunction[] {
    const known = this.#callees.get(caller.address);
    if (known === undefined && !this.#mayCall(caller, among)) return [];
    return [...this.calleesOf(caller)].map((address) => among.get(address)).filter((found) =>
      found !== undefined
    );
  }

  /** Looks for the bytes of such a call at any place: to decode all instructions of thousands of wrappers takes longer. */
  #mayCall(caller: GoFunction, among: ReadonlyMap<number, GoFunction>): boolean {
    if (this.#elf.header.machine !== "x86_64") return true;
    const code = this.#codeOf(caller);
    for (let at = 0; at + CALL_BYTES <= code.length; at++) {
      if ((code[at]! & 0xfe) !== CALL_REL32) continue;
      const distance = code[at + 1]! | code[at + 2]! << 8 | code[at + 3]! << 16 | code[at + 4]! << 24;
      if (among.has(caller.address + at + CALL_BYTES + distance)) return true;
    }
    return false;
  }

  #codeOf(found: GoFunction): Uint8Array {
    return this.#code.get(found.address) ?? this.#readCode(found);
  }

  #readCode({ address, size }: GoFunction): Uint8Array {
    const segment = this.#elf.segmentAt(address);
    const rest = segment === undefined ? 0 : segment.address + segment.fileSize - address;
    return this.#elf.readAddress(address, Math.min(size, rest, CODE_BYTES));
  }

  /** Whether it calls or jumps to one of these addresses, other than its own. */
  calls(caller: GoFunction, addresses: ReadonlySet<number>): boolean {
    for (const callee of this.calleesOf(caller)) {
      if (callee !== caller.address && addresses.has(callee)) return true;
    }
    return false;
  }

  /** The families ({@linkcode familyName}) of what was inlined into it. */
  inlinedFamilies({ address }: GoFunction): readonly string[] {
    let families = this.#inlined.get(address);
    if (families === undefined) {
      families = this.#facts.inlinedInto(address)?.map(familyName) ?? [];
      this.#inlined.set(address, families);
    }
    return families;
  }
}

/** All functions with one own name, e.g. `ServeHTTP`: those among which a method's wrappers are. */
export class Namesakes {
  readonly #graph: CallGraph;
  readonly #byAddress = new Map<number, GoFunction>();
  readonly #families = new Map<string, GoFunction[]>();
  #wrappers: Wrappers | undefined;

  constructor(functions: readonly GoFunction[], graph: CallGraph) {
    this.#graph = graph;
    for (const found of functions) {
      const { suffix } = parseFunctionName(found.name);
      if (suffix !== "" && suffix !== "-fm") continue;
      this.#byAddress.set(found.address, found);
      append(this.#families, familyName(found.name), found);
    }
  }

  /**
   * All functions that the same source stands behind, by the name that they have in common; where only some instances
   * of a generic one are named, those, whom they call of the others, and who calls those.
   */
  familyOf(named: readonly GoFunction[], key: string): readonly GoFunction[] {
    const all = this.#families.get(key) ?? named;
    const isPart = named[0]!.name.includes("[") && all.length > named.length;
    if (!isPart || named[0]!.name.includes("[...]")) return all;
    const chosen = new Set(named.map(({ address }) => address));
    for (let size = -1; size !== chosen.size;) {
      size = chosen.size;
      for (const member of all) {
        if (!this.#graph.isWrapper(member)) continue;
        for (const callee of this.#graph.calleesOf(member)) {
          if (!this.#byAddress.has(callee)) continue;
          if (chosen.has(member.address)) chosen.add(callee);
          else if (chosen.has(callee)) chosen.add(member.address);
        }
      }
    }
    return all.filter(({ address }) => chosen.has(address));
  }

  /** Whom of all namesakes these call. */
  calledBy(callers: readonly GoFunction[]): GoFunction[] {
    const called = new Set(callers.flatMap((caller) => [...this.#graph.calleesOf(caller)]));
    return [...called].map((address) => this.#byAddress.get(address)).filter((found) => found !== undefined);
  }

  /**
   * Other types' wrappers by which one of the members is called, directly or through another wrapper, and those into
   * which the family was inlined.
   */
  standingFor(
    key: string,
    members: ReadonlySet<number>,
  ): { readonly callers: readonly GoFunction[]; readonly copies: readonly GoFunction[] } {
    const { callersOf, copiesOf } = this.#wrappers ??= this.#indexWrappers();
    const known = new Set(members);
    const callers: GoFunction[] = [];
    const follow = (start: Iterable<number>) => {
      const queue = [...start];
      for (let address = queue.pop(); address !== undefined; address = queue.pop()) {
        for (const caller of callersOf.get(address) ?? []) {
          if (known.has(caller.address)) continue;
          known.add(caller.address);
          callers.push(caller);
          queue.push(caller.address);
        }
      }
    };
    follow(members);
    const copies: GoFunction[] = [];
    for (const copy of copiesOf.get(key) ?? []) {
      if (known.has(copy.address)) continue;
      known.add(copy.address);
      copies.push(copy);
      follow([copy.address]);
    }
    return { callers, copies };
  }

  #indexWrappers(): Wrappers {
    const callersOf = new Map<number, GoFunction[]>();
    const copiesOf = new Map<string, GoFunction[]>();
    for (const found of this.#byAddress.values()) {
      if (!this.#graph.isWrapper(found)) continue;
      const callees = this.#graph.calleesAmong(found, this.#byAddress);
      for (const { address } of callees) append(callersOf, address, found);
      // What calls another is seen there, whatever else was inlined into it.
      if (callees.length > 0) continue;
      for (const family of this.#graph.inlinedFamilies(found)) {
        if (this.#families.has(family)) append(copiesOf, family, found);
      }
    }
    return { callersOf, copiesOf };
  }
}

interface Wrappers {
  readonly callersOf: ReadonlyMap<number, readonly GoFunction[]>;
  readonly copiesOf: ReadonlyMap<string, readonly GoFunction[]>;
}

function append<K>(map: Map<K, GoFunction[]>, key: K, value: GoFunction): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
