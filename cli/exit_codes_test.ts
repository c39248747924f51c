import assert from "node:assert/strict";
import {
  CommandError,
  EnvironmentError,
  ExpectationError,
  FormatError,
  RuntimeError,
  TargetError,
  UsageError,
} from "../base/errors.ts";
import { exitCodeOf, notStartedCodeOf } from "./exit_codes.ts";

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

Deno.test("notStartedCodeOf() gives what shells give for a command that was not started", () => {
  const cases: readonly [unknown, number][] = [
    [new UsageError("x"), 2],
    [new CommandError("x", "not-found"), 127],
    [new CommandError("x", "not-runnable"), 126],
    [new TargetError("x"), 125],
    [new EnvironmentError("x"), 125],
    [new TypeError("a defect"), 125],
  ];
  for (const [error, code] of cases) assert.equal(notStartedCodeOf(error), code);
});
