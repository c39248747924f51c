import assert from "node:assert/strict";
import fc from "fast-check";
import type { ComparisonOperator, Condition, Constant, Expression, ProbeExpression } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";
import { parseCondition } from "./parse_condition.ts";
import { parseProbe } from "./parse_probe.ts";
import { printCondition, printExpression, printProbe } from "./print.ts";

/** With a fixed seed a failure is the same everywhere. */
const RUNS = { numRuns: 10_000, seed: 6 } as const;
const FEWER_RUNS = { numRuns: 2_000, seed: 6 } as const;

const SPAN = { at: 0, end: 0 } as const;

const integers = fc.oneof(fc.bigInt(-(1n << 63n), (1n << 64n) - 1n), fc.bigInt(-3n, 300n))
  .map((value) => ({ kind: "integer" as const, value, ...SPAN }));

const strings = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => new TextEncoder().encode(text)),
  fc.constantFrom("GET", 'say "hi"', "a\\b", "\u2028", "é\n", "\ufeff", "\ufffd")
    .map((text) => new TextEncoder().encode(text)),
).map((bytes) => ({ kind: "string" as const, bytes, ...SPAN }));

const constants: fc.Arbitrary<Constant> = fc.oneof(
  integers,
  strings,
  fc.boolean().map((value) => ({ kind: "bool" as const, value, ...SPAN })),
  fc.constant({ kind: "nil" as const, ...SPAN }),
  fc.oneof(
    fc.bigInt(-(1n << 63n), (1n << 63n) - 1n),
    fc.bigInt(-90n, 90n).map((seconds) => seconds * 1_000_000_000n),
  )
    .map((nanoseconds) => ({ kind: "duration" as const, nanoseconds, ...SPAN })),
);

/** Names that are no constants; operators' names without their parentheses are names like others. */
const names = fc.constantFrom(
  "req",
  "recv",
  "arg0",
  "ret12",
  "_x",
  "größe",
  "日本",
  "len",
  "type",
  "hasPrefix",
  "e9",
);
const fieldNames = fc.oneof(names, fc.constantFrom("nil", "true", "URL", "𝒳"));
const types = fc.constantFrom(
  "*net/http.Request",
  "int",
  "[]byte",
  "map[string]int",
  "main.Pair[int,string]",
  "github.com/x/y.v3.T",
  "func(int) (string, error)",
  'struct { A int "json:\\"a)\\"" }',
  "<-chan int",
);

const leaves: fc.Arbitrary<Expression> = fc.oneof(
  names.map((name) => ({ kind: "identifier" as const, name, ...SPAN })),
  fc.constantFrom("goid" as const, "duration" as const, "pid" as const)
    .map((name) => ({ kind: "variable" as const, name, ...SPAN })),
);

/** Puts one node more around an expression. */
type Step = (operand: Expression) => Expression;

const steps = fc.oneof(
  fieldNames.map((name): Step => (operand) => ({ kind: "field", operand, name, nameAt: 0, ...SPAN })),
  fc.oneof(integers, strings).map((index): Step => (operand) => ({ kind: "index", operand, index, ...SPAN })),
  types.map((type): Step => (operand) => ({ kind: "assertion", operand, type, typeAt: 0, ...SPAN })),
  fc.constantFrom("len" as const, "cap" as const, "type" as const)
    .map((function_): Step => (operand) => ({ kind: "call", function: function_, operand, ...SPAN })),
  fc.constantFrom("dereference" as const, "address" as const)
    .map((kind): Step => (operand) => ({ kind, operand, ...SPAN })),
);

const expressions: fc.Arbitrary<Expression> = fc.tuple(leaves, fc.array(steps, { maxLength: 6 }))
  .map(([leaf, steps]) => steps.reduce((operand, step) => step(operand), leaf));

const functionNames = fc.constantFrom(
  "main.ping",
  "main.(*Store).Get",
  "main.H[int]",
  "main.H[go.shape.int].Foo",
  "main.glob..func1",
  "main.(*T).M-fm",
  "github.com/a/b%2ec.(*T).M",
  "main.*",
  "main.F[go.shape.struct { A int; B func(int) (string, error) }]",
);

const lists = fc.option(fc.array(expressions, { maxLength: 2 }), { nil: undefined });

const probes: fc.Arbitrary<ProbeExpression> = fc.tuple(functionNames, lists, lists)
  .map(([name, args, results]) => ({ kind: "probe", name, args, results, ...SPAN }));

const operators = fc.constantFrom<ComparisonOperator>("==", "!=", "<", "<=", ">", ">=");

/** Conditions; a list within a list of the same kind is flat, as the parser makes it. */
const conditions: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>((tie) => {
  const joined = (kind: "and" | "or") =>
    fc.array(tie("condition"), { minLength: 2, maxLength: 3 }).map((operands) => ({
      kind,
      operands: operands.flatMap((operand) => operand.kind === kind ? operand.operands : [operand]),
      ...SPAN,
    }));
  return {
    condition: fc.oneof(
      { maxDepth: 3 },
      fc.tuple(expressions, operators, constants).map(([operand, operator, constant]) => (
        { kind: "comparison" as const, operator, operand, constant, ...SPAN }
      )),
      expressions.map((operand) => ({ kind: "truth" as const, operand, ...SPAN })),
      fc.tuple(expressions, strings).map(([operand, prefix]) => ({
        kind: "prefix" as const,
        operand,
        prefix,
        ...SPAN,
      })),
      tie("condition").map((operand) => ({ kind: "not" as const, operand, ...SPAN })),
      joined("and"),
      joined("or"),
    ),
  };
}).condition;

