import assert from "node:assert/strict";
import {
  EnvironmentError,
  ExpectationError,
  FormatError,
  RuntimeError,
  TargetError,
  UsageError,
} from "../base/errors.ts";
import { exitCodeOf } from "./exit_codes.ts";

Deno.test("exitCodeOf() gives each class of error the code of the contract", () => {
  const cases: readonly [unknown, number][] = [
    [new RuntimeError("x"), 1],
    [new UsageError("x"), 2],
    [new EnvironmentError("x"), 3],
    [new TargetError("x"), 4],
    [new FormatError("x"), 4],
    [new ExpectationError("x"), 5],
    [new TypeError("a defect"), 1],
    [undefined, 1],
  ];
  for (const [error, code] of cases) assert.equal(exitCodeOf(error), code);
});
