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
import type { FieldPlan } from "./plan.ts";
import type { Recipe } from "./recipe.ts";
import { resolvePath } from "./resolve_path.ts";

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
  readonly types: (name: string) => { readonly type: GoType; readonly origin: TypeOrigin };
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
    const { type, origin } = target.types(parameter.type);
    const path = resolvePath(field.expression, new Map([[name, type]]));
    return {
      name: field.name,
      expression: field.expression,
      location,
      derefs: path.derefs,
      offset: path.offset,
      kind: path.kind,
      capBytes: field.capBytes,
      origin,
    };
  });
}
