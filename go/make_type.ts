import type { GoKind, GoType } from "./go_type.ts";

/** A Go type that no executable describes; what is left out is empty. */
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

/** A pointer to a type. */
export function pointerTo(element: GoType): GoType {
  return makeType(`*${element.name}`, "pointer", 8, { element });
}
