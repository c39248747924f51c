import assert from "node:assert/strict";
import type { Constant } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";
import { MAX_DEPTH } from "./limits.ts";
import { parseCondition } from "./parse_condition.ts";
import { printCondition } from "./print.ts";

/** The error at this column (from 0), whose message matches. */
function refused(text: string, column: number, message: RegExp): void {
  assert.throws(
    () => parseCondition(text),
    (error) => {
      assert.ok(error instanceof ExpressionError, text);
      assert.match(error.message, message, text);
      assert.equal(error.column, column, `${text}: ${error.message}`);
      assert.notEqual(error.hint, "", text);
      return true;
    },
    text,
  );
}

/** The constant that `x` is compared with. */
function constantOf(text: string): Constant {
  const condition = parseCondition(`x == ${text}`);
  assert.equal(condition.kind, "comparison");
  return (condition as { readonly constant: Constant }).constant;
}

Deno.test("parseCondition() reads a comparison with its places", () => {
  assert.deepEqual(parseCondition(" a.b >= 10 "), {
    kind: "comparison",
    operator: ">=",
    operand: {
      kind: "field",
      operand: { kind: "identifier", name: "a", at: 1, end: 2 },
      name: "b",
      nameAt: 3,
      at: 1,
      end: 4,
    },
    constant: { kind: "integer", value: 10n, at: 8, end: 10 },
    at: 1,
    end: 10,
  });
});

Deno.test("parseCondition() joins by Go's precedence, and flattens what is joined alike", () => {
  const shape = (text: string) => {
    const tree = (condition: ReturnType<typeof parseCondition>): string => {
      if (condition.kind === "and" || condition.kind === "or") {
        return `${condition.kind}(${condition.operands.map(tree).join(" ")})`;
      }
      return condition.kind === "not" ? `not(${tree(condition.operand)})` : printCondition(condition);
    };
    return tree(parseCondition(text));
  };
  assert.equal(shape("a || b && c || d"), "or(a and(b c) d)");
  assert.equal(shape("(a || b) && (c || d)"), "and(or(a b) or(c d))");
  assert.equal(shape("a && (b && (c && d))"), "and(a b c d)");
  assert.equal(shape("!a && b"), "and(not(a) b)");
  assert.equal(shape("!(a && b)"), "not(and(a b))");
  assert.equal(shape("!!a"), "not(not(a))");
  assert.equal(shape("!*a"), "not(*a)");
});

Deno.test("parseCondition() prints what it read in one normal form", () => {
  const cases: readonly [string, string][] = [
    ["order.Paid", "order.Paid"],
    ["!order.Paid", "!order.Paid"],
    ["order.Total>10000&&req.Method=='x'", "order.Total > 10000 && req.Method == 120"],
    ["1 < a", "a > 1"],
    ["1 <= a", "a >= 1"],
    ["1 > a", "a < 1"],
    ["1 >= a", "a <= 1"],
    ["nil != err", "err != nil"],
    ["(1) == (a)", "a == 1"],
    ["((a.b)).c[0] == 1", "a.b.c[0] == 1"],
    ["(*p).x == 1", "(*p).x == 1"],
    ["*p == 1 && (&x) != nil", "*p == 1 && &x != nil"],
    ["((a) || (b == 1))", "a || b == 1"],
    ["a&&&x==nil", "a && &x == nil"],
    ["a<-1", "a < -1"],
    ["a>- 1", "a > -1"],
    ["hasPrefix ( req.Host , `a\\` )", 'hasPrefix(req.Host, "a\\\\")'],
    ["hasPrefix && hasPrefix.x == 1", "hasPrefix && hasPrefix.x == 1"],
    ['!(a == 1) && !(hasPrefix(a, "x"))', '!(a == 1) && !hasPrefix(a, "x")'],
    ["$duration > 1.5s || $duration == 0ms", "$duration > 1500ms || $duration == 0s"],
    ['len(x) == 0 || type(x) == "*net/http.Request"', 'len(x) == 0 || type(x) == "*net/http.Request"'],
    ["x.(int) == true", "x.(int) == true"],
  ];
  for (const [text, normal] of cases) {
    assert.equal(printCondition(parseCondition(text)), normal);
    assert.equal(printCondition(parseCondition(normal)), normal);
  }
});

Deno.test("parseCondition() reads integers as Go does, up to 64 bits", () => {
  const cases: readonly [string, bigint][] = [
    ["0", 0n],
    ["-0", 0n],
    ["1_000", 1000n],
    ["0x_fF", 255n],
    ["0o17", 15n],
    ["0b1_01", 5n],
    ["-9223372036854775808", -(1n << 63n)],
    ["18446744073709551615", (1n << 64n) - 1n],
    ["'a'", 97n],
    ["'日'", 0x65e5n],
    ["'😀'", 0x1f600n],
    ["'\\''", 39n],
    ["'\\xff'", 255n],
    ["'\\377'", 255n],
    ["'\\u00e9'", 233n],
    ["'\\U0001f600'", 0x1f600n],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(constantOf(text), { kind: "integer", value, at: 5, end: 5 + text.length });
  }
});

