import { TargetError } from "../base/mod.ts";
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
import { resolvePath } from "./resolve_path.ts";

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
