import { TargetError } from "../base/mod.ts";
import { type GoType, selectField } from "../go/mod.ts";
import type { FieldKind } from "./plan.ts";

/** A path of fields as the program walks it; see `FieldPlan`. */
export interface FollowedPath {
  /** The parameter that it starts from. */
  readonly parameter: string;
  readonly derefs: readonly number[];
  readonly offset: number;
  /** Of what lies at its end. */
  readonly type: GoType;
}

/** A path to a value that can be shown. */
export interface ResolvedPath extends Omit<FollowedPath, "type"> {
  readonly kind: FieldKind;
}

/**
 * Turns `req.URL.Path` into the pointers to follow, by the layouts of the types and Go's rules for selectors. A pointer
 * to a struct is followed, a struct within a struct adds its offset.
 *
 * @param types of the parameters, by name.
 * @throws {TargetError} when a field is unknown, or the value is of a kind that cannot be read.
 */
export function resolvePath(expression: string, types: ReadonlyMap<string, GoType>): ResolvedPath {
  const { type, ...path } = followPath(expression, types);
  const kind = kindOf(type);
  if (kind === undefined) throw unknown(expression, `a value of type ${type.name} cannot be shown`);
  return { ...path, kind };
}

/**
 * The same, to whatever lies at the path's end.
 *
 * @throws {TargetError} when a field is unknown.
 */
export function followPath(expression: string, types: ReadonlyMap<string, GoType>): FollowedPath {
  const [parameter = "", ...names] = expression.split(".");
  const parameterType = types.get(parameter);
  if (parameterType === undefined) throw unknown(expression, `there is no parameter ${parameter}`);
  if (parameterType.kind !== "pointer") throw unknown(expression, `${parameter} is no pointer`);
  const derefs: number[] = [];
  let offset = 0;
  let type = parameterType;
  let isParameter = true;
  for (const name of names) {
    const selection = selectField(type, name);
    if (selection?.kind !== "field") {
      const struct = type.kind === "pointer" ? type.element ?? type : type;
      throw unknown(expression, `${struct.name} has no field ${name} that is known`);
    }
    for (const step of selection.steps) {
      // The parameter's own pointer is in its register; each further one is read from memory.
      if (step.dereference && !isParameter) {
        derefs.push(offset);
        offset = 0;
      }
      offset += step.offset;
      type = step.type;
      isParameter = false;
    }
  }
  return { parameter, derefs, offset, type };
}

/** What the program reads for a value of the type; undefined where it cannot. */
function kindOf({ kind, size, element }: GoType): FieldKind | undefined {
  if (kind === "string") return { kind: "string" };
  if (kind === "slice" && element?.kind === "uint8") return { kind: "bytes" };
  const isInteger = kind === "bool" || /^u?int\d*$/.test(kind);
  if (!isInteger || size !== 1 && size !== 2 && size !== 4 && size !== 8) return undefined;
  return { kind: "integer", size, signed: kind.startsWith("int") };
}

function unknown(expression: string, what: string): TargetError {
  return new TargetError(`Cannot follow ${expression}: ${what}`, {
    hint: "Check the names against the function's declaration.",
  });
}
