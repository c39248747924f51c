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
  /** What the function gives, and that it takes nothing else; if not said, either does not matter. */
  readonly results?: readonly string[];
  /** What is known when it is entered. Empty: requests that come to it are told at their end. */
  readonly fields: readonly RecipeField[];
}

/**
 * Whether a recipe is for functions of this signature: its parameters come first. Further ones, as some routers add to
 * handlers of net/http, and results lie behind them and move nothing.
 */
export function isRecipeFor(recipe: Recipe, { parameters, results }: GoSignature): boolean {
  const wanted = recipe.parameters;
  if (!wanted.every(({ type }, i) => parameters[i]?.type.name === type)) return false;
  if (recipe.results === undefined) return true;
  return parameters.length === wanted.length && results.length === recipe.results.length &&
    recipe.results.every((type, i) => results[i]?.type.name === type);
}
