import assert from "node:assert/strict";
import { ownNameOf, shortName } from "./type_name.ts";

Deno.test("shortName() cuts the path of each package", () => {
  const cases = {
    "int": "int",
    "net/http.Request": "http.Request",
    "*gopkg.in/yaml.v3.Node": "*yaml.Node",
    "github.com/caddyserver/caddy/v2.Handler": "caddy.Handler",
    "main.v2": "main.v2",
    "map[net/http.ConnState][]*net/url.URL": "map[http.ConnState][]*url.URL",
    "[3]net/url.URL": "[3]url.URL",
    "func(net/http.ResponseWriter, ...*net/http.Request) (int, net/url.Error)":
      "func(http.ResponseWriter, ...*http.Request) (int, url.Error)",
    "chan<- net/url.URL": "chan<- url.URL",
    "struct { net/http.x int; Y net/url.URL }": "struct { http.x int; Y url.URL }",
  };
  for (const [name, short] of Object.entries(cases)) assert.equal(shortName(name), short);
});

Deno.test("shortName() leaves the arguments of a generic type as they are", () => {
  const name = "*sync/atomic.Pointer[net/http.Map[string,net/url.URL]]";
  assert.equal(shortName(name), "*atomic.Pointer[net/http.Map[string,net/url.URL]]");
  assert.equal(shortName("map[string]a/b.T[c/d.E]"), "map[string]b.T[c/d.E]");
  assert.equal(shortName("a/b.T[c/d"), "b.T[c/d");
});

Deno.test("ownNameOf() is what a type is called in its package", () => {
  assert.equal(ownNameOf("gopkg.in/yaml.v3.Node"), ".Node");
  assert.equal(ownNameOf("a/b.Pair[c/d.E,int]"), ".Pair[c/d.E,int]");
  assert.equal(ownNameOf("error"), "error");
});
