import type { GoType } from "../../go/mod.ts";

/** Since then a struct is direct by its one word, whatever fields without a size it has beside that. */
const FIRST_BY_SIZE = 26;

/**
 * Whether an interface has the value itself in its data word, and not a pointer to it.
 *
 * Source: `IsDirectIface` in Go's src/cmd/compile/internal/types/type.go.
 *
 * @param goMinor of the version that compiled it
 */
export function isDirect(type: GoType, goMinor: number): boolean {
  switch (type.kind) {
    case "pointer":
    case "map":
    case "chan":
    case "func":
    case "unsafe.Pointer":
      return true;
    case "array":
      return type.length === 1 && type.element !== undefined && isDirect(type.element, goMinor);
    case "struct": {
      const fields = goMinor < FIRST_BY_SIZE
        ? type.fields
        : type.fields.filter((field) => field.type.size > 0);
      return fields.length === 1 && isDirect(fields[0]!.type, goMinor);
    }
    default:
      return false;
  }
}
