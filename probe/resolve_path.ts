import { TargetError } from "../base/mod.ts";
import type { StructLayouts } from "../go/mod.ts";
import type { FieldKind } from "./plan.ts";

/** A path of fields as the program walks it; see `FieldPlan`. */
export interface ResolvedPath {
  /** The parameter that it starts from. */
  readonly parameter: string;
  readonly derefs: readonly number[];
  readonly offset: number;
  readonly kind: FieldKind;
}

const KINDS: Readonly<Record<string, FieldKind>> = {
  string: { kind: "string" },
  "[]uint8": { kind: "bytes" },
  bool: { kind: "integer", size: 1, signed: false },
  ...Object.fromEntries(([1, 2, 4, 8] as const).flatMap((size) => [
    [`int${size * 8}`, { kind: "integer", size, signed: true }],
    [`uint${size * 8}`, { kind: "integer", size, signed: false }],
  ])),
  int: { kind: "integer", size: 8, signed: true },
  uint: { kind: "integer", size: 8, signed: false },
};

/**
 * Turns `req.URL.Path` into the pointers to follow, by the structs' layouts. A pointer to a struct is followed, a
 * struct within a struct adds its offset.
 *
 * @param types of the parameters, by name, as Go writes them.
 * @throws {TargetError} when a field is unknown, or the value is of a kind that cannot be read.
 */
export function resolvePath(
  expression: string,
  types: ReadonlyMap<string, string>,
  layouts: StructLayouts,
): ResolvedPath {
  const [parameter = "", ...names] = expression.split(".");
  const parameterType = types.get(parameter);
  if (parameterType === undefined) throw unknown(expression, `there is no parameter ${parameter}`);
  if (!parameterType.startsWith("*")) throw unknown(expression, `${parameter} is no pointer`);
  const derefs: number[] = [];
  let offset = 0;
  let type = parameterType;
  names.forEach((name, i) => {
    const isPointer = type.startsWith("*");
    const struct = isPointer ? type.slice(1) : type;
    const field = layouts.field(struct, name);
    if (field === undefined) throw unknown(expression, `${struct} has no field ${name} that is known`);
    // The parameter's own pointer is in its register; each further one is read from memory.
    if (isPointer && i > 0) {
      derefs.push(offset);
      offset = 0;
    }
    offset += field.offset;
    type = field.type;
  });
  const kind = KINDS[type];
  if (kind === undefined) throw unknown(expression, `a value of type ${type} cannot be shown`);
  return { parameter, derefs, offset, kind };
}

function unknown(expression: string, what: string): TargetError {
  return new TargetError(`Cannot follow ${expression}: ${what}`, {
    hint: "Check the names against the function's declaration.",
  });
}
