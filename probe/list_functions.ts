import { type Source, TargetError } from "../base/mod.ts";
import {
  declarationText,
  GoExecutable,
  type GoFunction,
  isGlob,
  isWritten,
  NameGlob,
  nearestNames,
  parseFunctionName,
  receiverKindOf,
  signatureText,
} from "../go/mod.ts";
import { listedWrappers } from "./listed_wrappers.ts";
import { isRecipeFor } from "./recipe.ts";
import { netHttpHandler } from "./recipes/net_http.ts";
import { hasNoHandlers } from "./standard_library.ts";

/** A function that can be named as a probe. */
export interface TraceableFunction {
  /** Its symbol, e.g. `main.(*Server).ServeHTTP`; or that of a method of which only wrappers are left. */
  readonly symbol: string;
  /** The package's import path, e.g. `example.com/shop/api`. */
  readonly package: string;
  /** `possible`: the executable does not say what it takes, and its arguments have a handler's size and pointers. */
  readonly kind: "handler" | "possible" | "function";
  /** Virtual address of its first instruction. */
  readonly address: number;
  /** Bytes; without a symbol table an upper bound. */
  readonly sizeBytes: number;
  /** As Go writes it, where it is known and the list is no longer than a thousand names. */
  readonly signature?: string;
  /** The symbol with all that is described of what it takes and gives, by name; more often known than `signature`. */
  readonly declaration?: string;
  /** The source file and line, where they are known. */
  readonly file?: string;
  readonly line?: number;
}

/** Looking up a signature takes up to a millisecond. */
const MAX_SIGNATURES = 1000;

/** So many functions, wrappers too, are looked up one by one in less time than all are gone through. */
const MAX_LOOKUPS = 4000;

const KINDS = ["handler", "possible", "function"] as const;

/**
 * The functions of an executable that can be traced: handlers first, then those that may be some, then others; in each
 * the main module's first, then its dependencies', then the standard library's; by name. What the compiler made is
 * left out, and without a pattern what may be one by its arguments alone in packages such as runtime.
 *
 * @param pattern a part of the names, or with `*` and `?` a pattern for whole names. Without one: handlers, and what may
 * be some.
 * @throws {TargetError} when it is no Go program, or nothing matches.
 */
export function listFunctions(source: Source, pattern?: string): TraceableFunction[] {
  const executable = new GoExecutable(source);
  return executable.explained(() => {
    const found = pattern === undefined ? withoutPattern(executable) : withPattern(executable, pattern);
    const listed = withoutWrappers(executable, found);
    if (listed.length === 0) throw nothingListed(executable, pattern);
    const rank = packageRanks(executable);
    const rows = listed.map(({ found, kind }) => ({
      found,
      kind,
      order: KINDS.indexOf(kind) * 3 + rank(parseFunctionName(found.name).packagePath),
    }));
    rows.sort((a, b) =>
      a.order - b.order || compare(a.found.name, b.found.name) || a.found.address - b.found.address
    );
    return rows.map(({ found, kind }) => describe(executable, found, kind, rows.length <= MAX_SIGNATURES));
  });
}

interface Listed {
  readonly found: GoFunction;
  readonly kind: TraceableFunction["kind"];
}

/** Of all functions few can be handlers: that is asked first, since taking their names apart takes longer. */
function withoutPattern(executable: GoExecutable): readonly Listed[] {
  const kindOf = kinds(executable);
  const listed: Listed[] = [];
  for (const found of executable.functions.functions()) {
    const kind = kindOf(found);
    if (kind === "function" || !isNameable(found)) continue;
    if (kind === "possible" && hasNoHandlers(parseFunctionName(found.name).packagePath)) continue;
    listed.push({ found, kind });
  }
  return decided(executable, listed).filter(({ kind }) => kind !== "function");
}

function withPattern(executable: GoExecutable, pattern: string): readonly Listed[] {
  const glob = isGlob(pattern) ? new NameGlob(pattern) : undefined;
  const matches = executable.functions.containing(glob?.needle ?? pattern).filter((found) =>
    glob === undefined ? isNameable(found) : glob.matches(found.name)
  );
  const kindOf = kinds(executable, matches.length);
  return decided(executable, matches.map((found) => ({ found, kind: kindOf(found) })));
}

