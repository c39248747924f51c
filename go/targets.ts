import type { ElfFile } from "../elf/mod.ts";
import { parseFunctionName } from "./function_name.ts";
import type { FunctionTable, GoFunction } from "./function_table.ts";
import { familyName, isGlob, NameGlob, NameQuery } from "./name_match.ts";
import { nearestNames } from "./nearest.ts";
import { CallGraph, Namesakes } from "./namesakes.ts";

/** A function to be probed. */
export interface Target {
  readonly function: GoFunction;
  /** Its own code, or a wrapper that the compiler made and inlined that code into. */
  readonly role: "body" | "wrapper";
  /** Why it is one, for a person: `it is main.ping`. */
  readonly because: string;
  /** It takes a dictionary of its type arguments in the first register behind the receiver: a generic one's shape. */
  readonly dictionary: boolean;
}

/** What a name means in an executable. */
export type Targets = FoundTargets | InlinedTarget | UnknownTarget;

/** Functions with which every call is seen once. */
export interface FoundTargets {
  readonly kind: "found";
  /** By address. */
  readonly targets: readonly Target[];
  /** Wrappers that call one of the targets, directly or through another, so that they need no probe. */
  readonly covered: readonly GoFunction[];
  /**
   * Names of ordinary functions that have a copy of a target inlined: those calls are not seen. Computed when it is
   * called: 0.3 s for 120,000 functions.
   *
   * @throws {FormatError} when the tables are damaged.
   */
  notSeenIn(): string[];
}

/** The function was inlined into all that call it, and is none any more. */
export interface InlinedTarget {
  readonly kind: "inlined";
  /** The names of the functions that have copies of it. */
  readonly into: readonly string[];
}

/** There is no such function. */
export interface UnknownTarget {
  readonly kind: "unknown";
  /** Up to three names that may be meant, the best first. */
  readonly nearest: readonly string[];
}

/**
 * What a user's name or pattern ({@linkcode isGlob}) means: the functions on which probes see each call exactly once.
 *
 * - A function, a closure, a method: itself, and all that have the name.
 * - A method with a value receiver also has a wrapper for pointers, methods have wrappers for method values (`-fm`),
 *   and for types that embed theirs. Those that call (or jump to) the method are seen there; those that inlined it
 *   are targets themselves.
 * - A method that is promoted, named by the type that embeds: the method it calls, if any.
 * - A generic one: all instances' code. An instance that only passes its dictionary on is a wrapper.
 *
 * @throws {FormatError} when the tables are damaged.
 */
export function resolveTargets(elf: ElfFile, functions: FunctionTable, text: string): Targets {
  const resolver = new Resolver(elf, functions);
  if (!isGlob(text)) return resolver.named(text);
  return resolver.matching(text);
}

/**
 * Of these wrappers those that are all that is left of a function: its own code was inlined into them, or whom they call
 * is not known before they run. By the name of what they stand for they are probed themselves.
 *
 * @throws {FormatError} when the tables are damaged.
 */
export function wrappersWithoutBody(
  elf: ElfFile,
  functions: FunctionTable,
  wrappers: readonly GoFunction[],
): GoFunction[] {
  return new Resolver(elf, functions).withoutBody(wrappers);
}

class Resolver {
  readonly #functions: FunctionTable;
  readonly #graph: CallGraph;

  constructor(elf: ElfFile, functions: FunctionTable) {
    this.#functions = functions;
    this.#graph = new CallGraph(elf, functions.facts);
  }

