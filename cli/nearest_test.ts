import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

const flags = ["--count", "--duration", "--no-header", "--output-file", "--path-max", "--pid"];

Deno.test("nearest() finds a word with a slip in it", () => {
  assert.equal(nearest("--cuont", flags), "--count");
  assert.equal(nearest("--cout", flags), "--count");
  assert.equal(nearest("--durations", flags), "--duration");
  assert.equal(nearest("--noheader", flags), "--no-header");
  assert.equal(nearest("--pod", flags), "--pid");
  assert.equal(nearest("--pid", flags), "--pid");
});

Deno.test("nearest() is undefined where nothing is near", () => {
  assert.equal(nearest("--frobnicate", flags), undefined);
  assert.equal(nearest("", flags), undefined);
  assert.equal(nearest("--count", []), undefined);
  assert.equal(nearest("x".repeat(10_000), flags), undefined);
});
