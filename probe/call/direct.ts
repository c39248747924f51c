import type { GoType } from "../../go/mod.ts";

/** Whether an interface has the value itself in its data word. Source: `IsDirectIface` in Go's src/internal/abi/type.go. */
export function isDirect(type: GoType): boolean {
  switch (type.kind) {
    case "pointer":
    case "map":
    case "chan":
    case "func":
    case "unsafe.Pointer":
      return true;
    case "array":
      return type.length === 1 && type.element !== undefined && isDirect(type.element);
    case "struct":
      return type.fields.length === 1 && isDirect(type.fields[0]!.type);
    default:
      return false;
  }
}
