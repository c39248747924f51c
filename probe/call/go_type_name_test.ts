import assert from "node:assert/strict";
import { goTypeName } from "./go_type_name.ts";

const NAMES = [
  ["*net/http.Request", "*net/http.Request"],
  ["main.Pair[int, string]", "main.Pair[int,string]"],
  ["main.Pair[func(int, string), map[string]byte]", "main.Pair[func(int, string),map[string]uint8]"],
  ["[]byte", "[]uint8"],
  ["[]rune", "[]int32"],
  ["any", "interface {}"],
  ["interface{}", "interface {}"],
  ["struct{}", "struct {}"],
  ["chan int", "chan int"],
  ["main.byte", "main.byte"],
  ["main.anything", "main.anything"],
  ["any/thing.T", "any/thing.T"],
] as const;

Deno.test("goTypeName() gives the name that an executable has, of what a developer writes", () => {
  for (const [written, name] of NAMES) assert.equal(goTypeName(written), name);
});
