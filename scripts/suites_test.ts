import { deepEqual, equal } from "node:assert/strict";
import { closingLine, readCounts, suitesOf } from "./suites.ts";

Deno.test("readCounts() reads the last summary of deno test", () => {
  const counts = readCounts(
    "a ... ok (1ms)\n\n\x1b[0m\x1b[32mok\x1b[0m | 12 passed (3 steps) | 0 failed | 2 ignored \x1b[2m(2s)\x1b[0m\n",
  );
  deepEqual(counts, { passed: 12, failed: 0, skipped: 2 });
  deepEqual(readCounts("FAILED | 3 passed | 1 failed (20ms)\n\nerror: Test failed\n"), {
    passed: 3,
    failed: 1,
    skipped: 0,
  });
  equal(readCounts("error: Module not found\n"), undefined);
});

Deno.test("closingLine() is the line that .ci/run adds up", () => {
  equal(closingLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  equal(closingLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});

Deno.test("suitesOf() puts every test into exactly one of unit, e2e and slow", () => {
  deepEqual(suitesOf("elf/header_test.ts"), ["unit"]);
  deepEqual(suitesOf("tests/e2e/ping_test.ts"), ["e2e"]);
  deepEqual(suitesOf("tests/anything/else_test.ts"), ["e2e"]);
  deepEqual(suitesOf("tests/oracle/sites_test.ts"), ["slow", "oracle"]);
});
