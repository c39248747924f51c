import assert from "node:assert/strict";
import { familyName, isGlob, NameGlob, NameQuery } from "./name_match.ts";

const SYMBOLS = [
  "main.ping",
  "main.ping.func1",
  "main.(*T).M",
  "main.T.M-fm",
  "main.V.M",
  "main.(*V).M",
  "main.W.N-fm",
  "main.Map[go.shape.int]",
  "main.Map[go.shape.string_0]",
  "main.Map[int]",
  "main.(*Store[go.shape.map[string]int]).Get",
  "gopkg.in/yaml%2ev3.Foo",
  "gopkg.in/yaml%2ev3.(*Node).Decode",
  "main.init.0",
  "main.init",
  "type:.eq.main.T",
  "go:buildid",
].map((name) => ({ name }));

function select(text: string): string[] {
  return new NameQuery(text).select(SYMBOLS).map(({ name }) => name);
}

Deno.test("a name means the symbol of exactly that name, and nothing that is only like it", () => {
  assert.deepEqual(select("main.ping"), ["main.ping"]);
  assert.deepEqual(select("main.ping.func1"), ["main.ping.func1"]);
  assert.deepEqual(select("main.V.M"), ["main.V.M"]);
  assert.deepEqual(select("main.(*V).M"), ["main.(*V).M"]);
  assert.deepEqual(select("main.pin"), []);
  assert.deepEqual(select("ping"), []);
});

Deno.test("a package's path is written as import has it", () => {
  assert.deepEqual(select("gopkg.in/yaml.v3.Foo"), ["gopkg.in/yaml%2ev3.Foo"]);
  assert.deepEqual(select("gopkg.in/yaml%2ev3.Foo"), ["gopkg.in/yaml%2ev3.Foo"]);
  assert.deepEqual(select("gopkg.in/yaml.v3.(*Node).Decode"), ["gopkg.in/yaml%2ev3.(*Node).Decode"]);
  assert.deepEqual(select("gopkg.in/yaml.v3.Node.Decode"), ["gopkg.in/yaml%2ev3.(*Node).Decode"]);
});

Deno.test("a generic function's name means all instances, with type arguments that one", () => {
  const all = ["main.Map[go.shape.int]", "main.Map[go.shape.string_0]", "main.Map[int]"];
  assert.deepEqual(select("main.Map"), all);
  assert.deepEqual(select("main.Map[...]"), all);
  assert.deepEqual(select("main.Map[int]"), ["main.Map[int]"]);
  assert.deepEqual(select("main.Map[string]"), ["main.Map[go.shape.string_0]"]);
  assert.deepEqual(select("main.Map[bool]"), []);
  assert.deepEqual(select("main.Store.Get"), ["main.(*Store[go.shape.map[string]int]).Get"]);
  assert.deepEqual(select("main.(*Store[...]).Get"), ["main.(*Store[go.shape.map[string]int]).Get"]);
});

Deno.test("a receiver may be written with or without its star where only the other exists", () => {
  assert.deepEqual(select("main.T.M"), ["main.(*T).M"]);
  assert.deepEqual(select("main.(*T).M-fm"), ["main.T.M-fm"]);
});

Deno.test("a method of which only a method value is left is that", () => {
  assert.deepEqual(select("main.W.N"), ["main.W.N-fm"]);
  assert.deepEqual(select("main.(*W).N"), ["main.W.N-fm"]);
});

Deno.test("what one search finds holds all that a name can mean", () => {
  for (const { name } of SYMBOLS) {
    for (const text of [name, familyName(name)]) {
      const { needle } = new NameQuery(text);
      for (const found of select(text)) assert.ok(found.includes(needle), `${needle} in ${found}`);
    }
  }
});

Deno.test("a function's family has no type arguments, star, mark of a value, or escapes", () => {
  assert.equal(familyName("main.(*Store[go.shape.map[string]int]).Get-fm"), "main.Store.Get");
  assert.equal(familyName("gopkg.in/yaml%2ev3.(*Node).Decode"), "gopkg.in/yaml.v3.Node.Decode");
  assert.equal(familyName("main.ping"), "main.ping");
  assert.equal(familyName("type:.eq.a/b%2ec.T"), "type:.eq.a/b%2ec.T");
});

Deno.test("a star that is a receiver's makes no pattern", () => {
  assert.ok(!isGlob("main.(*T).M"));
  assert.ok(!isGlob("main.Map[...]"));
  assert.ok(isGlob("main.(*T).*"));
  assert.ok(isGlob("main.p?ng"));
});

function matching(text: string): string[] {
  const glob = new NameGlob(text);
  const found = SYMBOLS.map(({ name }) => name).filter((name) => glob.matches(name));
  for (const name of found) assert.ok(name.includes(glob.needle), `${glob.needle} in ${name}`);
  return found;
}

Deno.test("a pattern matches any run of characters, and leaves out what the compiler makes", () => {
  assert.deepEqual(matching("main.p*"), ["main.ping"]);
  assert.deepEqual(matching("main.p?ng"), ["main.ping"]);
  assert.deepEqual(matching("main.(*T).*"), ["main.(*T).M"]);
  assert.deepEqual(matching("*.M"), ["main.(*T).M", "main.T.M-fm", "main.V.M", "main.(*V).M"]);
  assert.deepEqual(matching("gopkg.in/yaml.v3.*"), [
    "gopkg.in/yaml%2ev3.Foo",
    "gopkg.in/yaml%2ev3.(*Node).Decode",
  ]);
  assert.deepEqual(matching("main.Map[go*"), ["main.Map[go.shape.int]", "main.Map[go.shape.string_0]"]);
  assert.ok(!matching("*").some((name) => /init|type:|go:|func1/.test(name)));
});

Deno.test("a pattern that spells closures has them", () => {
  assert.deepEqual(matching("main.ping.func*"), ["main.ping.func1"]);
});

Deno.test("a pattern that spells closures has those of variables and of init functions", () => {
  const closures = ["main.init.func1", "main.init.0.func1", "main.glob..func2"];
  const others = ["main.init", "main.init.0", "main.init.1", "main.map.init.0", "main.glob."];
  const all = [...closures, ...others];
  const matched = (text: string) => all.filter((name) => new NameGlob(text).matches(name));
  assert.deepEqual(matched("main.*.func*"), closures);
  assert.deepEqual(matched("main.init.0.func?"), ["main.init.0.func1"]);
  assert.deepEqual(matched("main.*"), []);
});

Deno.test("in a pattern [...] is any instance", () => {
  const names = [
    "main.Map[go.shape.int]",
    "main.Box[main.Box[int]].Get",
    "main.Map[...]",
    "main.Map",
    "main.Map[int].Get",
  ];
  const matched = (text: string) => {
    const glob = new NameGlob(text);
    const found = names.filter((name) => glob.matches(name));
    for (const name of found) assert.ok(name.includes(glob.needle), `${glob.needle} in ${name}`);
    return found;
  };
  assert.deepEqual(matched("main.Ma?[...]"), ["main.Map[go.shape.int]", "main.Map[...]"]);
  assert.deepEqual(matched("main.*[...].Get"), ["main.Box[main.Box[int]].Get", "main.Map[int].Get"]);
});
