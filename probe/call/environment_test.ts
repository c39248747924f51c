import assert from "node:assert/strict";
import { pointerTo, STRING } from "../../go/sample_types.ts";
import { environmentOf, INT, ORDER } from "./sample_function.ts";

const POINTER = pointerTo(ORDER);

Deno.test("a parameter is known by its name and by its position, the receiver by its name and recv", () => {
  const environment = environmentOf({
    receiver: { name: "o", type: POINTER },
    parameters: [["key", STRING], ["", INT]],
    results: [["val", INT], ["~r1", STRING]],
  });
  assert.deepEqual(environment.names("entry"), ["o", "key", "arg1"]);
  assert.deepEqual(environment.names("return"), ["val", "ret1"]);
  assert.equal(environment.atEntry("recv"), environment.atEntry("o"));
  assert.equal(environment.atEntry("arg0"), environment.atEntry("key"));
  assert.equal(environment.atReturn("ret0"), environment.atReturn("val"));
  assert.equal(environment.atEntry("~r1"), undefined);
  assert.equal(environment.atEntry("val"), undefined);
});

Deno.test("a parameter's own name comes before what stands for another", () => {
  const environment = environmentOf({ parameters: [["arg1", INT], ["recv", STRING]] });
  assert.equal(environment.atEntry("arg0"), environment.atEntry("arg1"));
  const [, second] = environment.parameters;
  assert.equal(environment.atEntry("recv"), second?.operand);
});

Deno.test("to Go 1.16 parameters and results lie on the stack, one behind the other", () => {
  const environment = environmentOf({
    convention: "stack",
    parameters: [["a", STRING], ["b", INT]],
    results: [["", INT]],
  });
  const start = (operand: unknown) => (operand as { start: unknown }).start;
  assert.deepEqual(start(environment.atEntry("b")), { kind: "stack", offset: 24 });
  assert.deepEqual(start(environment.atReturn("ret0")), { kind: "stack", offset: 32 });
});

Deno.test("a parameter whose place is not told is there, and says why", () => {
  const environment = environmentOf({ parameters: [["a", INT]], lacksBlanks: true, argsBytes: 16 });
  const operand = environment.atEntry("a");
  assert.equal(operand?.kind, "unplaced");
});

Deno.test("results that are not described are not there", () => {
  const environment = environmentOf({ parameters: [], results: [["", INT]], lacksResults: true });
  assert.equal(environment.atReturn("ret0"), undefined);
  assert.ok(environment.lacksResults);
});

function wordAt(symbol: string, name: string, hasDictionary = false): string | undefined {
  const operand = environmentOf({ symbol, hasDictionary }).atEntry(name);
  if (operand?.kind !== "word") return undefined;
  const [first] = operand.words;
  return first?.kind === "register" ? first.name : `stack ${first?.offset}`;
}

Deno.test("without a signature, names are words of the arguments, behind the receiver and the dictionary", () => {
  assert.equal(wordAt("main.f", "arg0"), "AX");
  assert.equal(wordAt("main.f", "arg1"), "BX");
  assert.equal(wordAt("main.f", "recv"), undefined);
  assert.equal(wordAt("main.(*T).f", "recv"), "AX");
  assert.equal(wordAt("main.(*T).f", "arg0"), "BX");
  assert.equal(wordAt("main.f[...]", "arg0", true), "BX");
  assert.equal(wordAt("main.f", "arg9"), "stack 8");
  assert.equal(wordAt("main.f", "arg16"), undefined);
  assert.equal(wordAt("main.f", "x"), undefined);
});

Deno.test("without a signature, where a value receiver ends is not known, nor what comes behind it", () => {
  assert.equal(wordAt("main.T.f", "recv"), "AX");
  assert.equal(wordAt("main.T.f", "arg0"), undefined);
});
