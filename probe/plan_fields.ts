import { TargetError } from "../base/mod.ts";
import {
  assignArguments,
  type Convention,
  type FunctionName,
  type Shape,
  type StructLayouts,
  wordsShape,
} from "../go/mod.ts";
import type { Architecture } from "../isa/mod.ts";
import type { FieldPlan } from "./plan.ts";
import type { Recipe } from "./recipe.ts";
import { resolvePath } from "./resolve_path.ts";

/** The function that a recipe is applied to. */
export interface RecipeTarget {
  readonly symbol: string;
  readonly name: FunctionName;
  readonly architecture: Architecture;
  readonly convention: Convention;
  readonly layouts: StructLayouts;
}

/**
 * The fields of a recipe for one function: where its parameters are by Go's calling convention, and from there the
 * path to each value.
 *
 * @throws {TargetError} when a parameter's place cannot be known.
 */
export function planFields(recipe: Recipe, target: RecipeTarget): FieldPlan[] {
  const receiver = receiverShape(target);
  // An instance of a generic function takes its dictionary before its parameters.
  const hidden = isInstance(target.name) ? [wordsShape(1)] : [];
  const { parameters } = assignArguments({
    convention: target.convention,
    architecture: target.architecture,
    ...receiver === undefined ? {} : { receiver },
    parameters: [...hidden, ...recipe.parameters.map((parameter) => parameter.shape)],
  });
  const types = new Map(recipe.parameters.map(({ name, type }) => [name, type]));
  return recipe.fields.map((field) => {
    const path = resolvePath(field.expression, types, target.layouts);
    const index = recipe.parameters.findIndex(({ name }) => name === path.parameter);
    const location = parameters[hidden.length + index]?.components[0];
    if (location === undefined || location.kind === "float-register") {
      throw new TargetError(`${target.symbol}: the place of ${path.parameter} is not known`);
    }
    return {
      name: field.name,
      expression: field.expression,
      location,
      derefs: path.derefs,
      offset: path.offset,
      kind: path.kind,
      capBytes: field.capBytes,
      origin: target.layouts.origin,
    };
  });
}

/** Whether the code is shared by instances of one shape, which a dictionary tells apart. */
function isInstance({ typeArguments, receiver }: FunctionName): boolean {
  return typeArguments.includes("go.shape.") || (receiver?.typeArguments.includes("go.shape.") ?? false);
}

/** A pointer receiver is one word; a value receiver has its type's size, which a symbol does not tell. */
function receiverShape({ name, symbol }: RecipeTarget): Shape | undefined {
  if (name.receiver === undefined || name.suffix !== "") return undefined;
  if (name.receiver.pointer) return wordsShape(1);
  const { type } = name.receiver;
  throw new TargetError(`${symbol} has a value receiver, and the size of ${type} is not known`, {
    hint: `Name the pointer's method, through which interfaces call it: ` +
      symbol.replace(`.${type}.`, `.(*${type}).`),
  });
}
