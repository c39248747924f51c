import assert from "node:assert/strict";
import { makeType, pointerTo, STRING, structOf } from "../../go/sample_types.ts";
import { isDirect } from "./direct.ts";
import { arrayOf, INT } from "./sample_function.ts";

const POINTER = pointerTo(INT);
const NOTHING = arrayOf(INT, 0);

Deno.test("what is one pointer is in an interface itself, also in a struct or array of its own", () => {
  const direct = [
    POINTER,
    makeType("func()", "func", 8),
    makeType("unsafe.Pointer", "unsafe.Pointer", 8),
    structOf("only", 8, [["p", 0, POINTER]]),
    structOf("deep", 8, [["s", 0, structOf("only", 8, [["p", 0, POINTER]])]]),
    arrayOf(POINTER, 1),
  ];
  for (const type of direct) assert.ok(isDirect(type, 16) && isDirect(type, 27), type.name);
  const boxed = [
    INT,
    STRING,
    NOTHING,
    arrayOf(POINTER, 2),
    structOf("none", 0, []),
    structOf("int", 8, [["n", 0, INT]]),
  ];
  for (const type of boxed) assert.ok(!isDirect(type, 16) && !isDirect(type, 27), type.name);
});

Deno.test("fields without a size beside the pointer matter before Go 1.26 only", () => {
  const padded = structOf("padded", 8, [["_", 0, NOTHING], ["p", 0, POINTER]]);
  assert.deepEqual([25, 26].map((minor) => isDirect(padded, minor)), [false, true]);
});
