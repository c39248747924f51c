import assert from "node:assert/strict";
import * as fc from "fast-check";
import { boundedDistance, nearestNames } from "./nearest.ts";

const NAMES = [
  "main.main",
  "main.ping",
  "main.ping.func1",
  "main.(*server).ServeHTTP",
  "main.(*server).handleUsers",
  "runtime.main",
  "runtime.mallocgc",
  "net/http.HandlerFunc.ServeHTTP",
  "net/http.serverHandler.ServeHTTP",
  "net/http.(*ServeMux).ServeHTTP",
  "net/http.(*response).finishRequest",
  "example.com/app/handlers.ListUsers",
  "example.com/app/handlers.ListOrders",
].map((name) => ({ name }));

Deno.test("nearestNames() corrects a slip", () => {
  assert.deepEqual(nearestNames("main.pong", NAMES, 3), ["main.ping"]);
  assert.equal(nearestNames("mian.ping", NAMES, 3)[0], "main.ping");
  assert.equal(
    nearestNames("net/http.(*response).finishRequests", NAMES, 3)[0],
    "net/http.(*response).finishRequest",
  );
});

Deno.test("nearestNames() corrects the case", () => {
  assert.equal(nearestNames("main.Ping", NAMES, 3)[0], "main.ping");
  assert.equal(
    nearestNames("example.com/app/handlers.listusers", NAMES, 3)[0],
    "example.com/app/handlers.ListUsers",
  );
});

Deno.test("nearestNames() finds a method whose receiver was left out, in its own package first", () => {
  assert.equal(nearestNames("main.ServeHTTP", NAMES, 3)[0], "main.(*server).ServeHTTP");
  assert.equal(nearestNames("main.server.ServeHTTP", NAMES, 3)[0], "main.(*server).ServeHTTP");
});

Deno.test("nearestNames() finds a name that was given without its package", () => {
  assert.equal(nearestNames("ping", NAMES, 3)[0], "main.ping");
  assert.equal(nearestNames("pong", NAMES, 3)[0], "main.ping");
  assert.equal(nearestNames("ListUser", NAMES, 3)[0], "example.com/app/handlers.ListUsers");
  assert.equal(nearestNames("handlers.ListUsers", NAMES, 3)[0], "example.com/app/handlers.ListUsers");
});

Deno.test("nearestNames() finds a closure where its function was inlined", () => {
  const names = [
    ...NAMES.map(({ name }) => name),
    "main.main.home.func4",
    "main.main.(*server).users.func3",
    "main.main.mux.users.func2",
    "main.New[go.shape.int].func1",
    "main.main.nested.main.nested.func7.func11",
  ].map((name) => ({ name }));
  assert.deepEqual(nearestNames("main.(*server).users.func1", names, 3).slice(0, 2), [
    "main.main.(*server).users.func3",
    "main.main.mux.users.func2",
  ]);
  assert.equal(nearestNames("main.home.func1", names, 3)[0], "main.main.home.func4");
  assert.equal(nearestNames("main.New.func1", names, 3)[0], "main.New[go.shape.int].func1");
  assert.equal(
    nearestNames("main.nested.func1.1", names, 3)[0],
    "main.main.nested.main.nested.func7.func11",
  );
});

Deno.test("nearestNames() finds a name by a part of it", () => {
  assert.equal(nearestNames("main.Users", NAMES, 3)[0], "main.(*server).handleUsers");
});

Deno.test("nearestNames() gives nothing where nothing is near", () => {
  assert.deepEqual(nearestNames("main.zzzzzzzz", NAMES, 3), []);
  assert.deepEqual(nearestNames("", NAMES, 3), []);
  assert.deepEqual(nearestNames("main.ping", [{ name: "main.ping" }], 3), []);
  assert.deepEqual(nearestNames("main.pong", NAMES, 0), []);
});

Deno.test("nearestNames() leaves out what the compiler made", () => {
  const made = ["type..eq.net/http.http2PingFrame", "type:.eq.main.pings", "go:itab.*main.ping", "main.init"];
  assert.deepEqual(nearestNames("main.ping", made.map((name) => ({ name })), 3), []);
  assert.deepEqual(nearestNames("main.inits", made.map((name) => ({ name })), 3), []);
  const methods = ["main.server.ServeHTTP", "main.(*server).ServeHTTP"].map((name) => ({ name }));
  const isWrapper = ({ name }: { name: string }) => name.includes("(*");
  assert.deepEqual(nearestNames("ServeHTTP", methods, 3, isWrapper), ["main.server.ServeHTTP"]);
});

Deno.test("nearestNames() gives at most as many as asked for, the same in any order of the names", () => {
  fc.assert(fc.property(fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), (names) => {
    assert.deepEqual(nearestNames("ServeHTTP", names, 2), nearestNames("ServeHTTP", NAMES, 2));
    assert.equal(nearestNames("ServeHTTP", names, 2).length, 2);
  }));
});

Deno.test("boundedDistance() is the distance by insertions, deletions, replacements and swaps", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 9 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 4 }), (a, b, limit) => {
      const expected = distance(a, b);
      assert.equal(boundedDistance(a, b, limit), expected <= limit ? expected : undefined);
    }),
    { numRuns: 3000 },
  );
});

/** The same by the textbook's whole matrix. */
function distance(a: string, b: string): number {
  const rows = Array.from(
    { length: a.length + 1 },
    (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j),
  );
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      let value = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        value = Math.min(value, at(i - 2, j - 2) + 1);
      }
      const row = rows[i];
      if (row !== undefined) row[j] = value;
    }
  }
  return at(a.length, b.length);
}