const POSITIONS = ["at", "end", "nameAt", "typeAt"];

/** Whether two trees are equal but for positions. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  const entries = Object.entries(a);
  const others = new Map(Object.entries(b));
  return entries.length === others.size &&
    entries.every(([key, value]) => POSITIONS.includes(key) || isSame(value, others.get(key)));
}

/** Where the nodes of a tree begin and end: places between two tokens of its text. */
function placesIn(tree: unknown): number[] {
  if (typeof tree !== "object" || tree === null || tree instanceof Uint8Array) return [];
  return Object.entries(tree).flatMap(([key, value]) =>
    ["at", "end", "nameAt"].includes(key) ? [value as number] : placesIn(value)
  );
}

/** A text of either language, and its parser. */
const texts: fc.Arbitrary<{ readonly text: string; readonly parse: (text: string) => unknown }> = fc.oneof(
  probes.map((probe) => ({ text: printProbe(probe), parse: parseProbe })),
  conditions.map((condition) => ({ text: printCondition(condition), parse: parseCondition })),
);

function errorOf(parse: (text: string) => unknown, text: string): ExpressionError | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}

Deno.test("10,000 random probes are the same when printed and parsed again", () => {
  fc.assert(
    fc.property(probes, (probe) => {
      const text = printProbe(probe);
      const parsed = parseProbe(text);
      assert.ok(isSame(parsed, probe), text);
      assert.equal(printProbe(parsed), text);
      assert.deepEqual([parsed.at, parsed.end], [0, text.length]);
    }),
    RUNS,
  );
});

Deno.test("10,000 random expressions are the same when printed and parsed again, and stand where they say", () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const text = `main.f(${printExpression(expression)})`;
      const [parsed] = parseProbe(text).args ?? [];
      assert.ok(parsed !== undefined);
      assert.ok(isSame(parsed, expression), text);
      assert.equal(`main.f(${text.slice(parsed.at, parsed.end)})`, text);
      for (let node = parsed; "operand" in node; node = node.operand) {
        assert.equal(text.slice(node.at, node.end), printExpression(node));
      }
    }),
    RUNS,
  );
});

Deno.test("10,000 random conditions are the same when printed and parsed again", () => {
  fc.assert(
    fc.property(conditions, (condition) => {
      const text = printCondition(condition);
      const parsed = parseCondition(text);
      assert.ok(isSame(parsed, condition), text);
      assert.equal(printCondition(parsed), text);
    }),
    RUNS,
  );
});

Deno.test("10,000 damaged texts give a value, or an error within the text", () => {
  const unit = fc.constantFrom(..."()[]{}.,*&!|=<>-$\"'`\\#0x9a_é𝒳 \n\u0000\ud800");
  let errors = 0;
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(2), unit, ({ text, parse }, place, removed, inserted) => {
      const at = place % (text.length + 1);
      // Inserted, replaced, or (with nothing in its place) deleted.
      const damaged = removed === 2
        ? text.slice(0, at) + text.slice(at + 1)
        : text.slice(0, at) + inserted + text.slice(at + removed);
      const error = errorOf(parse, damaged);
      if (error === undefined) return;
      errors++;
      assert.ok(error.column >= 0 && error.column <= damaged.length, `${error.column} of ${damaged}`);
      assert.ok(error.message.includes(` at column ${error.column + 1}: `), damaged);
      assert.notEqual(error.hint, "");
    }),
    RUNS,
  );
  assert.ok(errors > RUNS.numRuns / 4, `only ${errors} of the texts were wrong`);
});

Deno.test("A stray character between two words is an error at its column", () => {
  fc.assert(
    fc.property(
      texts,
      fc.nat(),
      fc.constantFrom("#", ";", "\\", "\u0000", "}"),
      ({ text, parse }, n, stray) => {
        const places = placesIn(parse(text));
        const place = places[n % places.length] as number;
        const damaged = text.slice(0, place) + stray + text.slice(place);
        assert.equal(errorOf(parse, damaged)?.column, place, damaged);
      },
    ),
    FEWER_RUNS,
  );
});

Deno.test("A bracket that is not closed is an error at its column", () => {
  const opening = fc.constantFrom("(", "!(", "len(", 'hasPrefix(x, "a") && (');
  fc.assert(
    fc.property(
      fc.oneof(expressions.map(printExpression), conditions.map(printCondition)),
      opening,
      (text, opening) => {
        const damaged = `ok && ${opening}${text}`;
        // len() takes no condition: what is wrong then may come before the end.
        const error = errorOf(parseCondition, damaged);
        const column = "ok && ".length + opening.length - 1;
        if (opening === "len(") assert.ok(error !== undefined && error.column >= column, damaged);
        else assert.equal(error?.column, column, damaged);
      },
    ),
    FEWER_RUNS,
  );
  fc.assert(
    fc.property(
      expressions,
      fc.constantFrom("main.f(", "main.f -> (", "main.f[", "main.(*T"),
      (expression, opening) => {
        const text = printExpression(expression);
        if (opening.endsWith("[") || opening.endsWith("T")) {
          assert.equal(errorOf(parseProbe, opening)?.column, opening.search(/[[(]/));
        } else assert.equal(errorOf(parseProbe, opening + text)?.column, opening.length - 1, text);
      },
    ),
    FEWER_RUNS,
  );
});
