import assert from "node:assert/strict";
import fc from "fast-check";
import { makeType, pointerTo, STRING } from "../../go/sample_types.ts";
import type { Condition } from "../expression/mod.ts";
import { ExpressionError, parseCondition, printCondition } from "../expression/mod.ts";
import { ConditionCompiler } from "./condition_compiler.ts";
import { ExpressionCompiler } from "./expression_compiler.ts";
import { CALL_LIMITS, type ConditionTerm } from "./program.ts";
import {
  arrayOf,
  BOOL,
  BYTES,
  environmentOf,
  ERROR,
  FLOAT,
  INT,
  INT8,
  knownTypes,
  ORDER,
  TIME,
} from "./sample_function.ts";
import { ValueBuilder } from "./value_builder.ts";

const TYPES = knownTypes(ORDER);
const LETTERS = ["a", "b", "c", "d", "e", "f", "g", "h"] as const;

function compile(text: string, parameters: Parameters<typeof environmentOf>[0]["parameters"] = []) {
  const environment = environmentOf({ parameters, results: [["n", INT]] });
  const values = new ValueBuilder(TYPES, 152);
  const expressions = new ExpressionCompiler(environment, TYPES, text);
  const terms = new ConditionCompiler(expressions, values, text).compile(parseCondition(text));
  return { terms, fields: values.fields };
}

const INTEGERS = LETTERS.map((name) => [name, INT] as const);

/** Whether a condition holds, as Go would say it of bools. */
function holds(condition: Condition, truths: ReadonlyMap<string, boolean>): boolean {
  switch (condition.kind) {
    case "not":
      return !holds(condition.operand, truths);
    case "and":
      return condition.operands.every((operand) => holds(operand, truths));
    case "or":
      return condition.operands.some((operand) => holds(operand, truths));
    default:
      return truths.get(printCondition(condition))!;
  }
}

/** Runs the terms as the program does: each comparison once, forward only. */
function accepts(terms: readonly ConditionTerm[], isMet: (term: ConditionTerm) => boolean): boolean {
  let next: ConditionTerm["then"] = 0;
  for (const [i, term] of terms.entries()) {
    if (next !== i) continue;
    next = isMet(term) ? term.then : term.otherwise;
    assert.ok(typeof next !== "number" || next > i, "it jumps back");
  }
  assert.equal(typeof next, "string", "it has no end");
  return next === "accept";
}

/** A random condition over these comparisons, each once: `true` stands for &&, a `!` before a part negates it. */
function conditions(letters: readonly string[]): fc.Arbitrary<string> {
  const [only] = letters;
  if (letters.length === 1) return fc.constantFrom(`${only} == 1`, `!(${only} == 1)`);
  return fc.integer({ min: 1, max: letters.length - 1 }).chain((at) =>
    fc.tuple(
      conditions(letters.slice(0, at)),
      conditions(letters.slice(at)),
      fc.constantFrom("&&", "||"),
      fc.boolean(),
    ).map(([left, right, operator, isNegated]) => `${isNegated ? "!" : ""}((${left}) ${operator} (${right}))`)
  );
}

