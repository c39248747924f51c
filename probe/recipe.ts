import type { GoSignature, Shape } from "../go/mod.ts";

/** A parameter of the functions that a recipe is for. */
export interface RecipeParameter {
  readonly name: string;
  /** As Go writes it, with the package's path. */
  readonly type: string;
  /** How the calling convention sees it. */
  readonly shape: Shape;
}

/** A value that a recipe shows. */
export interface RecipeField {
  /** The column's key. */
  readonly name: string;
  /** A path of fields from a parameter, e.g. `req.URL.Path`. */
  readonly expression: string;
  /** The most bytes that are captured of a string. */
  readonly capBytes: number;
}

/** A kind of function, and what is shown of each call: data, from which plans are made. */
export interface Recipe {
  readonly name: string;
  /** The function as Go writes it, for messages. */
  readonly declaration: string;
  readonly parameters: readonly RecipeParameter[];
  readonly fields: readonly RecipeField[];
}

/**
 * Whether a recipe is for functions of this signature: its parameters come first. Further ones, as some routers add,
 * and results lie behind them and move nothing.
 */
export function isRecipeFor(recipe: Recipe, { parameters }: GoSignature): boolean {
  return recipe.parameters.every(({ type }, i) => parameters[i]?.type.name === type);
}