Deno.test("parseCondition() reads durations as nanoseconds", () => {
  const cases: readonly [string, bigint][] = [
    ["7ns", 7n],
    ["250us", 250_000n],
    ["1µs", 1000n],
    ["1μs", 1000n],
    ["100ms", 100_000_000n],
    ["1.5s", 1_500_000_000n],
    ["0.000000001s", 1n],
    ["-2m", -120_000_000_000n],
    ["1h", 3_600_000_000_000n],
  ];
  for (const [text, nanoseconds] of cases) {
    assert.deepEqual(constantOf(text), { kind: "duration", nanoseconds, at: 5, end: 5 + text.length });
  }
});

Deno.test("parseCondition() reads strings as bytes, with Go's escapes", () => {
  const cases: readonly [string, readonly number[]][] = [
    ['""', []],
    ['"aé"', [0x61, 0xc3, 0xa9]],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', [7, 8, 12, 10, 13, 9, 11, 0x5c, 0x22]],
    ['"\\xff\\101\\u00e9"', [0xff, 0x41, 0xc3, 0xa9]],
    ["`a\\n\r\n`", [0x61, 0x5c, 0x6e, 0x0a]],
  ];
  for (const [text, bytes] of cases) {
    const constant = constantOf(text);
    assert.deepEqual(constant, {
      kind: "string",
      bytes: Uint8Array.from(bytes),
      at: 5,
      end: 5 + text.length,
    });
  }
});

Deno.test("parseCondition() names the column of what is wrong", () => {
  refused("", 0, /an expression should be here, not the end/);
  refused("a &&", 4, /an expression should be here, not the end/);
  refused("a b", 2, /an operator or the end should be here, not "b"/);
  refused("a)", 1, /an operator or the end should be here, not "\)"/);
  refused("b && (a", 5, /"\(" is not closed/);
  refused("a = 1", 2, /"=" has no meaning here/);
  refused("a | b", 2, /"\|" has no meaning here/);
  refused("a == b", 5, /one side of a comparison must be a constant/);
  refused("1 == 2", 5, /one side of a comparison must be an expression/);
  refused("a < 1 < 2", 6, /comparisons cannot be chained/);
  refused("!a == 1", 0, /a condition cannot be compared/);
  refused("(a || b) == true", 1, /a condition cannot be compared/);
  refused("true == !a", 8, /a condition cannot be compared/);
  refused("a && true", 5, /a constant alone is no condition/);
  refused("(a || b).c", 8, /an operator or the end should be here, not "\."/);
  refused("*(a || b)", 4, /"\)" should be here, not "\|\|"/);
  refused("a == - b", 7, /a number should be here, not "b"/);
  refused("hasPrefix(a)", 11, /"," should be here, not "\)"/);
  refused("hasPrefix(a, b)", 13, /a string constant should be here, not "b"/);
  refused("hasPrefix(a, 1)", 13, /a string constant should be here/);
  refused('hasPrefix(a, "x"', 9, /"\(" is not closed/);
  refused("a.b(c) == 1", 3, /can be called here/);
});

Deno.test("parseCondition() refuses constants that Go or the tracer does not have", () => {
  for (const text of ["1.5", "1.", "1e9", "1.5e-3", "0x1p-2"]) {
    refused(`a == ${text}`, 5, /floating-point numbers are not supported/);
  }
  for (const text of ["1__0", "1_", "0x", "0b2", "0o8", "1ms2", "1d", "1m30s", "1_0ms"]) {
    refused(`a == ${text}`, 5, /is not a number/);
  }
  refused("a == 0755", 5, /leading zero is ambiguous/);
  refused("a == 18446744073709551616", 5, /fits neither int64 nor uint64/);
  refused("a == -9223372036854775809", 6, /fits neither int64 nor uint64/);
  refused("a == 1.5ns", 5, /not a whole number of nanoseconds/);
  refused("a == 2562048h", 5, /does not fit an int64 of nanoseconds/);
  refused("a == ''", 5, /exactly one character/);
  refused("a == 'ab'", 5, /exactly one character/);
  refused("a == 'a", 5, /quotation that begins with ' is not closed/);
  refused('a == "a\nb"', 5, /quotation that begins with " is not closed/);
  for (const escape of ["\\q", "\\'", "\\x1", "\\400", "\\08", "\\ud800", "\\U00110000", "\\u12"]) {
    refused(`a == "b${escape}"`, 7, /Go has no such escape/);
  }
});

Deno.test("parseCondition() limits how deep a condition is, not how many are joined", () => {
  const brackets = (count: number) => `${"(".repeat(count)}a${")".repeat(count)}`;
  parseCondition(brackets(MAX_DEPTH));
  refused(brackets(MAX_DEPTH + 1), MAX_DEPTH, /nested more than 64 deep/);
  refused("!".repeat(MAX_DEPTH + 1) + "a", MAX_DEPTH, /nested more than 64 deep/);
  const many = parseCondition(new Array(800).fill("a").join(" && "));
  assert.equal(many.kind === "and" && many.operands.length, 800);
});
