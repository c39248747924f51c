import { parseFunctionName } from "./function_name.ts";

/**
 * How a name that a user writes is compared with symbols. The kinds, the strictest first; of several only the first
 * that any function satisfies counts.
 *
 * 1. The symbol, letter by letter.
 * 2. With the package's path as `import` has it: `gopkg.in/yaml.v3.Foo` for `gopkg.in/yaml%2ev3.Foo`.
 * 3. All instances of a generic one: `main.Map` or `main.Map[...]` for `main.Map[go.shape.int]`; and the shape of a type:
 *    `main.Map[int]` for `main.Map[go.shape.int]`.
 * 4. With or without a pointer receiver: `main.T.M` for `main.(*T).M`, and the other way round.
 * 5. Only a method's value is left of it: `main.T.M` for `main.T.M-fm`.
 */
export class NameQuery {
  /** What every name that satisfies the query contains: what to search for first. */
  readonly needle: string;
  readonly #tests: readonly ((symbol: string) => boolean)[];

  /** @param text what the user wrote */
  constructor(text: string) {
    this.needle = needleOf(text);
    const bare = withoutEllipses(text);
    const instances = !bare.includes("[");
    const loosened = (symbol: string) => {
      const path = unescapeSymbol(symbol);
      return instances ? withoutTypeArguments(path) : withoutShapes(path);
    };
    this.#tests = [
      (symbol) => symbol === text,
      (symbol) => unescapeSymbol(symbol) === text,
      (symbol) => loosened(symbol) === bare,
      (symbol) => withoutPointer(loosened(symbol)) === withoutPointer(bare),
      (symbol) => symbol.endsWith("-fm") && withoutPointer(loosened(symbol)) === `${withoutPointer(bare)}-fm`,
    ];
  }

  /** Those of the names that are meant: all that satisfy the strictest kind that one of them does. */
  select<T extends { readonly name: string }>(candidates: readonly T[]): T[] {
    for (const test of this.#tests) {
      const found = candidates.filter(({ name }) => test(name));
      if (found.length > 0) return found;
    }
    return [];
  }
}

/**
 * What all that stands for one function in the source has in common: its name without type arguments, pointer
 * receiver and the mark of a method value, with its path as `import` has it. `main.T.M` for `main.(*T[int]).M-fm`.
 */
export function familyName(symbol: string): string {
  return withoutPointer(withoutTypeArguments(unescapeSymbol(symbol))).replace(/-fm$/, "");
}

/** Whether it is a pattern: has a `*` that is no pointer receiver's, or a `?`. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text.replaceAll("(*", ""));
}

/**
 * A pattern of function names: `*` is any run of characters and `?` one, both also a dot or a slash. `(*` is a pointer
 * receiver and brackets are type arguments, literally, but for `[...]`: any. Compared with symbols, and with symbols whose
 * path is as `import` has it.
 *
 * What the compiler makes is left out: wrappers are for whoever knows them to leave out, by name it is what belongs to no
 * package, init functions, and closures (also those of variables and of init functions), unless the pattern spells
 * `.func`.
 */
export class NameGlob {
  /** A literal part of the pattern: what to search for first. Empty when there is none. */
  readonly needle: string;
  readonly #pattern: RegExp;
  readonly #closures: boolean;
  readonly #instances: boolean;

  constructor(text: string) {
    const parts = text.split(/(\(\*|\*|\?)/);
    const source = parts.map((part) => part === "*" ? ".*" : part === "?" ? "." : RegExp.escape(part));
    this.#pattern = new RegExp(`^${source.join("")}$`, "s");
    // Behind the last slash dots may be escaped in the symbol.
    const literals = text.split(/\(\*|\*|\?|\[\.\.\.\]/).flatMap((part) => {
      const slash = part.lastIndexOf("/") + 1;
      return [part.slice(0, slash), ...part.slice(slash).split(".")];
    });
    this.needle = literals.reduce((a, b) => b.length > a.length ? b : a, "");
    this.#closures = text.includes(".func");
    this.#instances = text.includes("[...]");
  }

  /** Whether it means the function: a method value's wrapper under the method's name, which may be all that is left. */
  matches(function_: string): boolean {
    const symbol = function_.replace(/-fm$/, "");
    if (!this.#fits(symbol) && !(symbol.includes("%") && this.#fits(unescapeSymbol(symbol)))) return false;
    return isWritten(symbol, this.#closures);
  }

  #fits(symbol: string): boolean {
    return this.#pattern.test(symbol) ||
      this.#instances && symbol.includes("[") && this.#pattern.test(withTypeArguments(symbol, "[...]"));
  }
}

/**
 * Whether it is a function that stands in the source: what belongs to no package is left out, and init functions, whose
 * names the compiler makes; not the closures in them, which are the handlers that package variables hold.
 *
 * @param closures whether closures are some
 */
export function isWritten(symbol: string, closures: boolean): boolean {
  const { packagePath, name, suffix } = parseFunctionName(symbol);
  if (packagePath === "" || name.startsWith("map.init")) return false;
  if (name === "glob." || name === "init" || name.startsWith("init.")) {
    return closures && suffix.startsWith(".func");
  }
  return suffix === "" || closures;
}

/**
 * A function's own name with the dot before it, which all forms of its name have. What a user writes cannot be taken apart
 * as a symbol: whether `gopkg.in/yaml.v3.Foo` has a package `yaml` and a type `v3`, its dots do not say.
 */
function needleOf(text: string): string {
  const elements = withoutTypeArguments(text).replace(/-fm$/, "").split(".");
  while (elements.length > 2 && /^$|^(?:func|gowrap|deferwrap)?\d+(?:-range\d+)?$/.test(elements.at(-1)!)) {
    elements.pop();
  }
  return elements.length > 1 ? `.${elements.at(-1)}` : text;
}

/** The symbol with its package's path as `import` has it. */
function unescapeSymbol(symbol: string): string {
  if (!symbol.includes("%")) return symbol;
  const { packagePath } = parseFunctionName(symbol);
  // The compiler's own: a type's path is within the name.
  if (packagePath === "") return symbol;
  const brackets = symbol.search(/[[({]/);
  const head = brackets < 0 ? symbol : symbol.slice(0, brackets);
  const dot = head.indexOf(".", head.lastIndexOf("/") + 1);
  return packagePath + symbol.slice(dot);
}

function withoutEllipses(text: string): string {
  return text.replaceAll("[...]", "");
}

/** Without anything in brackets; they may be nested. */
function withoutTypeArguments(symbol: string): string {
  return withTypeArguments(symbol, "");
}

/** With something else for each pair of brackets and what is in it. */
function withTypeArguments(symbol: string, instead: string): string {
  if (!symbol.includes("[")) return symbol;
  let depth = 0;
  let result = "";
  for (const char of symbol) {
    if (char === "[" && depth++ === 0) result += instead;
    if (depth === 0) result += char;
    if (char === "]") depth = Math.max(0, depth - 1);
  }
  return result;
}

/** `go.shape.int` and Go 1.18's `go.shape.int_0` are `int`. */
function withoutShapes(symbol: string): string {
  return symbol.replace(/go\.shape\.([\w./*]+?)(_\d+)?(?=[,\]])/g, "$1");
}

function withoutPointer(symbol: string): string {
  return symbol.replace(/\(\*([^()]*)\)/, "$1");
}
