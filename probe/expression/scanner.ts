import { type Span, VARIABLE_NAMES } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";
import { MAX_DEPTH, MAX_TEXT_LENGTH } from "./limits.ts";
import { characterAt, endOfBracket, endOfName, unclosed } from "./symbol_text.ts";

/** What a token is; an operator or bracket is a `symbol`, and `end` is behind the last one. */
export type TokenKind = "identifier" | "variable" | "number" | "string" | "character" | "symbol" | "end";

/** One word of the text. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** As it stands in the text; empty at the end. */
  readonly text: string;
}

/** Identifiers are Go's: letters of any script, digits and underscores. A number is all that could belong to one. */
const TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ["identifier", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["symbol", /->|\|\||&&|[=!<>]=|[()[\].,*&!<>-]/y],
  ["number", /[0-9][\p{L}\p{Nd}_.]*/uy],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/uy],
  ["character", /'(?:[^'\\\n]|\\[^\n])*'/uy],
  ["variable", /\$[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

const SPACE = /[ \t\r\n]*/y;

const FORMS =
  "Expressions have names, fields, indexes, len(), cap(), type(), *p, &x and x.(T), and no arithmetic.";

/** Operators of conditions, which a user may write within an expression. */
const CONDITION_OPERATOR = /^(?:\|\||&&|!|[=!<>]=|[<>])$/;

/** The most that an error quotes of a token, in UTF-16 units. */
const QUOTED_LENGTH = 24;

/** What a user may have meant by a character that has no meaning. */
const HINTS: Readonly<Record<string, string>> = {
  "=": 'Compare with "==".',
  "|": 'Write "||" for or.',
  "{": "Write indexes in [brackets], and values one by one.",
  "$": `Write ${VARIABLE_NAMES.map((name) => `$${name}`).join(", ")}.`,
};

/**
 * Takes a text apart from left to right. Function names and types have words of their own: whoever expects one asks
 * for it by {@linkcode takeName} and {@linkcode takeType}.
 */
export class Scanner {
  readonly text: string;
  /** The end of what was taken last. */
  lastEnd = 0;
  #next: Token | undefined;
  #depth = 0;

  /** @throws {ExpressionError} when the text is too long. */
  constructor(text: string) {
    this.text = text;
    if (text.length > MAX_TEXT_LENGTH) {
      throw this.error(`it is longer than ${MAX_TEXT_LENGTH} characters`, MAX_TEXT_LENGTH, {
        hint: "Ask for less in one probe, or use several.",
      });
    }
  }

  /** The token that comes next, without taking it. */
  peek(): Token {
    this.#next ??= this.#scan();
    return this.#next;
  }

  /** Takes the next token. */
  take(): Token {
    const token = this.peek();
    this.#moveTo(token.end);
    return token;
  }

  /** Whether this operator or bracket comes next. */
  sees(symbol: string): boolean {
    const { kind, text } = this.peek();
    return kind === "symbol" && text === symbol;
  }

  /** Takes the operator or bracket if it comes next. */
  takeIf(symbol: string): Token | undefined {
    return this.sees(symbol) ? this.take() : undefined;
  }

  /** Whether a call of this function comes next. */
  seesCall(name: string): boolean {
    const { kind, text, end } = this.peek();
    return kind === "identifier" && text === name && this.text[this.#endOfSpace(end)] === "(";
  }

  /** Takes what closes the bracket. */
  takeCloser(open: Token, closer: ")" | "]"): void {
    if (this.takeIf(closer) !== undefined) return;
    if (this.peek().kind === "end") throw unclosed(this.text, open.at);
    throw this.unexpected(`"${closer}"`);
  }

  /** Takes a function's name or glob. */
  takeName(): Token {
    const at = this.#endOfSpace(this.lastEnd);
    const end = endOfName(this.text, at);
    if (end === at) {
      throw this.error("a function's name is missing", at, { hint: "Write e.g. main.ping or 'main.*'." });
    }
    this.#moveTo(end);
    return { kind: "identifier", text: this.text.slice(at, end), at, end };
  }

  /** Takes a type and the parenthesis that ends it; `open`, the one that begins it, was taken last. */
  takeType(open: Token): { readonly type: string; readonly typeAt: number } {
    const end = endOfBracket(this.text, open.at);
    const type = this.text.slice(open.end, end - 1);
    this.#moveTo(end);
    return { type: type.trim(), typeAt: open.end + type.length - type.trimStart().length };
  }

  /** Parses what stands within a bracket or behind a prefix operator: not deeper than {@linkcode MAX_DEPTH}. */
  nested<T>(opening: Token, parse: () => T): T {
    if (this.#depth === MAX_DEPTH) throw this.tooDeep(opening.at);
    this.#depth++;
    const parsed = parse();
    this.#depth--;
    return parsed;
  }

  /** The error for an expression that is too deep from this place on. */
  tooDeep(at: number): ExpressionError {
    return this.error(`it is nested more than ${MAX_DEPTH} deep`, at, {
      hint: "Begin nearer to the value that is wanted.",
    });
  }

  /** The error for the token that comes next, where another one should. */
  unexpected(wanted: string, hint = FORMS): ExpressionError {
    const { kind, text, at } = this.peek();
    const shown = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH)}…` : text;
    const found = kind === "end" ? "the end" : kind === "string" ? shown : `"${shown}"`;
    const isCondition = kind === "symbol" && CONDITION_OPERATOR.test(text);
    return this.error(`${wanted} should be here, not ${found}`, at, {
      hint: isCondition ? "Conditions belong into --where, outside of brackets." : hint,
    });
  }

  /** An error about a place of the text. */
  error(what: string, column: number, { hint }: { readonly hint: string }): ExpressionError {
    return new ExpressionError(what, { text: this.text, column, hint });
  }

  #moveTo(end: number): void {
    this.lastEnd = end;
    this.#next = undefined;
  }

  #endOfSpace(from: number): number {
    SPACE.lastIndex = from;
    SPACE.test(this.text);
    return SPACE.lastIndex;
  }

  #scan(): Token {
    const at = this.#endOfSpace(this.lastEnd);
    if (at === this.text.length) return { kind: "end", text: "", at, end: at };
    for (const [kind, pattern] of TOKENS) {
      pattern.lastIndex = at;
      if (pattern.test(this.text)) {
        const end = pattern.lastIndex;
        return { kind, text: this.text.slice(at, end), at, end };
      }
    }
    const character = characterAt(this.text, at);
    if (`"'\``.includes(character)) {
      throw this.error(`the quotation that begins with ${character} is not closed`, at, {
        hint: `Add the ${character} that ends it.`,
      });
    }
    throw this.error(`"${character}" has no meaning here`, at, { hint: HINTS[character] ?? FORMS });
  }
}
