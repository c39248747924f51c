import { type HeaderName, TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type Convention,
  type GoType,
  type Shape,
  type TypeOrigin,
  wordsShape,
} from "../go/mod.ts";
import type { Architecture } from "../isa/mod.ts";
import type { FieldKind, FieldPlan, FieldStart } from "./plan.ts";
import type { Recipe, RecipeField } from "./recipe.ts";
import { listLayout, searchLayout } from "./map_search.ts";
import { followPath, resolvePath } from "./resolve_path.ts";

/** A type, and who says what it is made of. */
export interface KnownType {
  readonly type: GoType;
  readonly origin: TypeOrigin;
}

/** The function that a recipe is applied to. */
export interface RecipeTarget {
  readonly symbol: string;
  readonly architecture: Architecture;
  readonly convention: Convention;
  /** Of a method: how the calling convention sees its receiver. */
  readonly receiver?: Shape;
  /** The code of a generic function, shared by its instances: it takes a dictionary before its parameters. */
  readonly hasDictionary: boolean;
  /** Gives the types of the parameters by name. */
  readonly types: (name: string) => KnownType;
}

/**
 * The fields of a recipe for one function: where its parameters are by Go's calling convention, and from there the
 * path to each value by the types' layouts.
 *
 * @throws {TargetError} when a parameter's place or a type cannot be known.
 */
export function planFields(recipe: Recipe, target: RecipeTarget): FieldPlan[] {
  const hidden = target.hasDictionary ? [wordsShape(1)] : [];
  const { parameters } = assignArguments({
    convention: target.convention,
    architecture: target.architecture,
    ...target.receiver === undefined ? {} : { receiver: target.receiver },
    parameters: [...hidden, ...recipe.parameters.map((parameter) => parameter.shape)],
  });
  return recipe.fields.map((field) => {
    const [name = ""] = field.expression.split(".");
    const index = recipe.parameters.findIndex((parameter) => parameter.name === name);
    const parameter = recipe.parameters[index];
    const location = parameters[hidden.length + index]?.components[0];
    if (parameter === undefined || location === undefined || location.kind === "float-register") {
      throw new TargetError(`${target.symbol}: the place of ${name} is not known`, {
        hint: "Name another function, and report this one.",
      });
    }
    return fieldAt(field, location, target.types(parameter.type));
  });
}

/**
 * A field whose expression starts with a value of a known type, which is at `location`.
 *
 * @throws {TargetError} when the path or what it leads to cannot be known.
 */
export function fieldAt(
  { name, expression, capBytes }: RecipeField,
  location: FieldStart,
  { type, origin }: KnownType,
): FieldPlan {
  const [root = ""] = expression.split(".");
  const { derefs, offset, kind } = resolvePath(expression, new Map([[root, type]]));
  return { name, expression, location, derefs, offset, kind, capBytes, origin };
}

/** The most bytes that are captured of a header. */
export const HEADER_BYTES = 256;

/**
 * Enough for some 50 headers in a request. Buckets need more: they have others behind them, and before a growth is done
 * those from before are looked into as well.
 */
const HEADER_GROUPS = { swiss: 8, buckets: 16, list: 0 } as const;

/**
 * A field that shows a header of the request: what `expression` leads to is a map of values by their names, or a list of
 * both. Of a secret one it is only seen whether it is there.
 *
 * @throws {TargetError} when the path cannot be known, or leads to something else.
 */
export function headerAt(
  { name, key, isSecret }: HeaderName,
  expression: string,
  location: FieldStart,
  { type: rootType, origin }: KnownType,
): FieldPlan {
  const [root = ""] = expression.split(".");
  const { derefs, offset, type } = followPath(expression, new Map([[root, rootType]]));
  const layout = type.kind === "map" ? searchLayout(type) : listLayout(type);
  if (layout === undefined) {
    throw new TargetError(`Cannot look for ${name} in ${expression}: how a ${type.name} lies is not known`, {
      hint: "Leave that column out.",
    });
  }
  const isList = type.kind === "map" && type.element?.kind === "slice" &&
    type.element.element?.kind === "string";
  return {
    name: key,
    expression: `${expression}["${name}"]${isList ? "[0]" : ""}`,
    location,
    derefs,
    offset,
    search: {
      typeName: type.name,
      layout,
      groups: HEADER_GROUPS[layout.design],
      key: { kind: "string", bytes: new TextEncoder().encode(name) },
      ...isList ? { first: true } : {},
    },
    kind: { kind: isSecret ? "word" : "string" },
    capBytes: isSecret ? 8 : HEADER_BYTES,
    origin,
  };
}

/** A field of one word that has no path: the program makes it of what was kept when the request began. */
export function fieldWithoutPath(name: string, kind: FieldKind): FieldPlan {
  const location = { kind: "request" } as const;
  const origin = "the program";
  return { name, expression: name, location, derefs: [], offset: 0, kind, capBytes: 8, origin };
}

/** A field that is the word at `location` itself, or what `kind` makes of it. */
export function wordAt(name: string, location: FieldStart, kind: FieldKind = { kind: "word" }): FieldPlan {
  return { ...fieldWithoutPath(name, kind), location, origin: "the calling convention" };
}
