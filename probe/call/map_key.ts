import { type GoType, isInteger, isSigned } from "../../go/mod.ts";
import type { Index } from "../expression/mod.ts";
import type { MapKey } from "../map_search.ts";
import { CALL_LIMITS } from "./program.ts";

/** Why a map cannot be searched for a key, and what to do about it. */
export interface KeyProblem {
  readonly what: string;
  readonly hint: string;
}

/** What a map with keys of type `key` is searched for, if it is indexed so; or why it cannot be. */
export function mapKey(key: GoType, index: Index["index"]): MapKey | KeyProblem {
  if (key.kind === "string") {
    if (index.kind !== "string") {
      return { what: `the keys are ${key.name}`, hint: 'Write a string: ["name"].' };
    }
    if (index.bytes.length <= CALL_LIMITS.textBytes) return { kind: "string", bytes: index.bytes };
    return { what: `a key has at most ${CALL_LIMITS.textBytes} bytes`, hint: "Show len() of the map." };
  }
  const { size } = key;
  const isSearched = isInteger(key.kind) && (size === 1 || size === 2 || size === 4 || size === 8);
  if (!isSearched) {
    return { what: `the keys are ${key.name}`, hint: "Only strings and whole numbers can be searched for." };
  }
  if (index.kind !== "integer") return { what: `the keys are ${key.name}`, hint: "Write a whole number." };
  const bits = 8 * size;
  const value = BigInt.asUintN(bits, index.value);
  if (index.value === (isSigned(key.kind) ? BigInt.asIntN(bits, value) : value)) {
    return { kind: "integer", size, value };
  }
  return { what: `${index.value} is no ${key.name}`, hint: "Write a key that it can have." };
}
