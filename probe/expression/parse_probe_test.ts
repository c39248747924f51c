import assert from "node:assert/strict";
import { ExpressionError } from "./expression_error.ts";
import { MAX_DEPTH, MAX_TEXT_LENGTH } from "./limits.ts";
import { parseProbe } from "./parse_probe.ts";
import { printExpression, printProbe } from "./print.ts";

/** The error at this column (from 0), whose message matches. */
function refused(text: string, column: number, message: RegExp): void {
  assert.throws(
    () => parseProbe(text),
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

Deno.test("parseProbe() takes every form of a Go function's name, and globs", () => {
  const names = [
    "main.ping",
    "main.(*Store).Get",
    "(*Store).Get",
    "main.H[int]",
    "main.H[go.shape.int].Foo",
    "main.H[...]",
    "main.(*Pair[int,string]).First",
    "main.F[go.shape.struct { A int; b func(int) (string, error) }]",
    'main.F[go.shape.struct { A int "json:\\"a)]\\"" }]',
    "main.F[go.shape.chan<- int]",
    "main.glob..func1",
    "main.main.func1.2",
    "main.f-range1",
    "main.(*T).M-fm",
    "github.com/a/b%2ec.(*T).M",
    "github.com/a-b/c~d.F",
    "type:.eq.main.T",
    "main.größe",
    "main.*",
    "*.ServeHTTP",
    "main.(*Store).?et",
  ];
  for (const name of names) {
    const expected = { kind: "probe", name, args: undefined, results: undefined, at: 0, end: name.length };
    assert.deepEqual(parseProbe(name), expected);
    const probe = parseProbe(` ${name} ( a ) `);
    assert.deepEqual([probe.name, probe.args?.length, probe.at], [name, 1, 1], name);
    assert.equal(parseProbe(`${name}->err`).name, name);
  }
});

Deno.test("parseProbe() tells no list from an empty one", () => {
  const lists = (text: string) => {
    const { args, results } = parseProbe(text);
    return [args?.map(printExpression), results?.map(printExpression)];
  };
  assert.deepEqual(lists("main.f"), [undefined, undefined]);
  assert.deepEqual(lists("main.f()"), [[], undefined]);
  assert.deepEqual(lists("main.f() -> ()"), [[], []]);
  assert.deepEqual(lists("main.f -> err"), [undefined, ["err"]]);
  assert.deepEqual(lists("main.f(a, b.c) -> (val.Price, err)"), [["a", "b.c"], ["val.Price", "err"]]);
});

Deno.test("parseProbe() reads one result that begins with a parenthesis", () => {
  const results = (text: string) => parseProbe(text).results?.map(printExpression);
  assert.deepEqual(results("f -> (a)"), ["a"]);
  assert.deepEqual(results("f -> (*p).x[0]"), ["(*p).x[0]"]);
  assert.deepEqual(results("f -> ((*p).x, b)"), ["(*p).x", "b"]);
  refused("f -> (a, b).c", 11, /the end should be here, not "\."/);
});

Deno.test("parseProbe() gives each expression its kind and place", () => {
  const [element] = parseProbe('main.f( (*a.b)["k"].(*x/y.T) )').args ?? [];
  const a = { kind: "identifier", name: "a", at: 10, end: 11 };
  const b = { kind: "field", operand: a, name: "b", nameAt: 12, at: 10, end: 13 };
  const dereference = { kind: "dereference", operand: b, at: 9, end: 13 };
  const index = { kind: "string", bytes: new TextEncoder().encode("k"), at: 15, end: 18 };
  const indexed = { kind: "index", operand: dereference, index, at: 8, end: 19 };
  assert.deepEqual(element, {
    kind: "assertion",
    operand: indexed,
    type: "*x/y.T",
    typeAt: 21,
    at: 8,
    end: 28,
  });
});

Deno.test("parseProbe() prints what it read in one normal form", () => {
  const cases: readonly [string, string][] = [
    ["main.f( order.ID ,order . Items [ 0 ] . SKU )", "main.f(order.ID, order.Items[0].SKU)"],
    ["f(len ( x ), cap(x), type(x.err))", "f(len(x), cap(x), type(x.err))"],
    ["f(len, cap.x, type[1])", "f(len, cap.x, type[1])"],
    ["f((a), ((a)).b, (*p), (*p).x, *(p.x), &(x))", "f(a, a.b, *p, (*p).x, *p.x, &x)"],
    ["f(**p, &*p, &(&p), *&p)", "f(**p, &*p, &(&p), *&p)"],
    ["f(x[-1], x[0x1f], x['a'], x[1_000], x[`a\\b`])", 'f(x[-1], x[31], x[97], x[1000], x["a\\\\b"])'],
    ["f(x.( map[string]int ), x.(struct {}).y)", "f(x.(map[string]int), x.(struct {}).y)"],
    ["f(x.nil.true.größe.len, _a._b)", "f(x.nil.true.größe.len, _a._b)"],
    ["f($goid,$pid)->($duration)", "f($goid, $pid) -> $duration"],
    ["f\n(\ta\r\n)", "f(a)"],
  ];
  for (const [text, normal] of cases) {
    assert.equal(printProbe(parseProbe(text)), normal);
    assert.equal(printProbe(parseProbe(normal)), normal);
  }
});

Deno.test("parseProbe() names the column of what is wrong", () => {
  refused("", 0, /function's name is missing/);
  refused("  ", 2, /function's name is missing/);
  refused("-> err", 0, /function's name is missing/);
  refused("main.f x", 7, /"\(", "->" or the end should be here, not "x"/);
  refused("main.f(a) b", 10, /"->" or the end should be here, not "b"/);
  refused("main.f(a#)", 8, /"#" has no meaning here/);
  refused("main.f(a,)", 9, /an expression should be here, not "\)"/);
  refused("main.f(a) ->", 12, /an expression should be here, not the end/);
  refused("main.f(a, b", 6, /"\(" is not closed/);
  refused("main.F[int", 6, /"\[" is not closed/);
  refused("main.(*T", 5, /"\(" is not closed/);
  refused("main.F[(int]", 11, /"\]" does not close "\("/);
  refused("main.F[a#b]", 8, /no type has "#" in its name/);
  refused("f(x[0)", 5, /"\]" should be here, not "\)"/);
  refused("f(x[0", 3, /"\[" is not closed/);
  refused("f(x[y])", 4, /an integer or a string constant should be here, not "y"/);
  refused("f(x[true])", 4, /an integer or a string constant should be here/);
  refused("f(x[1.5])", 4, /floating-point numbers are not supported/);
  refused("f(x[18446744073709551616])", 4, /fits neither int64 nor uint64/);
  refused("f(x.)", 4, /a field's name or a \(type\) should be here/);
  refused("f(x.5)", 4, /a field's name or a \(type\) should be here, not "5"/);
  refused("f(x._)", 4, /a blank field cannot be selected/);
  refused("f(_)", 2, /a blank parameter has no name/);
  refused("f(x.())", 5, /a type should be here/);
  refused("f(x.(type))", 5, /a type should be here/);
  refused("f(x.(map[string))", 15, /"\)" does not close "\["/);
  refused("f(nil)", 2, /nil is a constant/);
  refused('f("a")', 2, /"a" is a constant/);
  refused('f("a)', 2, /quotation that begins with " is not closed/);
  refused("f($x)", 2, /there is no \$x/);
  refused("f($)", 2, /"\$" has no meaning/);
  refused("f(len())", 6, /an expression should be here/);
  refused("f(len(a, b))", 7, /"\)" should be here, not ","/);
  refused("f(a + b)", 4, /"\+" has no meaning here/);
  refused("f(&&a)", 2, /an expression should be here, not "&&"/);
});

Deno.test("parseProbe() says what to do instead of calls and conditions", () => {
  refused("f(order.Total())", 13, /only len\(\), cap\(\), type\(\) can be called here/);
  refused("f(String(x))", 2, /only len\(\), cap\(\), type\(\) can be called here/);
  assert.throws(
    () => parseProbe("f(a == 1)"),
    (error) => (error as ExpressionError).hint.includes("--where"),
  );
});

Deno.test("parseProbe() limits how long and how deep a probe is", () => {
  const spaces = " ".repeat(MAX_TEXT_LENGTH - 1);
  assert.equal(parseProbe(`f${spaces}`).name, "f");
  refused(`f${spaces} `, MAX_TEXT_LENGTH, /longer than 4096/);

  const fields = (count: number) => `f(a${".b".repeat(count)})`;
  parseProbe(fields(MAX_DEPTH - 1));
  refused(fields(MAX_DEPTH), "f(a".length + 2 * (MAX_DEPTH - 1), /nested more than 64 deep/);
  const brackets = (count: number) => `f(${"(".repeat(count)}a${")".repeat(count)})`;
  parseProbe(brackets(MAX_DEPTH));
  refused(brackets(MAX_DEPTH + 1), 2 + MAX_DEPTH, /nested more than 64 deep/);
  const stars = (count: number) => `f(${"*".repeat(count)}a)`;
  parseProbe(stars(MAX_DEPTH - 1));
  assert.throws(() => parseProbe(stars(MAX_DEPTH)), /nested more than 64 deep/);
  const calls = (count: number) => `f(${"len(".repeat(count)}a${")".repeat(count)})`;
  parseProbe(calls(MAX_DEPTH - 1));
  assert.throws(() => parseProbe(calls(MAX_DEPTH)), /nested more than 64 deep/);
  const type = (count: number) => `f[${"[".repeat(count)}${"]".repeat(count)}]`;
  parseProbe(type(MAX_DEPTH - 1));
  refused(type(MAX_DEPTH), 1 + MAX_DEPTH, /nested more than 64 deep/);
});
