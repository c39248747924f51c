import assert from "node:assert/strict";
import fc from "fast-check";
import { Glob } from "./glob.ts";

function matches(pattern: string, text: string): boolean {
  const bytes = new TextEncoder().encode(`<${text}>`);
  return new Glob(pattern).matches(bytes, 1, bytes.length - 1);
}

Deno.test("Glob matches the whole text: * is anything, ? one character", () => {
  const cases: readonly [string, string, boolean][] = [
    ["/ping", "/ping", true],
    ["/ping", "/ping/", false],
    ["/ping", "/pin", false],
    ["/api/*", "/api/v1/users", true],
    ["/api/*", "/api/", true],
    ["/api/*", "/api", false],
    ["*", "", true],
    ["", "", true],
    ["", "/", false],
    ["/?", "/日", true],
    ["/?", "/", false],
    ["/??", "/日", false],
    ["*.js", "/a.js.js", true],
    ["/*/x/*", "/a/b/x/", true],
    ["**a**", "a", true],
    ["/a.b", "/aXb", false],
  ];
  for (const [pattern, text, wanted] of cases) {
    assert.equal(matches(pattern, text), wanted, `${pattern} ${text}`);
  }
});

Deno.test("Glob agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 12 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "é", "*", "?"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "u");
      assert.equal(matches(pattern, text), expression.test(text));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("Glob takes its time on a hostile path, but not long", () => {
  const start = performance.now();
  assert.equal(matches(`${"*a".repeat(50)}b`, "a".repeat(4096)), false);
  assert.ok(performance.now() - start < 200);
});
