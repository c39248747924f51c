import type { Expression, ProbeExpression } from "./ast.ts";
import { ExpressionParser } from "./expression_parser.ts";
import { Scanner } from "./scanner.ts";

/**
 * Parses a PROBE of the command line: `NAME [ "(" [args] ")" ] [ "->" results ]`, where the results are one
 * expression or a list in parentheses: `main.(*Store).Get(s.name, key) -> (val.Price, err)`.
 *
 * @throws {ExpressionError} where the text is no probe.
 */
export function parseProbe(text: string): ProbeExpression {
  const scanner = new Scanner(text);
  const parser = new ExpressionParser(scanner);
  const name = scanner.takeName();
  const open = scanner.takeIf("(");
  const args = open && parser.parseList(open);
  const results = scanner.takeIf("->") && parseResults(scanner, parser);
  if (scanner.peek().kind !== "end") throw scanner.unexpected(wantedAfter(args, results), PROBE_HINT);
  return { kind: "probe", name: name.text, args, results, at: name.at, end: scanner.lastEnd };
}

const PROBE_HINT = "Write NAME(EXPRESSION, ...) -> (EXPRESSION, ...); a condition goes to --where.";

function wantedAfter(args: unknown, results: unknown): string {
  if (results !== undefined) return "the end";
  return args === undefined ? `"(", "->" or the end` : `"->" or the end`;
}

function parseResults(scanner: Scanner, parser: ExpressionParser): Expression[] {
  const open = scanner.takeIf("(");
  if (open === undefined) return [parser.parse()];
  const list = parser.parseList(open);
  // `-> (*p).x`: the parentheses were no list's, but the beginning of an expression.
  const [first] = list;
  return first !== undefined && list.length === 1 ? [parser.parsePostfix(first, open.at)] : list;
}
