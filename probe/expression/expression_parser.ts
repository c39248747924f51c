import { type Expression, FUNCTION_NAMES, type Index, VARIABLE_NAMES } from "./ast.ts";
import type { ExpressionError } from "./expression_error.ts";
import { MAX_DEPTH } from "./limits.ts";
import { CONSTANT_NAMES, parseConstant } from "./parse_constant.ts";
import type { Scanner, Token } from "./scanner.ts";

/**
 * Parses expressions from a scanner, with Go's precedence: what follows an operand (`.field`, `[index]`, `.(type)`)
 * binds more than what precedes it (`*`, `&`). Each method throws {@linkcode ExpressionError}.
 */
export class ExpressionParser {
  readonly #scanner: Scanner;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  /** A whole expression. */
  parse(): Expression {
    const scanner = this.#scanner;
    const prefix = scanner.takeIf("*") ?? scanner.takeIf("&");
    if (prefix === undefined) {
      const { at } = scanner.peek();
      return this.parsePostfix(this.#parsePrimary(), at);
    }
    const operand = scanner.nested(prefix, () => this.parse());
    this.#checkDepth(operand, prefix);
    const kind = prefix.text === "*" ? "dereference" : "address";
    return { kind, operand, at: prefix.at, end: scanner.lastEnd };
  }

  /** Expressions with commas between them, up to what closes the parenthesis; there may be none. */
  parseList(open: Token): Expression[] {
    const scanner = this.#scanner;
    const list: Expression[] = [];
    if (!scanner.sees(")")) {
      do list.push(this.parse()); while (scanner.takeIf(",") !== undefined);
    }
    scanner.takeCloser(open, ")");
    return list;
  }

  /** What follows an operand that was read, and begins at `at`; the operand itself where nothing does. */
  parsePostfix(operand: Expression, at: number): Expression {
    const scanner = this.#scanner;
    let expression = operand;
    for (;;) {
      const token = scanner.takeIf(".") ?? scanner.takeIf("[");
      if (token === undefined) break;
      this.#checkDepth(expression, token);
      expression = token.text === "."
        ? this.#parseDot(expression, at)
        : this.#parseIndex(expression, at, token);
    }
    if (scanner.sees("(")) throw this.#notCallable(scanner.peek().at);
    return expression;
  }

  #parsePrimary(): Expression {
    const scanner = this.#scanner;
    const token = scanner.peek();
    const { kind, text, at, end } = token;
    if (kind === "identifier") return this.#parseIdentifier(scanner.take());
    if (kind === "variable") {
      const name = VARIABLE_NAMES.find((name) => `$${name}` === text);
      if (name === undefined) {
        throw scanner.error(`there is no ${text}`, at, {
          hint: `Write one of ${VARIABLE_NAMES.map((name) => `$${name}`).join(", ")}.`,
        });
      }
      scanner.take();
      return { kind, name, at, end };
    }
    if (scanner.takeIf("(") !== undefined) {
      const expression = scanner.nested(token, () => this.parse());
      scanner.takeCloser(token, ")");
      return expression;
    }
    if (kind !== "symbol" && kind !== "end") throw this.#constantRefused(token);
    throw scanner.unexpected("an expression", 'Write e.g. req.URL.Path, len(items) or m["key"].');
  }

  #parseIdentifier(token: Token): Expression {
    const scanner = this.#scanner;
    const { text: name, at, end } = token;
    if (CONSTANT_NAMES.includes(name)) throw this.#constantRefused(token);
    if (name === "_") {
      throw scanner.error("a blank parameter has no name", at, { hint: "Write arg0, arg1, ... or recv." });
    }
    if (!scanner.sees("(")) return { kind: "identifier", name, at, end };
    const function_ = FUNCTION_NAMES.find((function_) => function_ === name);
    if (function_ === undefined) throw this.#notCallable(at);
    const open = scanner.take();
    const operand = scanner.nested(open, () => this.parse());
    scanner.takeCloser(open, ")");
    this.#checkDepth(operand, token);
    return { kind: "call", function: function_, operand, at, end: scanner.lastEnd };
  }

  #parseDot(operand: Expression, at: number): Expression {
    const scanner = this.#scanner;
    const open = scanner.takeIf("(");
    if (open !== undefined) {
      const { type, typeAt } = scanner.takeType(open);
      if (type === "" || type === "type") {
        throw scanner.error("a type should be here", typeAt, {
          hint: "Write e.g. x.(*net/http.Request); type(x) is the name of the type that x holds.",
        });
      }
      return { kind: "assertion", operand, type, typeAt, at, end: scanner.lastEnd };
    }
    const { kind, text: name, at: nameAt } = scanner.peek();
    if (kind !== "identifier") throw scanner.unexpected("a field's name or a (type)");
    if (name === "_") {
      throw scanner.error("a blank field cannot be selected", nameAt, { hint: "Name another field." });
    }
    scanner.take();
    return { kind: "field", operand, name, nameAt, at, end: scanner.lastEnd };
  }

  #parseIndex(operand: Expression, at: number, open: Token): Index {
    const scanner = this.#scanner;
    const index = parseConstant(scanner);
    if (index?.kind !== "integer" && index?.kind !== "string") {
      const what = "an integer or a string constant";
      const hint = 'Write e.g. items[0] or header["Host"].';
      throw index === undefined
        ? scanner.unexpected(what, hint)
        : scanner.error(`${what} should be here`, index.at, { hint });
    }
    scanner.takeCloser(open, "]");
    return { kind: "index", operand, index, at, end: scanner.lastEnd };
  }

  /** @throws {ExpressionError} at `token`, when one node more than `operand` is too deep. */
  #checkDepth(operand: Expression, token: Token): void {
    let depth = 1;
    for (let node = operand; "operand" in node; node = node.operand) depth++;
    if (depth >= MAX_DEPTH) throw this.#scanner.tooDeep(token.at);
  }

  #constantRefused({ text, at }: Token): ExpressionError {
    return this.#scanner.error(`${text} is a constant, not a value of the call`, at, {
      hint: "Name a parameter, recv, arg0 or ret0.",
    });
  }

  #notCallable(at: number): ExpressionError {
    return this.#scanner.error(`only ${FUNCTION_NAMES.join("(), ")}() can be called here`, at, {
      hint: "Read fields: the program's own functions and methods are not run.",
    });
  }
}
