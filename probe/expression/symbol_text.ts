import { ExpressionError } from "./expression_error.ts";
import { MAX_DEPTH } from "./limits.ts";

/**
 * A character of a symbol outside of its brackets: any that is seen, but for those that neither an import path nor a
 * glob can have. Source: `isValidImport` of Go's src/go/parser/parser.go, less what symbols and globs use (`%*:?`).
 */
const NAME_CHARACTER = /[^\s\p{C}\p{Z}!"#$&'(),;<=>[\\\]^`{|}\u{fffd}]/uy;

/** What may stand between a symbol's brackets besides: types, with their spaces, lists and channels' arrows. */
const BRACKETED_CHARACTER = /[ ,;<]/y;

/** The tag of a field, in the name of a struct's type. */
const TAG = /"(?:[^"\\]|\\.)*"/uy;

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * The index behind a function's name or glob that begins at `start`; `start` itself where there is none. A bracket
 * belongs to the name with all that is in it, a parenthesis only at the start and behind a dot: `main.(*Store[int]).Get`.
 *
 * @throws {ExpressionError} when a bracket of the name is not closed.
 */
export function endOfName(text: string, start: number): number {
  let at = start;
  while (at < text.length && !text.startsWith("->", at)) {
    const isReceiver = text[at] === "(" && (at === start || text[at - 1] === ".");
    const end = isReceiver || text[at] === "[" ? endOfBracket(text, at) : endOf(NAME_CHARACTER, text, at);
    if (end === at) break;
    at = end;
  }
  return at;
}

/**
 * The index behind the bracket that closes the one at `open`. Between them stand types, as they do in symbols.
 *
 * @throws {ExpressionError} when it is not closed, closed by another one, or holds what no type does.
 */
export function endOfBracket(text: string, open: number): number {
  const opened: number[] = [];
  let at = open;
  while (at < text.length) {
    const char = text[at] as string;
    if (Object.hasOwn(CLOSERS, char)) {
      if (opened.length === MAX_DEPTH) {
        throw new ExpressionError(`brackets are nested more than ${MAX_DEPTH} deep`, {
          text,
          column: at,
          hint: "Use a glob instead of such a name.",
        });
      }
      opened.push(at++);
    } else if (char === ")" || char === "]" || char === "}") {
      const opener = opened.pop() as number;
      if (CLOSERS[text[opener] as string] !== char) {
        throw new ExpressionError(`"${char}" does not close "${text[opener]}"`, {
          text,
          column: at,
          hint: `Close the "${text[opener]}" of column ${opener + 1} first.`,
        });
      }
      at++;
      if (opened.length === 0) return at;
    } else {
      const end = Math.max(
        endOf(NAME_CHARACTER, text, at),
        endOf(BRACKETED_CHARACTER, text, at),
        endOf(TAG, text, at),
      );
      if (end === at) {
        throw new ExpressionError(`no type has "${characterAt(text, at)}" in its name`, {
          text,
          column: at,
          hint: "Write types with their packages' paths, e.g. *net/http.Request or map[string]int.",
        });
      }
      at = end;
    }
  }
  throw unclosed(text, opened.at(-1) as number);
}

/** The error for a bracket that the text ends without. */
export function unclosed(text: string, open: number): ExpressionError {
  const opener = text[open] as string;
  return new ExpressionError(`"${opener}" is not closed`, {
    text,
    column: open,
    hint: `Add the "${CLOSERS[opener]}" that belongs to it.`,
  });
}

/** The character at an index, which may be two UTF-16 units. */
export function characterAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) as number);
}

/** The index behind what a sticky expression finds at `at`; `at` where it finds nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
