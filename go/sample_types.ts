import type { GoField, GoKind, GoSignature, GoType } from "./go_type.ts";

/** Go types by hand, for tests: what is left out is empty, and structs are laid out by the offsets given. */
export function makeType(name: string, kind: GoKind, size: number, rest: Partial<GoType> = {}): GoType {
  const empty = {
    element: undefined,
    key: undefined,
    length: 0,
    fields: [],
    signature: undefined,
    isEmptyInterface: false,
    mapParts: undefined,
  };
  return { name, kind, size, ...empty, ...rest };
}

/** `string`. */
export const STRING: GoType = makeType("string", "string", 16);

/** A pointer to a type. */
export function pointerTo(element: GoType): GoType {
  return makeType(`*${element.name}`, "pointer", 8, { element });
}

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
