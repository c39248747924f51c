import type { Condition, Constant, Expression, ProbeExpression } from "./ast.ts";
import { NANOSECONDS_PER_UNIT } from "./literals.ts";
import { quote } from "./quote.ts";

/** A probe in its normal form: `main.f(a.b, len(c)) -> (val, err)`, one result without parentheses. */
export function printProbe({ name, args, results }: ProbeExpression): string {
  const list = (expressions: readonly Expression[]) => `(${expressions.map(printExpression).join(", ")})`;
  const [first] = results ?? [];
  const shown = results?.length === 1 && first !== undefined
    ? printExpression(first)
    : results && list(results);
  return `${name}${args === undefined ? "" : list(args)}${shown === undefined ? "" : ` -> ${shown}`}`;
}

/** An expression in its normal form: without spaces, and only with the parentheses that it needs. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "identifier":
      return expression.name;
    case "variable":
      return `$${expression.name}`;
    case "field":
      return `${printPostfixed(expression.operand)}.${expression.name}`;
    case "index":
      return `${printPostfixed(expression.operand)}[${printConstant(expression.index)}]`;
    case "assertion":
      return `${printPostfixed(expression.operand)}.(${expression.type})`;
    case "call":
      return `${expression.function}(${printExpression(expression.operand)})`;
    case "dereference":
      return `*${printExpression(expression.operand)}`;
    case "address": {
      const operand = printExpression(expression.operand);
      // Go reads `&&` as one operator.
      return operand.startsWith("&") ? `&(${operand})` : `&${operand}`;
    }
  }
}

/** A condition in its normal form: spaces around operators, and only the parentheses that it needs. */
export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case "comparison":
      return `${printExpression(condition.operand)} ${condition.operator} ${
        printConstant(condition.constant)
      }`;
    case "prefix":
      return `hasPrefix(${printExpression(condition.operand)}, ${printConstant(condition.prefix)})`;
    case "truth":
      return printExpression(condition.operand);
    case "not": {
      const operand = printCondition(condition.operand);
      return ["comparison", "and", "or"].includes(condition.operand.kind) ? `!(${operand})` : `!${operand}`;
    }
    case "and":
      return condition.operands.map((operand) =>
        operand.kind === "or" ? `(${printCondition(operand)})` : printCondition(operand)
      ).join(" && ");
    case "or":
      return condition.operands.map(printCondition).join(" || ");
  }
}

/** The operand of `.name`, `[index]` and `.(type)`, which bind more than prefix operators do. */
function printPostfixed(operand: Expression): string {
  const text = printExpression(operand);
  return operand.kind === "dereference" || operand.kind === "address" ? `(${text})` : text;
}

function printConstant(constant: Constant): string {
  switch (constant.kind) {
    case "integer":
    case "bool":
      return `${constant.value}`;
    case "string":
      return quote(constant.bytes);
    case "nil":
      return "nil";
    case "duration":
      return printDuration(constant.nanoseconds);
  }
}

/** In the largest unit that makes it a whole number: `1500ms`. */
function printDuration(nanoseconds: bigint): string {
  const unit = ["h", "m", "s", "ms", "us"].find((unit) => nanoseconds % NANOSECONDS_PER_UNIT[unit]! === 0n) ??
    "ns";
  return nanoseconds === 0n ? "0s" : `${nanoseconds / NANOSECONDS_PER_UNIT[unit]!}${unit}`;
}