  named(text: string): Targets {
    const query = new NameQuery(text);
    let candidates = this.#containing(query.needle);
    let named = query.select(candidates);
    if (named.length === 0 && this.#functions.source === ".symtab") {
      // A function in C, or a name of which pclntab has another form.
      candidates = this.#functions.containing(query.needle);
      named = query.select(candidates);
    }
    if (named.length > 0) return this.#found([this.#resolve(named, new Namesakes(candidates, this.#graph))]);
    return this.#inlined(query) ??
      { kind: "unknown", nearest: this.#nearest(text) };
  }

  matching(text: string): Targets {
    const glob = new NameGlob(text);
    const families = familiesOf(this.#containing(glob.needle).filter(({ name }) => glob.matches(name)));
    const namesakes = this.#namesakesOf([...families.values()].map((members) => members[0]!));
    const parts: Part[] = [];
    for (const [family, members] of families) {
      // Promoted methods are another type's: the pattern has to match that one.
      if (members.every((member) => this.#isPromoted(member, family))) continue;
      parts.push(this.#resolve(members, namesakes(members)));
    }
    if (parts.length > 0) return this.#found(parts);
    return { kind: "unknown", nearest: [] };
  }

  #nearest(text: string): string[] {
    const isWrapper = (found: GoFunction) => this.#graph.isWrapper(found);
    return nearestNames(text, this.#functions.functions(), 3, isWrapper);
  }

  withoutBody(wrappers: readonly GoFunction[]): GoFunction[] {
    const families = familiesOf(wrappers);
    for (const [family, members] of families) {
      if (members.some((member) => this.#callsBody(member))) families.delete(family);
    }
    const namesakes = this.#namesakesOf([...families.values()].map((members) => members[0]!));
    return [...families].flatMap(([family, members]) => {
      if (members.every((member) => this.#isPromoted(member, family) && this.#isOfAnother(member))) return [];
      const { targets } = this.#resolve(members, namesakes(members));
      if (targets.some(({ role }) => role === "body")) return [];
      const addresses = new Set(targets.map(({ function: { address } }) => address));
      return members.filter(({ address }) => addresses.has(address));
    });
  }

  /** Whether it calls what it wraps, or is promoted, as nearly all do: for that their namesakes need not be known. */
  #callsBody(wrapper: GoFunction): boolean {
    const { facts } = this.#functions;
    const own = parseFunctionName(wrapper.name).name;
    for (const address of this.#graph.calleesOf(wrapper)) {
      const name = facts.nameAt(address);
      // The whole name is taken apart only where it fits.
      if (name === undefined || !name.includes(`.${own}`) || facts.isWrapper(address)) continue;
      const called = parseFunctionName(name);
      if (called.name === own && called.suffix === "") return true;
    }
    return false;
  }

  /** Whether it has a method of another type inlined that has its own name. */
  #isOfAnother(wrapper: GoFunction): boolean {
    const { name } = parseFunctionName(wrapper.name);
    return this.#graph.inlinedFamilies(wrapper).some((family) => parseFunctionName(family).name === name);
  }

  /** By pclntab, which has to be read anyway; by the symbol table where only that has the type arguments. */
  #containing(text: string): GoFunction[] {
    const { source, facts } = this.#functions;
    const found = facts.containing(text);
    const abbreviated = source === ".symtab" && found.some(({ name }) => name.includes("[...]"));
    return abbreviated ? this.#functions.containing(text) : found;
  }

  /** As {@linkcode #containing} gives all functions, where it can one by one. */
  #all(): Iterable<GoFunction> {
    const { source, facts } = this.#functions;
    const abbreviated = source === ".symtab" && facts.containing("[...]").length > 0;
    return abbreviated ? this.#functions.containing("") : facts.functions();
  }

  /** A way to all functions that have the same own name as one of these. */
  #namesakesOf(all: readonly GoFunction[]): (members: readonly GoFunction[]) => Namesakes {
    const ownName = ({ name }: GoFunction) => {
      const parts = parseFunctionName(name);
      return parts.receiver === undefined && parts.typeArguments === "" ? undefined : parts.name;
    };
    const groups = new Map<string, GoFunction[]>();
    for (const found of all) {
      const name = ownName(found);
      if (name !== undefined) groups.set(name, []);
    }
    if (groups.size <= FEW_SEARCHES) {
      for (const name of groups.keys()) groups.set(name, this.#containing(`.${name}`));
    } else {
      for (const found of this.#all()) {
        // The whole name is taken apart only where its end fits.
        const bare = found.name.endsWith("-fm") ? found.name.slice(0, -3) : found.name;
        const end = bare.endsWith("]") ? ownName(found) : bare.slice(bare.lastIndexOf(".") + 1);
        const group = end === undefined ? undefined : groups.get(end);
        if (group === undefined) continue;
        group.push(found);
        this.#graph.prepare(found);
      }
    }
    const made = new Map<string, Namesakes>();
    return (members) => {
      const name = ownName(members[0]!);
      // No wrapper can stand for a plain function.
      if (name === undefined) return new Namesakes(members, this.#graph);
      const namesakes = made.get(name) ?? new Namesakes(groups.get(name) ?? members, this.#graph);
      made.set(name, namesakes);
      return namesakes;
    };
  }

  /** What is left of a function that is none any more: its copies in wrappers can be probed. */
  #inlined(query: NameQuery): Targets | undefined {
    const { facts } = this.#functions;
    const gone = query.select(facts.namesContaining(query.needle).map((name) => ({ name })));
    if (gone.length === 0) return undefined;
    const into = facts.functionsThatInlined(...gone.map(({ name }) => name));
    if (into.length === 0) return undefined;
    const wrappers = into.filter((found) => this.#graph.isWrapper(found));
    const others = unique(into.filter((found) => !this.#graph.isWrapper(found)).map(({ name }) => name));
    if (wrappers.length === 0) return { kind: "inlined", into: others };
    const because = `the compiler inlined ${gone[0]!.name} into it`;
    return {
      kind: "found",
      targets: wrappers.map((wrapper) => target(wrapper, "wrapper", because)),
      covered: [],
      notSeenIn: () => others,
    };
  }

  #found(parts: readonly Part[]): FoundTargets {
    const targets = new Map<number, Target>();
    const covered = new Map<number, GoFunction>();
    for (const part of parts) {
      for (const found of part.targets) targets.set(found.function.address, found);
      for (const wrapper of part.covered) covered.set(wrapper.address, wrapper);
    }
    for (const address of targets.keys()) covered.delete(address);
    return {
      kind: "found",
      targets: [...targets.values()].sort((a, b) => a.function.address - b.function.address),
      covered: [...covered.values()],
      notSeenIn: () => this.#notSeenIn(targets, covered),
    };
  }

  #notSeenIn(targets: ReadonlyMap<number, Target>, covered: ReadonlyMap<number, GoFunction>): string[] {
    const { facts } = this.#functions;
    const bodies = [...targets.values()].filter(({ role }) => role === "body");
    return unique(
      facts.functionsThatInlinedAny(bodies.map((body) => body.function.address))
        .filter(({ address }) => !targets.has(address) && !covered.has(address))
        .map(({ name }) => name),
    );
  }

  /** @param named the functions that the user named, at least one */
  #resolve(named: readonly GoFunction[], namesakes: Namesakes, depth = 0): Part {
    const { suffix } = parseFunctionName(named[0]!.name);
    // A closure and the like: no wrapper stands for it.
    if (suffix !== "" && suffix !== "-fm") {
      return { targets: named.map((found) => target(found, "body", `it is ${found.name}`)), covered: [] };
    }
    const key = familyName(named[0]!.name);
    const family = namesakes.familyOf(named, key);
    const members = new Set(family.map(({ address }) => address));
    const bodies = family.filter((member) => !this.#graph.isWrapper(member));
    const wrappers = family.filter((member) => this.#graph.isWrapper(member));
    if (bodies.length === 0 && depth < MAX_PROMOTIONS) {
      const origins = namesakes.calledBy(wrappers).filter(({ address }) => !members.has(address));
      if (origins.length > 0) return this.#resolve(origins, namesakes, depth + 1);
    }
    const targets = bodies.map((body) => target(body, "body", `it is ${body.name}`));
    const covered: GoFunction[] = [];
    for (const wrapper of wrappers) {
      if (this.#graph.calls(wrapper, members)) covered.push(wrapper);
      else {targets.push(
          target(wrapper, "wrapper", this.#whyWrapper(wrapper, bodies.length > 0 ? key : undefined)),
        );}
    }
    const others = namesakes.standingFor(key, members);
    covered.push(...others.callers);
    for (const other of others.copies) targets.push(target(other, "wrapper", this.#whyWrapper(other, key)));
    return { targets, covered };
  }

  /** @param body the name of what it inlined, where that is known already */
  #whyWrapper(wrapper: GoFunction, body: string | undefined): string {
    const own = parseFunctionName(wrapper.name).name;
    const inlined = body ??
      this.#graph.inlinedFamilies(wrapper).find((inlined) => parseFunctionName(inlined).name === own);
    return inlined === undefined
      ? "whom it calls is not known before it runs"
      : `the compiler inlined ${inlined} into it`;
  }

  #isPromoted(found: GoFunction, family: string): boolean {
    if (parseFunctionName(found.name).receiver === undefined) return false;
    return !found.name.endsWith("-fm") && this.#graph.isWrapper(found) &&
      !this.#graph.inlinedFamilies(found).includes(family);
  }
}

/** So many searches of all names take less time than to look at each name. */
const FEW_SEARCHES = 4;

/** How many types may embed one another before it is given up. */
const MAX_PROMOTIONS = 16;

interface Part {
  readonly targets: Target[];
  readonly covered: GoFunction[];
}

function target(found: GoFunction, role: Target["role"], because: string): Target {
  const dictionary = role === "body" && found.name.includes("[") &&
    parseFunctionName(found.name).suffix === "";
  return { function: found, role, because, dictionary };
}

function familiesOf(functions: readonly GoFunction[]): Map<string, GoFunction[]> {
  const families = new Map<string, GoFunction[]>();
  for (const found of functions) {
    const family = familyName(found.name);
    const members = families.get(family);
    if (members === undefined) families.set(family, [found]);
    else members.push(found);
  }
  return families;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
