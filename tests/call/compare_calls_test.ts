import assert from "node:assert/strict";
import type { CallRecord } from "./call_record.ts";
import type { Truth } from "./calls_program.ts";
import { compareCalls, withoutInstance } from "./compare_calls.ts";
import { parseExact } from "./exact_json.ts";

const truth: Truth = {
  case: "a case",
  symbol: "main.f",
  goid: 7,
  args: { n: 1, s: "text" },
  results: { ret0: [1, 2] },
};
const call: CallRecord = {
  type: "call",
  pid: 5,
  symbol: "main.f",
  goid: 7,
  args: { n: 1, s: "text" },
  results: { ret0: [1, 2] },
  duration_ms: 0.5,
};

Deno.test("compareCalls() finds nothing where all is as the program says", () => {
  assert.deepEqual(compareCalls([truth, truth], [call, call], 5), []);
});

Deno.test("compareCalls() tells a value that differs, one that is not there and one that is too many", () => {
  assert.deepEqual(compareCalls([truth], [{ ...call, args: { n: "1", more: 2 } }], 5), [
    'call 1: n is "1", not 1',
    "call 1: s is not there",
    "call 1: more was not asked for",
  ]);
  assert.deepEqual(compareCalls([truth], [{ ...call, results: { ret0: [1, 3] } }], 5), [
    "call 1: result ret0 is [1,3], not [1,2]",
  ]);
});

Deno.test("compareCalls() tells a call that is not there, another goroutine, and a call without a duration", () => {
  const { duration_ms: _, ...atEntry } = call;
  assert.deepEqual(compareCalls([truth, truth], [{ ...atEntry, goid: 8, pid: 6 }], 5), [
    "of 2 calls 1 were printed",
    "call 1: the process is 6, not 5",
    "call 1: the goroutine is 8, not 7",
    "call 1: it took undefined ms",
  ]);
});

Deno.test("compareCalls() takes any beginning of a string that is cut, with its whole length", () => {
  const long: Truth = {
    case: "cut",
    symbol: "main.f",
    goid: 7,
    args: { s: { $cut: "0123456789", $length: 10 } },
  };
  const cut = (shown: unknown) =>
    compareCalls([long], [{ ...call, args: { s: shown }, results: {} }], 5).length;
  assert.equal(cut({ $cut: "0123", $length: 10 }), 0);
  assert.equal(cut({ $cut: "0123", $length: 4 }), 1);
  assert.equal(cut({ $cut: "123", $length: 10 }), 1);
  assert.equal(cut("0123"), 1);
});

Deno.test("withoutInstance() leaves out the types of an instance", () => {
  assert.equal(withoutInstance("main.(*stack[go.shape.[]int]).Push"), "main.(*stack[...]).Push");
  assert.equal(withoutInstance("main.f"), "main.f");
});

Deno.test("parseExact() keeps integers of 64 bits", () => {
  assert.deepEqual(parseExact('[1, -9223372036854775808, 18446744073709551615, 0.5, "1"]'), [
    1,
    -9223372036854775808n,
    18446744073709551615n,
    0.5,
    "1",
  ]);
});
