import { type GoType, isInteger, isSigned } from "../../go/mod.ts";
import {
  type Comparison,
  type ComparisonOperator,
  type Condition,
  type Constant,
  type Expression,
  ExpressionError,
  type PrefixTest,
  printExpression,
} from "../expression/mod.ts";
import type { ExpressionCompiler } from "./expression_compiler.ts";
import { isTyped, type Operand } from "./operand.ts";
import { CALL_LIMITS, type ConditionTerm, type TermNext, type TermOperator } from "./program.ts";
import { mayBeNil, type ValueBuilder } from "./value_builder.ts";

const INTEGER_OPERATORS: Readonly<Record<ComparisonOperator, TermOperator>> = {
  "==": "equal",
  "!=": "not-equal",
  "<": "less",
  "<=": "less-equal",
  ">": "greater",
  ">=": "greater-equal",
};

const OPPOSITES: Readonly<Record<TermOperator, TermOperator>> = {
  "equal": "not-equal",
  "not-equal": "equal",
  "less": "greater-equal",
  "less-equal": "greater",
  "greater": "less-equal",
  "greater-equal": "less",
  "is-nil": "is-not-nil",
  "is-not-nil": "is-nil",
  "text-equal": "text-not-equal",
  "text-not-equal": "text-equal",
  "text-prefix": "text-not-prefix",
  "text-not-prefix": "text-prefix",
};

type Test = Omit<ConditionTerm, "then" | "otherwise">;

/** What is known of a value before it is compared. */
interface Compared extends Pick<Test, "size" | "signed"> {
  /** Undefined for what is no value of a Go type. */
  readonly type: GoType | undefined;
  /** Of its type, or what it is, for a message. */
  readonly name: string;
}

const NAMES = {
  address: "an address",
  type: "a type",
  word: "a word of unknown type",
  unplaced: "this",
  constant: "a constant",
} as const;

const OF_ITS_TYPE = "Compare it with a value of its type.";

/**
 * Turns a condition into comparisons that the program makes one after the other: each says which comes next. A negation
 * is moved into the comparisons, so that what is not there meets none, negated or not.
 */
export class ConditionCompiler {
  readonly #expressions: ExpressionCompiler;
  readonly #values: ValueBuilder;
  readonly #text: string;
  readonly #terms: { test: Test; then: TermNext; otherwise: TermNext }[] = [];

  /** @param text what the condition was read from, for errors */
  constructor(expressions: ExpressionCompiler, values: ValueBuilder, text: string) {
    this.#expressions = expressions;
    this.#values = values;
    this.#text = text;
  }

  /**
   * @throws {ExpressionError} when something cannot be compared, or there are more comparisons than a program takes.
   * @throws {TooMuch} when the values do not fit.
   */
  compile(condition: Condition): ConditionTerm[] {
    this.#emit(condition, false, "accept", "reject");
    return this.#terms.map(({ test, then, otherwise }) => ({ ...test, then, otherwise }));
  }

