/**
 * A type's name with the packages' names for their paths, as the runtime has it in the type's string:
 * `map[string]*http.Request` of `map[string]*net/http.Request`. The arguments of a generic type keep their paths, as
 * they do there. The package's name is a guess: a package may have another name than its path ends with.
 */
export function shortName(name: string): string {
  let short = "";
  let tokenStart = 0;
  for (let i = 0; i <= name.length; i++) {
    const char = name[i] ?? "";
    if (char === "[" && i > tokenStart && name.slice(tokenStart, i) !== "map") {
      i = closingBracket(name, i);
      continue;
    }
    if (char !== "" && !SEPARATORS.includes(char)) continue;
    short += cutPath(name.slice(tokenStart, i)) + char;
    tokenStart = i + 1;
  }
  return short;
}

/** What a type is called in its package, with the dot and its type's arguments: `.Node`, `.Pair[int,string]`. */
export function ownNameOf(name: string): string {
  const bracket = /[^[\]*() ]\[/.exec(name);
  const head = bracket === null ? name : name.slice(0, bracket.index + 1);
  return name.slice(Math.max(0, head.lastIndexOf(".")));
}

/** Between the names in a type that has none itself. */
const SEPARATORS = " *[](){};,";

function cutPath(token: string): string {
  const bracket = token.indexOf("[");
  const head = bracket < 0 ? token : token.slice(0, bracket);
  const dot = head.lastIndexOf(".");
  if (dot < 0) return token;
  return packageName(head.slice(0, dot)) + token.slice(dot);
}

/** What most packages of that path are called: its last element, without what only says the major version. */
function packageName(path: string): string {
  const elements = path.split("/");
  const last = elements.pop() ?? "";
  const previous = elements.at(-1);
  return previous !== undefined && /^v\d+$/.test(last) ? previous : last.replace(/\.v\d+$/, "");
}

/** Where the bracket that opens at `open` closes; the text's end where it does not. */
function closingBracket(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]" && --depth === 0) return i;
  }
  return text.length - 1;
}
