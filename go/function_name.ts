/** A Go function's symbol, taken apart. `formatFunctionName` puts it together again. */
export interface FunctionName {
  /** As `import` has it, e.g. `gopkg.in/yaml.v3`; empty for what belongs to no package (C, the compiler's own). */
  readonly packagePath: string;
  /** Undefined for a function. */
  readonly receiver: ReceiverName | undefined;
  /** The function's or method's own name, e.g. `ServeHTTP`; `init.0` for an init function; `glob.` for the variables. */
  readonly name: string;
  /** Of a generic function's instance, without the brackets, e.g. `go.shape.int` or `...`; empty otherwise. */
  readonly typeArguments: string;
  /**
   * What follows: `.func1`, `.func1.2`, `.gowrap1`, `.deferwrap1` (closures), `-range1` (the body of a range over a
   * function), `-fm` (a method value), or the way into which a closure was inlined. Empty for a plain function.
   */
  readonly suffix: string;
}

/** The type whose method a function is. */
export interface ReceiverName {
  /** E.g. `T`; a pointer receiver's without star and parentheses. */
  readonly type: string;
  /** `(*T)` rather than `T`. */
  readonly pointer: boolean;
  /** Of a generic type's instance, as {@linkcode FunctionName.typeArguments}. */
  readonly typeArguments: string;
}

/**
 * Takes a Go symbol apart. Symbols are ambiguous in one case: `p.a.b` is a method `b` of type `a`, but
 * `p.a.b.func1` may also be a closure of `b` that was inlined into function `a`; both are read as the method.
 *
 * Source: Go's src/cmd/internal/objabi/path.go (escapes) and src/cmd/compile/internal/ir/func.go (closure names).
 */
export function parseFunctionName(symbol: string): FunctionName {
  const packageEnd = endOfPackage(symbol);
  if (packageEnd === undefined) {
    return { packagePath: "", receiver: undefined, name: symbol, typeArguments: "", suffix: "" };
  }
  const packagePath = unescapePath(symbol.slice(0, packageEnd));
  const elements = splitElements(symbol.slice(packageEnd + 1));
  const first = elements[0] ?? "";
  const second = elements[1];

  if (first.startsWith("(*") && first.endsWith(")") && second !== undefined) {
    const type = splitTypeArguments(first.slice(2, -1));
    const receiver = { type: type.name, pointer: true, typeArguments: type.typeArguments };
    return { packagePath, receiver, ...ownName(second, elements.slice(2)) };
  }
  const fixed = generatedName(first, elements);
  if (fixed > 0) {
    const name = elements.slice(0, fixed).join(".");
    return {
      packagePath,
      receiver: undefined,
      name,
      typeArguments: "",
      suffix: joined(elements.slice(fixed)),
    };
  }
  // `init` and package main's `main` are functions by the language's rules: what follows was inlined into them.
  const isFunction = second === undefined || isClosure(second) || first === "" || first === "init" ||
    /-(?:fm|range\d+)$/.test(first) || (first === "main" && packagePath === "main");
  if (isFunction) return { packagePath, receiver: undefined, ...ownName(first, elements.slice(1)) };
  const type = splitTypeArguments(first);
  const receiver = { type: type.name, pointer: false, typeArguments: type.typeArguments };
  return { packagePath, receiver, ...ownName(second, elements.slice(2)) };
}

/** The symbol that {@linkcode parseFunctionName} took apart. */
export function formatFunctionName(parts: FunctionName): string {
  const own = `${parts.name}${bracketed(parts.typeArguments)}${parts.suffix}`;
  if (parts.packagePath === "") return own;
  const receiver = parts.receiver && `${parts.receiver.type}${bracketed(parts.receiver.typeArguments)}`;
  const path = escapePath(parts.packagePath);
  if (receiver === undefined) return `${path}.${own}`;
  return parts.receiver?.pointer ? `${path}.(*${receiver}).${own}` : `${path}.${receiver}.${own}`;
}

