/** Go types by hand, for tests: structs are laid out by the offsets given. */
import type { GoField, GoSignature, GoType } from "./go_type.ts";
import { makeType, pointerTo } from "./make_type.ts";

export { makeType, pointerTo };

/** `string`. */
export const STRING: GoType = makeType("string", "string", 16);

/** A struct of these fields, each `[name, offset, type]`. */
export function structOf(
  name: string,
  size: number,
  fields: readonly (readonly [string, number, GoType])[],
): GoType {
  return makeType(name, "struct", size, {
    fields: fields.map(([field, offset, type]): GoField => ({ name: field, offset, type, embedded: false })),
  });
}

/** What a function takes, by the parameters' names and types; it gives nothing. */
export function takes(...parameters: readonly (readonly [string, GoType])[]): GoSignature {
  return {
    parameters: parameters.map(([name, type]) => ({ name, type })),
    results: [],
    variadic: false,
  };
}

const URL_TYPE = structOf("net/url.URL", 120, [["Scheme", 0, STRING], ["Path", 56, STRING]]);

/** The two types of a handler's parameters, cut down to what is looked at. */
export const HTTP_TYPES = {
  responseWriter: makeType("net/http.ResponseWriter", "interface", 16),
  request: pointerTo(structOf("net/http.Request", 248, [["Method", 0, STRING], [
    "URL",
    16,
    pointerTo(URL_TYPE),
  ]])),
} as const;
