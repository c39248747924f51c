import assert from "node:assert/strict";
import { compare, pathOf } from "./load.ts";
import type { RequestRecord } from "./records.ts";

const answer = { uri: "/a%20b?x=1", status: 201, bytes: 3 };
const record: RequestRecord = { pid: 1, method: "GET", path: "/a b", status: 201, bytes: 3, outcome: "ok" };

Deno.test("compare() wants each request exactly once, as the client saw it", () => {
  assert.deepEqual(compare([answer], [record]), []);
  assert.equal(compare([answer], []).length, 1);
  assert.equal(compare([answer], [record, record]).length, 1);
  assert.equal(compare([], [record]).length, 1);
  assert.equal(compare([answer], [{ ...record, status: 200 }]).length, 1);
  assert.equal(compare([answer], [{ ...record, bytes: 4 }]).length, 1);
  assert.equal(compare([answer], [{ ...record, outcome: "panic" }]).length, 1);
  assert.equal(compare([answer], [{ ...record, path: "/a" }]).length, 2);
});

Deno.test("pathOf() decodes what was sent, and leaves out what is not the path", () => {
  assert.equal(pathOf("/a%20b/%C3%A4%2f?x=%20"), "/a b/ä/");
  assert.equal(pathOf("http://other.example/a?b"), "/a");
  assert.equal(pathOf("*"), "*");
  assert.equal(pathOf("example.com:443"), "example.com:443");
  assert.equal(pathOf("/%zz%ff"), "/%zz\ufffd");
});