/** The index of the dot behind the package path; undefined when there is no package. */
function endOfPackage(symbol: string): number | undefined {
  // The compiler's own: `type:.eq.main.T`, `go:itab.*os.File,io.Reader`, and before Go 1.20 `type..eq.main.T`.
  if (/^(?:type:|go:|type\.\.)/.test(symbol)) return undefined;
  const brackets = symbol.search(/[[({]/);
  const path = brackets < 0 ? symbol : symbol.slice(0, brackets);
  const dot = path.indexOf(".", path.lastIndexOf("/") + 1);
  if (dot <= 0) return undefined;
  // `go.(*struct { sync.Mutex }).Lock` before Go 1.20, too. No package can be named by a keyword.
  const packagePath = path.slice(0, dot);
  return packagePath === "type" || packagePath === "go" ? undefined : dot;
}

const Char = {
  dot: 0x2e,
  parenthesis: 0x28,
  closingParenthesis: 0x29,
  bracket: 0x5b,
  closingBracket: 0x5d,
  brace: 0x7b,
  closingBrace: 0x7d,
} as const;

/** Splits at the dots that are in no brackets. */
function splitElements(rest: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  // By codes: every name of a large executable may come here.
  for (let i = 0; i < rest.length; i++) {
    switch (rest.charCodeAt(i)) {
      case Char.parenthesis:
      case Char.bracket:
      case Char.brace:
        depth++;
        break;
      case Char.closingParenthesis:
      case Char.closingBracket:
      case Char.closingBrace:
        depth = Math.max(0, depth - 1);
        break;
      case Char.dot:
        if (depth > 0) break;
        elements.push(rest.slice(start, i));
        start = i + 1;
    }
  }
  elements.push(rest.slice(start));
  return elements;
}

/** How many elements form a name that no one can write in Go: `init.0`, `map.init.0`, `glob.`; 0 for others. */
function generatedName(first: string, elements: readonly string[]): number {
  if (first === "init" && /^\d+$/.test(elements[1] ?? "")) return 2;
  if (first === "map" && elements[1] === "init") return /^\d+$/.test(elements[2] ?? "") ? 3 : 2;
  return first === "glob" && elements[1] === "" ? 2 : 0;
}

function isClosure(element: string): boolean {
  return /^(?:(?:func|gowrap|deferwrap)?\d+)(?:-range\d+)?$/.test(element);
}

/** The own name with its type arguments, and everything behind as the suffix. */
function ownName(
  element: string,
  rest: readonly string[],
): { name: string; typeArguments: string; suffix: string } {
  const mark = element.includes("-") ? /-(?:fm|range\d+)$/.exec(element) : null;
  const bare = mark === null ? element : element.slice(0, mark.index);
  return { ...splitTypeArguments(bare), suffix: (mark?.[0] ?? "") + joined(rest) };
}

function splitTypeArguments(text: string): { name: string; typeArguments: string } {
  const bracket = text.indexOf("[");
  if (bracket < 0 || !text.endsWith("]")) return { name: text, typeArguments: "" };
  return { name: text.slice(0, bracket), typeArguments: text.slice(bracket + 1, -1) };
}

function bracketed(typeArguments: string): string {
  return typeArguments === "" ? "" : `[${typeArguments}]`;
}

function joined(elements: readonly string[]): string {
  return elements.map((element) => `.${element}`).join("");
}

/** Undoes the linker's `%2e`; a path that is not escaped well is left as it is. */
function unescapePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** As the linker does: controls, space, `%`, `"`, bytes that are not ASCII, and dots in the last element. */
function escapePath(path: string): string {
  const slash = path.lastIndexOf("/");
  return path.slice(0, slash + 1).replace(ESCAPED, escapeText) +
    path.slice(slash + 1).replace(ESCAPED, escapeText).replaceAll(".", "%2e");
}

// deno-lint-ignore no-control-regex -- control characters are what is escaped
const ESCAPED = /[\x00-\x20%"\x7f-\u{10ffff}]/gu;

function escapeText(text: string): string {
  return Array.from(encoder.encode(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

const encoder = new TextEncoder();
