import type { Constant } from "./ast.ts";
import { parseCharacter, parseNumber, parseString } from "./literals.ts";
import type { Scanner } from "./scanner.ts";

/** Names that are constants wherever a value stands: no parameter is reached by them. */
export const CONSTANT_NAMES: readonly string[] = ["true", "false", "nil"];

/**
 * Takes a constant if one comes next.
 *
 * @throws {ExpressionError} when it is one that cannot be.
 */
export function parseConstant(scanner: Scanner): Constant | undefined {
  const { kind, text, at, end } = scanner.peek();
  const source = scanner.text;
  const span = { at, end };
  let constant: Constant;
  if (kind === "number") constant = { ...parseNumber(source, span, false), ...span };
  else if (kind === "string") constant = { kind, bytes: parseString(source, span), ...span };
  else if (kind === "character") constant = { kind: "integer", value: parseCharacter(source, span), ...span };
  else if (kind === "identifier" && text === "nil") constant = { kind: "nil", ...span };
  else if (kind === "identifier" && CONSTANT_NAMES.includes(text)) {
    constant = { kind: "bool", value: text === "true", ...span };
  } else return scanner.sees("-") ? parseNegative(scanner) : undefined;
  scanner.take();
  return constant;
}

function parseNegative(scanner: Scanner): Constant {
  const { at } = scanner.take();
  const number = scanner.peek();
  if (number.kind !== "number") throw scanner.unexpected("a number");
  const value = parseNumber(scanner.text, number, true);
  scanner.take();
  return { ...value, at, end: number.end };
}
