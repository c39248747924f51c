import assert from "node:assert/strict";
import * as fc from "fast-check";
import { formatFunctionName, parseFunctionName } from "./function_name.ts";

/** Package, receiver as written (`*` for a pointer), name, suffix. Type arguments stand in brackets. */
const CASES: Readonly<Record<string, readonly [string, string, string, string]>> = {
  "main.main": ["main", "", "main", ""],
  "main.ping": ["main", "", "ping", ""],
  "main.(*T).ServeHTTP": ["main", "*T", "ServeHTTP", ""],
  "main.T.ServeHTTP": ["main", "T", "ServeHTTP", ""],
  "main.main.func1": ["main", "", "main", ".func1"],
  "main.ping.func1": ["main", "", "ping", ".func1"],
  "main.main.func1.2": ["main", "", "main", ".func1.2"],
  "main.T.Method.func1": ["main", "T", "Method", ".func1"],
  "main.(*T).Method.func2.1": ["main", "*T", "Method", ".func2.1"],
  "main.(*T).Serve-fm": ["main", "*T", "Serve", "-fm"],
  "main.T.Serve-fm": ["main", "T", "Serve", "-fm"],
  "main.walk-range1": ["main", "", "walk", "-range1"],
  "main.walk.func1-range2": ["main", "", "walk", ".func1-range2"],
  "main.Map[...]": ["main", "", "Map[...]", ""],
  "main.Map[go.shape.int,go.shape.string].func1": ["main", "", "Map[go.shape.int,go.shape.string]", ".func1"],
  "main.H[go.shape.int].ServeHTTP": ["main", "H[go.shape.int]", "ServeHTTP", ""],
  "main.(*H[go.shape.int]).ServeHTTP": ["main", "*H[go.shape.int]", "ServeHTTP", ""],
  "main.(*H[...]).ServeHTTP.func1": ["main", "*H[...]", "ServeHTTP", ".func1"],
  "main.(*H[example.com/a.b/c.T]).Do": ["main", "*H[example.com/a.b/c.T]", "Do", ""],
  'main.F[go.shape.struct { A string "json:\\"a.b\\"" }]': [
    "main",
    "",
    'F[go.shape.struct { A string "json:\\"a.b\\"" }]',
    "",
  ],
  "net/http.serverHandler.ServeHTTP": ["net/http", "serverHandler", "ServeHTTP", ""],
  "net/http.(*response).finishRequest": ["net/http", "*response", "finishRequest", ""],
  "net/http.(*conn).serve.func1": ["net/http", "*conn", "serve", ".func1"],
  "net/http.(*http2clientStream).writeRequestBody.deferwrap2": [
    "net/http",
    "*http2clientStream",
    "writeRequestBody",
    ".deferwrap2",
  ],
  "net.(*Resolver).goLookup.func3.gowrap1": ["net", "*Resolver", "goLookup", ".func3.gowrap1"],
  "gopkg.in/yaml%2ev3.Unmarshal": ["gopkg.in/yaml.v3", "", "Unmarshal", ""],
  "gopkg.in/yaml%2ev3.(*parser).parse": ["gopkg.in/yaml.v3", "*parser", "parse", ""],
  "example.com/caf%c3%a9.Serve": ["example.com/café", "", "Serve", ""],
  "go.uber.org/zap.New": ["go.uber.org/zap", "", "New", ""],
  "go/parser.ParseFile": ["go/parser", "", "ParseFile", ""],
  "main.init": ["main", "", "init", ""],
  "main.init.0": ["main", "", "init.0", ""],
  "main.init.0.func1": ["main", "", "init.0", ".func1"],
  "main.init.func1": ["main", "", "init", ".func1"],
  "crypto/internal/fips140/ecdsa.init.OnceValue[go.shape.*uint8].func7.1": [
    "crypto/internal/fips140/ecdsa",
    "",
    "init",
    ".OnceValue[go.shape.*uint8].func7.1",
  ],
  "go/doc.map.init.1": ["go/doc", "", "map.init.1", ""],
  "main.glob..func1": ["main", "", "glob.", ".func1"],
  "main..inittask": ["main", "", "", ".inittask"],
  "crypto/tls.(*certificateMsgTLS13).marshal.func1.marshalCertificate.1.1": [
    "crypto/tls",
    "*certificateMsgTLS13",
    "marshal",
    ".func1.marshalCertificate.1.1",
  ],
  "_rt0_amd64_linux": ["", "", "_rt0_amd64_linux", ""],
  "type:.eq.main.T": ["", "", "type:.eq.main.T", ""],
  "type..hash.net/http.conn": ["", "", "type..hash.net/http.conn", ""],
  "go.(*struct { sync.Mutex; net/http.n int }).Lock": [
    "",
    "",
    "go.(*struct { sync.Mutex; net/http.n int }).Lock",
    "",
  ],
  "go:(*struct { sync.Mutex }).Lock": ["", "", "go:(*struct { sync.Mutex }).Lock", ""],
  "": ["", "", "", ""],
  ".": ["", "", ".", ""],
};

Deno.test("parseFunctionName() takes every form of a Go symbol apart", () => {
  for (const [symbol, [packagePath, receiver, name, suffix]] of Object.entries(CASES)) {
    const parts = parseFunctionName(symbol);
    const bracketed = (text: string, typeArguments: string) =>
      typeArguments === "" ? text : `${text}[${typeArguments}]`;
    const type = parts.receiver === undefined
      ? ""
      : `${parts.receiver.pointer ? "*" : ""}${bracketed(parts.receiver.type, parts.receiver.typeArguments)}`;
    assert.deepEqual(
      [parts.packagePath, type, bracketed(parts.name, parts.typeArguments), parts.suffix],
      [packagePath, receiver, name, suffix],
      symbol,
    );
  }
});

Deno.test("formatFunctionName() puts together what parseFunctionName() took apart", () => {
  for (const symbol of Object.keys(CASES)) {
    assert.equal(formatFunctionName(parseFunctionName(symbol)), symbol);
  }
});

Deno.test("parseFunctionName() takes any text without failing", () => {
  const text = fc.string({ unit: fc.constantFrom(...'ab./[](){}*%2e-fm:" é0'), maxLength: 40 });
  fc.assert(
    fc.property(text, (symbol) => {
      assert.equal(typeof parseFunctionName(symbol).name, "string");
    }),
    { numRuns: 5000 },
  );
});