  /** Adds the terms of a condition. */
  #emit(condition: Condition, negated: boolean, then: TermNext, otherwise: TermNext): void {
    switch (condition.kind) {
      case "not":
        return this.#emit(condition.operand, !negated, then, otherwise);
      case "and":
      case "or": {
        const { operands } = condition;
        const isAnd = (condition.kind === "and") !== negated;
        operands.forEach((operand, i) => {
          if (i === operands.length - 1) return this.#emit(operand, negated, then, otherwise);
          // The next operand begins behind the terms of this one.
          const next = this.#terms.length + countTerms(operand);
          this.#emit(operand, negated, isAnd ? next : then, isAnd ? otherwise : next);
        });
        return;
      }
      default: {
        if (this.#terms.length === CALL_LIMITS.terms) {
          throw this.#error(
            condition.at,
            `a condition has at most ${CALL_LIMITS.terms} comparisons`,
            "Filter the output instead.",
          );
        }
        const test = this.#test(condition);
        this.#terms.push({
          test: negated ? { ...test, operator: OPPOSITES[test.operator] } : test,
          then,
          otherwise,
        });
      }
    }
  }

  #test(condition: Comparison | PrefixTest | Extract<Condition, { kind: "truth" }>): Test {
    const { operand, moment } = this.#expressions.compile(condition.operand, undefined);
    const value = this.#comparedOf(operand);
    const isWithNil = condition.kind === "comparison" && condition.constant.kind === "nil";
    const test = this.#compare(condition, value);
    const field = this.#fieldOf(condition.operand, operand, moment === "entry", isWithNil);
    return { ...value, field, ...test };
  }

  /** What is known of a value before it is compared. */
  #comparedOf(operand: Operand): Compared {
    if (operand.kind === "variable") {
      return { type: undefined, name: `$${operand.name}`, size: 8, signed: true };
    }
    if (!isTyped(operand)) return { type: undefined, name: NAMES[operand.kind], size: 8, signed: false };
    const { type } = operand;
    const size = type.size === 1 || type.size === 2 || type.size === 4 ? type.size : 8;
    return { type, name: type.name, size, signed: isSigned(type.kind) };
  }

  #compare(
    condition: Comparison | PrefixTest | Extract<Condition, { kind: "truth" }>,
    value: Compared,
  ): Pick<Test, "operator" | "operand"> {
    const { type, name, size, signed } = value;
    if (condition.kind === "truth") {
      if (type?.kind === "bool") return { operator: "not-equal", operand: 0n };
      throw this.#error(condition.at, "a condition alone is a bool", "Compare it with something.");
    }
    if (condition.kind === "prefix") {
      this.#checkText(condition.operand, value, condition.prefix.bytes, condition.prefix.at);
      return { operator: "text-prefix", operand: condition.prefix.bytes };
    }
    const { operator, constant, operand, at } = condition;
    const isEquality = operator === "==" || operator === "!=";
    if (constant.kind === "nil") {
      const isPossible = type === undefined ? !name.startsWith("$") : mayBeNil(type);
      if (isEquality && isPossible) {
        return { operator: operator === "==" ? "is-nil" : "is-not-nil", operand: 0n };
      }
      const what = isPossible ? "nil is neither less nor greater" : `${name} is never nil`;
      throw this.#error(constant.at, what, isPossible ? "Write == or !=." : "Compare it with a value.");
    }
    if (constant.kind === "string") {
      if (!isEquality) {
        throw this.#error(at, "texts are compared by ==, != and hasPrefix()", "Write one of these.");
      }
      this.#checkText(operand, value, constant.bytes, constant.at);
      return { operator: operator === "==" ? "text-equal" : "text-not-equal", operand: constant.bytes };
    }
    const number = this.#integerOf(constant, value);
    const bits = BigInt(8 * size);
    const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
    if (number < least || number > most) {
      throw this.#error(constant.at, `${name} never is ${number}`, `It goes from ${least} to ${most}.`);
    }
    return { operator: INTEGER_OPERATORS[operator], operand: number };
  }

  #integerOf(constant: Exclude<Constant, { kind: "nil" | "string" }>, { type, name }: Compared): bigint {
    if (constant.kind === "bool") {
      if (type?.kind === "bool") return constant.value ? 1n : 0n;
      throw this.#error(constant.at, `${name} is no bool`, OF_ITS_TYPE);
    }
    if (type !== undefined && !isInteger(type.kind) || name === NAMES.type) {
      const isFloat = /^(float|complex)/.test(type?.kind ?? "");
      const hint = isFloat
        ? "Floats cannot be compared in the kernel; filter the output instead."
        : OF_ITS_TYPE;
      throw this.#error(constant.at, `${name} is no whole number`, hint);
    }
    return constant.kind === "duration" ? constant.nanoseconds : constant.value;
  }

  #checkText(expression: Expression, { type, name }: Compared, bytes: Uint8Array, column: number): void {
    const isText = type?.kind === "string" || type?.kind === "slice" && type.element?.kind === "uint8";
    if (!isText) {
      const hint = name === NAMES.type ? "Ask whether it holds one: x.(*T) != nil." : OF_ITS_TYPE;
      throw this.#error(expression.at, `${name} is no string`, hint);
    }
    if (bytes.length > CALL_LIMITS.textBytes) {
      throw this.#error(
        column,
        `a text in a condition has at most ${CALL_LIMITS.textBytes} bytes`,
        'Compare a prefix: hasPrefix(x, "…").',
      );
    }
  }

  /** Index of the field that is compared. */
  #fieldOf(expression: Expression, operand: Operand, fromEntry: boolean, isWithNil: boolean): number {
    const name = printExpression(expression);
    if (isTyped(operand)) {
      const field = this.#values.compared(name, operand, fromEntry, isWithNil);
      if (field !== undefined) return field;
      throw this.#error(
        expression.at,
        `where ${operand.type.name} is cannot be read here`,
        "Compare another value.",
      );
    }
    if (operand.kind === "constant") {
      throw this.#error(expression.at, `${name} is always ${operand.value}`, "Leave the comparison out.");
    }
    const value = this.#values.build(name, operand, fromEntry);
    if ("field" in value) return value.field;
    const reason = value.kind === "unreadable" ? value.reason : "not there";
    throw this.#error(expression.at, `it is ${reason}`, "Compare another value.");
  }

  #error(column: number, what: string, hint: string): ExpressionError {
    return new ExpressionError(what, { text: this.#text, column, hint });
  }
}

function countTerms(condition: Condition): number {
  if (condition.kind === "not") return countTerms(condition.operand);
  if (condition.kind !== "and" && condition.kind !== "or") return 1;
  return condition.operands.reduce((sum, operand) => sum + countTerms(operand), 0);
}
