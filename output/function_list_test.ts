import assert from "node:assert/strict";
import {
  functionDeclarations,
  functionNames,
  functionObjects,
  type ListedFunction,
} from "./function_list.ts";

const PING: ListedFunction = {
  symbol: "main.ping",
  package: "main",
  kind: "handler",
  address: 0x661600,
  sizeBytes: 112,
};

Deno.test("functionNames() writes a name a line, escaped", () => {
  assert.equal(functionNames([PING, { ...PING, symbol: "main.\u202ep" }]), "main.ping\nmain.\\u{202e}p\n");
  assert.equal(functionNames([]), "");
});

Deno.test("functionNames() writes a name that several functions have once", () => {
  const both = [{ ...PING, symbol: "main.Map[...]" }, {
    ...PING,
    symbol: "main.Map[...]",
    address: 0x700000,
  }];
  assert.equal(functionNames(both), "main.Map[...]\n");
  assert.equal(functionObjects(both).split("\n").length, 3);
});

Deno.test("functionDeclarations() writes what each takes and gives, and the name alone where that is not known", () => {
  const known = { ...PING, declaration: "main.ping(name string)" };
  const other = { ...PING, declaration: "main.ping(name\u202e int)" };
  assert.equal(
    functionDeclarations([known, PING, known, other]),
    "main.ping(name string)\nmain.ping\nmain.ping(name\\u{202e} int)\n",
  );
});

Deno.test("functionObjects() writes an object a line, without what is not known", () => {
  assert.equal(
    functionObjects([PING]),
    '{"v":1,"type":"function","symbol":"main.ping","package":"main","kind":"handler","address":"0x661600","size":112}\n',
  );
  const whole = { ...PING, signature: "func()", file: "/src/main.go", line: 12 };
  const { file, line, signature } = JSON.parse(functionObjects([whole]));
  assert.deepEqual({ file, line, signature }, { file: "/src/main.go", line: 12, signature: "func()" });
});

Deno.test("functionObjects() escapes what a terminal would act on, reversibly", () => {
  const symbol = "main.\u202e\x9b\u2028\u{e0001}";
  const text = functionObjects([{ ...PING, symbol }]);
  assert.match(text, /^[\x20-\x7e]*\n$/);
  assert.equal(JSON.parse(text).symbol, symbol);
});
