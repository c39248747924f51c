import assert from "node:assert/strict";
import { parameterCountOf, plainTypeName } from "./dwarf_name.ts";

Deno.test("plainTypeName() undoes the escapes of package paths, and leaves tags alone", () => {
  const names = {
    "net/http.Request": "net/http.Request",
    "*gopkg.in/yaml%2ev3.Node": "*gopkg.in/yaml.v3.Node",
    "map[a/b%2ec.T]d/e%2ef.U": "map[a/b.c.T]d/e.f.U",
    "example.com/%e4%bd%a0.T": "example.com/你.T",
    "noalg.struct { F uintptr }": "struct { F uintptr }",
    'struct { a%2eb.A int "x:\\"%2e\\""; B c%2ed.T }': 'struct { a.b.A int "x:\\"%2e\\""; B c.d.T }',
    "a%2.T%ff": "a%2.T%ff",
  };
  for (const [name, plain] of Object.entries(names)) assert.equal(plainTypeName(name), plain);
});

Deno.test("parameterCountOf() counts the parameters of a func's name only", () => {
  const counts = {
    "func()": 0,
    "func() error": 0,
    "func() (int, error)": 0,
    "func(int)": 1,
    "func(int, ...string) (a, b)": 2,
    "func(func(a, b) c, map[string]struct { A, B int }, chan<- int) error": 3,
    'func(struct { A int "),(" }, int)': 2,
    "func(": undefined,
    'func("': undefined,
    "net/http.HandlerFunc": undefined,
    "[]func(int)": undefined,
  };
  for (const [name, count] of Object.entries(counts)) assert.equal(parameterCountOf(name), count, name);
});
