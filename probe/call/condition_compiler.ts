import type { GoType } from "../../go/mod.ts";
import {
  type Comparison,
  type ComparisonOperator,
  type Condition,
  type Constant,
  type Expression,
  ExpressionError,
  type PrefixTest,
} from "../expression/mod.ts";
import type { ExpressionCompiler } from "./expression_compiler.ts";
import type { Operand } from "./operand.ts";
import { CALL_LIMITS, type ConditionTerm, type TermNext, type TermOperator } from "./program.ts";
import type { ValueBuilder } from "./value_builder.ts";

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

/**
 * Turns a condition into comparisons that the program makes one after the other: each says which comes next. A negation
 * is moved into the comparisons, so that what is not there meets none, negated or not.
 */
export class ConditionCompiler {
  readonly #expressions: ExpressionCompiler;
  readonly #values: ValueBuilder;
  readonly #text: string;
  readonly #terms: { test: Test; then: TermNext; otherwise: TermNext }[] = [];
  #needsReturn = false;

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

  /** Whether it needs what is known only when the function returns. */
  get needsReturn(): boolean {
    return this.#needsReturn;
  }

  /** Adds the terms of a condition; returns the index of the first. */
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
    const { operand, field } = this.#read(condition.operand);
    const type = operand.kind === "memory" || operand.kind === "registers" ? operand.type : undefined;
    const size = sizeOf(type, operand);
    const signed = type === undefined ? operand.kind === "variable" : type.kind.startsWith("int");
    const integer = { field, size, signed } as const;
    if (condition.kind === "truth") {
      if (type?.kind !== "bool") {
        throw this.#error(condition.at, "a condition alone is a bool", "Compare it with something.");
      }
      return { ...integer, operator: "not-equal", operand: 0n };
    }
    if (condition.kind === "prefix") {
      this.#checkText(condition.operand, type, condition.prefix.bytes, condition.prefix.at);
      return { ...integer, operator: "text-prefix", operand: condition.prefix.bytes };
    }
    return { ...integer, ...this.#compare(condition, type, size, signed) };
  }

  #compare(
    { operator, constant, operand, at }: Comparison,
    type: GoType | undefined,
    size: number,
    signed: boolean,
  ): Pick<Test, "operator" | "operand"> {
    const isEquality = operator === "==" || operator === "!=";
    if (constant.kind === "nil") {
      const mayBeNil = type === undefined ||
        ["pointer", "interface", "slice", "map", "chan", "func", "unsafe.Pointer"].includes(type.kind);
      if (!isEquality || !mayBeNil) {
        throw this.#error(constant.at, `${type?.name ?? "this"} is never nil`, "Compare it with a value.");
      }
      return { operator: operator === "==" ? "is-nil" : "is-not-nil", operand: 0n };
    }
    if (constant.kind === "string") {
      if (!isEquality) {
        throw this.#error(at, "texts are compared by ==, != and hasPrefix()", "Write one of these.");
      }
      this.#checkText(operand, type, constant.bytes, constant.at);
      return { operator: operator === "==" ? "text-equal" : "text-not-equal", operand: constant.bytes };
    }
    const value = this.#integerOf(constant, type);
    const [least, most] = signed
      ? [-(1n << BigInt(8 * size - 1)), (1n << BigInt(8 * size - 1)) - 1n]
      : [0n, (1n << BigInt(8 * size)) - 1n];
    if (value < least || value > most) {
      throw this.#error(
        constant.at,
        `${type?.name ?? "this"} never is ${value}`,
        `It goes from ${least} to ${most}.`,
      );
    }
    return { operator: INTEGER_OPERATORS[operator], operand: value };
  }

  #integerOf(constant: Exclude<Constant, { kind: "nil" | "string" }>, type: GoType | undefined): bigint {
    const isBool = type?.kind === "bool";
    if (constant.kind === "bool") {
      if (isBool) return constant.value ? 1n : 0n;
      throw this.#error(
        constant.at,
        `${type?.name ?? "this"} is no bool`,
        "Compare it with a value of its type.",
      );
    }
    const isInteger = type === undefined || /^u?int/.test(type.kind);
    if (!isInteger) {
      const hint = /^(float|complex)/.test(type.kind)
        ? "Floats cannot be compared in the kernel; filter the output instead."
        : "Compare it with a value of its type.";
      throw this.#error(constant.at, `${type.name} is no whole number`, hint);
    }
    return constant.kind === "duration" ? constant.nanoseconds : constant.value;
  }

  #checkText(expression: Expression, type: GoType | undefined, bytes: Uint8Array, column: number): void {
    const isText = type?.kind === "string" || type?.kind === "slice" && type.element?.kind === "uint8";
    if (!isText) {
      throw this.#error(
        expression.at,
        `${type?.name ?? "this"} is no string`,
        "Compare it with a value of its type.",
      );
    }
    if (bytes.length > CALL_LIMITS.textBytes) {
      throw this.#error(
        column,
        `a text in a condition has at most ${CALL_LIMITS.textBytes} bytes`,
        'Compare a prefix: hasPrefix(x, "…").',
      );
    }
  }

  /** The operand, and the index of the first field of its value. */
  #read(expression: Expression): { readonly operand: Operand; readonly field: number } {
    const { operand, moment } = this.#expressions.compile(expression, undefined);
    if (moment === "return") this.#needsReturn = true;
    const value = this.#values.build("the condition", operand, moment === "entry");
    switch (value.kind) {
      case "struct":
      case "time":
      case "complex":
      case "omitted":
        throw this.#error(expression.at, "a struct cannot be compared", "Compare a field of it.");
      case "unreadable":
        throw this.#error(expression.at, `it is ${value.reason}`, "Compare another value.");
      case "list":
        if (value.lengthField === undefined) {
          throw this.#error(expression.at, "an array cannot be compared", "Compare an element of it.");
        }
        return { operand, field: value.lengthField };
      case "interface":
        return { operand, field: value.type };
      default:
        return { operand, field: value.field };
    }
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

function sizeOf(type: GoType | undefined, operand: Operand): 1 | 2 | 4 | 8 {
  if (type === undefined || operand.kind === "variable") return 8;
  return type.size === 1 || type.size === 2 || type.size === 4 ? type.size : 8;
}
