/**
 * A type's name with each package's path cut to its last element, as the runtime has it in the type's string:
 * `map[string]*http.Request` of `map[string]*net/http.Request`. The arguments of a generic type keep their paths, as they
 * do there. It is a guess where a package has another name than its path ends with.
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
  return token.slice(head.lastIndexOf("/") + 1);
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
