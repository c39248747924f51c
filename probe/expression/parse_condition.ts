import type {
  Comparison,
  ComparisonOperator,
  Condition,
  Constant,
  Expression,
  PrefixTest,
  Span,
} from "./ast.ts";
import { ExpressionParser } from "./expression_parser.ts";
import { parseConstant } from "./parse_constant.ts";
import { Scanner } from "./scanner.ts";

/**
 * Parses what `--where` takes: comparisons of an expression with a constant, `hasPrefix(expression, "text")` and
 * expressions of type bool, joined by `&&`, `||`, `!` and parentheses with Go's precedence.
 *
 * @throws {ExpressionError} where the text is no condition.
 */
export function parseCondition(text: string): Condition {
  const scanner = new Scanner(text);
  const condition = new ConditionParser(scanner).parse();
  if (scanner.peek().kind !== "end") throw scanner.unexpected("an operator or the end");
  return condition;
}

/** What stands between two operators: only what comes next tells of a parenthesis which of the three it holds. */
type Term = Expression | Constant | Condition;

/** Each comparison operator, and the one that means the same with the sides exchanged. */
const EXCHANGED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

class ConditionParser {
  readonly #scanner: Scanner;
  readonly #expressions: ExpressionParser;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
    this.#expressions = new ExpressionParser(scanner);
  }

  parse(): Condition {
    return this.#condition(this.#parseOr());
  }

  #parseOr(): Term {
    return this.#parseJoined("or", "||", () => this.#parseJoined("and", "&&", () => this.#parseComparison()));
  }

  /** One operand, or several with the operator between them. */
  #parseJoined(kind: "and" | "or", operator: "&&" | "||", parseOperand: () => Term): Term {
    const { at } = this.#scanner.peek();
    const first = parseOperand();
    if (!this.#scanner.sees(operator)) return first;
    const operands = [this.#condition(first)];
    while (this.#scanner.takeIf(operator) !== undefined) operands.push(this.#condition(parseOperand()));
    return {
      kind,
      operands: operands.flatMap((operand) => operand.kind === kind ? operand.operands : [operand]),
      at,
      end: this.#scanner.lastEnd,
    };
  }

  #parseComparison(): Term {
    const scanner = this.#scanner;
    const { at } = scanner.peek();
    const left = this.#parseTerm();
    if (!this.#seesOperator()) return left;
    const operator = scanner.take().text as ComparisonOperator;
    const right = this.#parseTerm();
    const comparison = this.#compare(left, operator, right, { at, end: scanner.lastEnd });
    if (this.#seesOperator()) {
      throw scanner.error("comparisons cannot be chained", scanner.peek().at, {
        hint: 'Join them with "&&".',
      });
    }
    return comparison;
  }

  #seesOperator(): boolean {
    const { kind, text } = this.#scanner.peek();
    return kind === "symbol" && Object.hasOwn(EXCHANGED, text);
  }

  #compare(left: Term, operator: ComparisonOperator, right: Term, span: Span): Comparison {
    if (isCondition(left) || isCondition(right)) {
      throw this.#scanner.error("a condition cannot be compared", (isCondition(left) ? left : right).at, {
        hint: 'Put parentheses around the comparison: !(a == 1); "!" binds more than "==", as in Go.',
      });
    }
    if (isConstant(right) && !isConstant(left)) {
      return { kind: "comparison", operator, operand: left, constant: right, ...span };
    }
    if (isConstant(left) && !isConstant(right)) {
      return { kind: "comparison", operator: EXCHANGED[operator], operand: right, constant: left, ...span };
    }
    const missing = isConstant(left) ? "an expression" : "a constant";
    throw this.#scanner.error(`one side of a comparison must be ${missing}`, right.at, {
      hint: 'Compare e.g. order.Total > 100 or req.Method == "POST".',
    });
  }

  /** `!` and what it applies to, a parenthesis, `hasPrefix()`, a constant, or an expression. */
  #parseTerm(): Term {
    const scanner = this.#scanner;
    const token = scanner.peek();
    if (scanner.takeIf("!") !== undefined) {
      const operand = scanner.nested(token, () => this.#condition(this.#parseTerm()));
      return { kind: "not", operand, at: token.at, end: scanner.lastEnd };
    }
    if (scanner.takeIf("(") !== undefined) {
      const term = scanner.nested(token, () => this.#parseOr());
      scanner.takeCloser(token, ")");
      return isConstant(term) || isCondition(term) ? term : this.#expressions.parsePostfix(term, token.at);
    }
    return parseConstant(scanner) ?? this.#parsePrefixTest() ?? this.#expressions.parse();
  }

  #parsePrefixTest(): PrefixTest | undefined {
    const scanner = this.#scanner;
    if (!scanner.seesCall("hasPrefix")) return undefined;
    const { at } = scanner.take();
    const open = scanner.take();
    const operand = scanner.nested(open, () => this.#expressions.parse());
    const hint = 'Write e.g. hasPrefix(req.Host, "api.").';
    if (scanner.takeIf(",") === undefined) throw scanner.unexpected('","', hint);
    const { at: prefixAt } = scanner.peek();
    const prefix = parseConstant(scanner);
    if (prefix === undefined) throw scanner.unexpected("a string constant", hint);
    if (prefix.kind !== "string") throw scanner.error("a string constant should be here", prefixAt, { hint });
    scanner.takeCloser(open, ")");
    return { kind: "prefix", operand, prefix, at, end: scanner.lastEnd };
  }

  #condition(term: Term): Condition {
    if (isCondition(term)) return term;
    if (isConstant(term)) {
      throw this.#scanner.error("a constant alone is no condition", term.at, {
        hint: "Compare an expression with it.",
      });
    }
    return { kind: "truth", operand: term, at: term.at, end: term.end };
  }
}

const CONSTANT_KINDS: readonly string[] = [
  "integer",
  "string",
  "bool",
  "nil",
  "duration",
] satisfies Constant["kind"][];
const CONDITION_KINDS: readonly string[] = [
  "comparison",
  "prefix",
  "truth",
  "not",
  "and",
  "or",
] satisfies Condition["kind"][];

function isConstant(term: Term): term is Constant {
  return CONSTANT_KINDS.includes(term.kind);
}

function isCondition(term: Term): term is Condition {
  return CONDITION_KINDS.includes(term.kind);
}
