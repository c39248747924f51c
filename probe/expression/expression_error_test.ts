import assert from "node:assert/strict";
import { UsageError } from "../../base/mod.ts";
import { ExpressionError } from "./expression_error.ts";

function messageAt(text: string, column: number): string {
  return new ExpressionError("it is wrong", { text, column, hint: "Mend it." }).message;
}

Deno.test("ExpressionError is a UsageError that quotes the text and counts columns from 1", () => {
  const error = new ExpressionError("it is wrong", { text: "main.f(a#)", column: 8, hint: "Mend it." });
  assert.ok(error instanceof UsageError);
  assert.equal(error.message, 'Cannot read "main.f(a#)" at column 9: it is wrong');
  assert.deepEqual([error.column, error.hint, error.name], [8, "Mend it.", "ExpressionError"]);
  assert.equal(messageAt("", 0), 'Cannot read "" at column 1: it is wrong');
});

Deno.test("ExpressionError quotes a long text around the place", () => {
  const text = `${"a".repeat(50)}#${"b".repeat(50)}`;
  assert.equal(
    messageAt(text, 50),
    `Cannot read "…${"a".repeat(40)}#${"b".repeat(23)}…" at column 51: it is wrong`,
  );
  assert.equal(messageAt(text, 0).startsWith(`Cannot read "${"a".repeat(24)}…" at`), true);
  assert.equal(messageAt(text, text.length).startsWith(`Cannot read "…${"b".repeat(40)}" at`), true);
});