Deno.test("the comparisons of a condition, run one after the other, come to what it means", () => {
  const sizes = fc.integer({ min: 1, max: CALL_LIMITS.terms });
  const inputs = sizes.chain((size) =>
    fc.tuple(conditions(LETTERS.slice(0, size)), fc.array(fc.boolean(), { minLength: size, maxLength: size }))
  );
  fc.assert(
    fc.property(inputs, ([text, values]) => {
      const { terms, fields } = compile(text, INTEGERS);
      assert.equal(terms.length, values.length);
      const isOne = new Map(values.map((value, i) => [LETTERS[i]!, value]));
      const truths = new Map(values.map((value, i) => [`${LETTERS[i]} == 1`, value]));
      const isMet = ({ field, operator }: ConditionTerm) =>
        isOne.get(fields[field]!.name as typeof LETTERS[number])! === (operator === "equal");
      assert.equal(accepts(terms, isMet), holds(parseCondition(text), truths), text);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("what is not there meets no comparison, negated or not", () => {
  for (const text of ["a == 1", "!(a == 1)", "!(a == 1 && a < 5)", "a > 0 || !(a > 0)"]) {
    const { terms } = compile(text, INTEGERS);
    assert.equal(accepts(terms, () => false), false, text);
  }
});

const PARAMETERS = [
  ["n8", INT8],
  ["ok", BOOL],
  ["text", STRING],
  ["bytes", BYTES],
  ["o", pointerTo(ORDER)],
  ["err", ERROR],
  ["x", FLOAT],
  ["at", TIME],
  ["list", arrayOf(INT, 2)],
  ["d", makeType("time.Duration", "int64", 8)],
] as const;

const TERMS: readonly (readonly [condition: string, operator: string, operand: unknown])[] = [
  ["n8 < -3", "less", -3n],
  ["n8 >= 'a'", "greater-equal", 97n],
  ["7 < n8", "greater", 7n],
  ["ok", "not-equal", 0n],
  ["!ok", "equal", 0n],
  ["ok == false", "equal", 0n],
  ["ok != true", "not-equal", 1n],
  ['text == "x"', "text-equal", new TextEncoder().encode("x")],
  ['!(bytes != "x")', "text-equal", new TextEncoder().encode("x")],
  ['hasPrefix(text, "x")', "text-prefix", new TextEncoder().encode("x")],
  ['!hasPrefix(text, "x")', "text-not-prefix", new TextEncoder().encode("x")],
  ["o == nil", "is-nil", 0n],
  ["!(o == nil)", "is-not-nil", 0n],
  ["err != nil", "is-not-nil", 0n],
  ["bytes == nil", "is-nil", 0n],
  ["d >= 1.5s", "greater-equal", 1_500_000_000n],
  ["$duration > 2ms", "greater", 2_000_000n],
  ["len(text) == 3", "equal", 3n],
  ["o.Codes[1] == 65535", "equal", 65535n],
];

for (const [condition, operator, operand] of TERMS) {
  Deno.test(`--where '${condition}' is one comparison: ${operator}`, () => {
    const { terms } = compile(condition, PARAMETERS);
    const [term] = terms;
    assert.deepEqual(
      { count: terms.length, operator: term?.operator, operand: term?.operand },
      { count: 1, operator, operand },
    );
  });
}

Deno.test("a slice is compared with nil by its pointer, and not by what is in it", () => {
  const { fields } = compile("bytes == nil", PARAMETERS);
  assert.deepEqual(fields.map(({ kind }) => kind), [{ kind: "address" }]);
});

Deno.test("integers are compared with their size and sign", () => {
  const { terms } = compile("n8 == -128 && o.Codes[0] == 1", PARAMETERS);
  assert.deepEqual(terms.map(({ size, signed }) => ({ size, signed })), [
    { size: 1, signed: true },
    { size: 2, signed: false },
  ]);
});

const WRONG: readonly (readonly [condition: string, caret: string, says: RegExp])[] = [
  ["n8 == 128", "      ^", /int8 never is 128/],
  ["n8 == nil", "      ^", /int8 is never nil/],
  ["o < nil", "    ^", /neither less nor greater/],
  ["$pid == nil", "        ^", /\$pid is never nil/],
  ["n8 == true", "      ^", /int8 is no bool/],
  ['n8 == "x"', "^", /int8 is no string/],
  ['text < "x"', "^", /compared by ==, != and hasPrefix/],
  ["text == 1", "        ^", /string is no whole number/],
  [`text == "${"x".repeat(65)}"`, "        ^", /at most 64 bytes/],
  ["n8", "^", /a condition alone is a bool/],
  ["x == 1", "     ^", /float64 is no whole number/],
  ["at == 1", "      ^", /time.Time is no whole number/],
  ["list == nil", "        ^", /never nil/],
  ["o == 1", "     ^", /is no whole number/],
  ['type(err) == "x"', "^", /a type is no string/],
  ["type(err) == 1", "             ^", /a type is no whole number/],
  ["len(list) == 2", "^", /len\(list\) is always 2/],
  ["nope == 1", "^", /nope/],
  ["ok && n8 == 1 || nope", "                 ^", /nope/],
];

for (const [condition, caret, says] of WRONG) {
  Deno.test(`a wrong condition is told with its column: ${condition.slice(0, 30)}`, () => {
    assert.throws(() => compile(condition, PARAMETERS), (error) => {
      assert.ok(error instanceof ExpressionError, String(error));
      assert.match(error.message, says);
      assert.equal(error.column, caret.indexOf("^"), error.message);
      assert.ok(error.hint.length > 0);
      return true;
    });
  });
}

Deno.test("more comparisons than a program takes are refused, at the first that is too much", () => {
  const nine = Array.from({ length: CALL_LIMITS.terms + 1 }, () => "a == 1").join(" || ");
  assert.throws(() => compile(nine, INTEGERS), (error) => {
    assert.ok(error instanceof ExpressionError);
    assert.equal(error.column, nine.lastIndexOf("a"));
    return true;
  });
});

Deno.test("what is known only at the return makes a field of the return", () => {
  assert.deepEqual(
    compile("a == 1 && $duration > 1s && n == 2", INTEGERS).fields.map(({ fromEntry }) => fromEntry),
    [
      true,
      false,
      false,
    ],
  );
});