/** Of methods that are possible ones, and of method values, the type metadata mostly says what they take. */
function decided({ types }: GoExecutable, listed: readonly Listed[]): readonly Listed[] {
  if (listed.length > MAX_SIGNATURES) return listed;
  const recipe = netHttpHandler(1);
  return listed.map(({ found, kind }) => {
    const known = kind === "possible" ? types.signatureOf(found.name, found.address) : undefined;
    if (known === undefined) return { found, kind };
    return { found, kind: isRecipeFor(recipe, known.signature) ? "handler" : "function" };
  });
}

/** Closures can be handlers, and often are; of a method value the method is named. */
function isNameable({ name }: GoFunction): boolean {
  return isWritten(name.replace(/-fm$/, ""), name.includes(".func"));
}

/** A wrapper is seen by the name of what it wraps: only where that is gone it stands in the list. */
function withoutWrappers(executable: GoExecutable, functions: readonly Listed[]): Listed[] {
  const { facts } = executable.functions;
  const wrappers = new Map<number, Listed>();
  const others = functions.filter((listed) => {
    const { address } = listed.found;
    const isWrapper = facts.isWrapper(address);
    // All types' methods are in the metadata, so that of those only method values can be no more than possible.
    const isLikely = listed.kind === "handler" ||
      listed.kind === "possible" && listed.found.name.endsWith("-fm");
    if (isWrapper && isLikely) wrappers.set(address, listed);
    return !isWrapper;
  });
  const left = listedWrappers(executable, [...wrappers.values()].map(({ found }) => found));
  return [...others, ...left.map((found) => ({ found, kind: wrappers.get(found.address)!.kind }))];
}

/** @param count how many functions will be asked for, where that is known */
function kinds(executable: GoExecutable, count = Infinity): (found: GoFunction) => TraceableFunction["kind"] {
  const { types, functions: { facts } } = executable;
  // Most are looked up for their signatures, too.
  const handlers = count <= MAX_LOOKUPS ? undefined : types.handlers();
  const isHandler = ({ name, address }: GoFunction) =>
    handlers?.has(address) ?? types.isHandler(name, address);
  if (types.dwarf !== undefined) return (found) => isHandler(found) ? "handler" : "function";
  const others = handlers === undefined ? undefined : types.otherMethods();
  const mayBe = ({ name, address }: GoFunction) =>
    !others?.has(address) && facts.hasRoomForRequest(address) &&
    facts.mayBeHandler(address, receiverKindOf(name));
  return (found) => isHandler(found) ? "handler" : mayBe(found) ? "possible" : "function";
}

/** 0 for the main module's packages, 1 for those of others, 2 for the standard library's. */
function packageRanks({ identity }: GoExecutable): (packagePath: string) => number {
  const module = identity.buildInfo?.mainModule?.path;
  return (packagePath) => {
    if (packagePath === "main") return 0;
    if (module !== undefined && (packagePath === module || packagePath.startsWith(`${module}/`))) return 0;
    // The first element of a module's path has a dot, unless nobody can fetch it.
    const [first = ""] = packagePath.split("/");
    return first.includes(".") ? 1 : 2;
  };
}

function describe(
  executable: GoExecutable,
  { name, address, size }: GoFunction,
  kind: TraceableFunction["kind"],
  withSignature: boolean,
): TraceableFunction {
  const signature = withSignature ? executable.types.signatureOf(name, address)?.signature : undefined;
  const described = withSignature ? executable.types.describedSignature(name, address) : undefined;
  const info = executable.functions.facts.functionInfo(address);
  return {
    symbol: name,
    package: parseFunctionName(name).packagePath,
    kind,
    address,
    sizeBytes: size,
    ...signature === undefined ? {} : { signature: signatureText(signature) },
    ...described === undefined ? {} : { declaration: declarationText(name, described) },
    ...info?.file === undefined || info.isWrapper ? {} : { file: info.file },
    ...info?.line === undefined || info.isWrapper ? {} : { line: info.line },
  };
}

function nothingListed({ functions }: GoExecutable, pattern: string | undefined): TargetError {
  if (pattern === undefined) {
    return new TargetError("it has no handler of net/http", {
      hint: "List other functions by a pattern: gohttpsnoop -l BINARY 'main.*'",
    });
  }
  const isWrapper = ({ address }: GoFunction) => functions.facts.isWrapper(address);
  const nearest = nearestNames(pattern, functions.functions(), 3, isWrapper);
  return new TargetError(`no function matches ${pattern}`, {
    hint: nearest.length > 0 ? `Did you mean ${nearest.join(", ")}?` : "Try a shorter part of the name.",
  });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
