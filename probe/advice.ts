import { type GoExecutable, type GoFunction, nearestNames, parseFunctionName } from "../go/mod.ts";

/** The most names in a hint. */
const MAX_NAMES = 3;

/**
 * Names to trace instead of a function that is no handler itself, or was inlined everywhere: the handlers that it makes
 * (its closures, wherever they are), and those into which it went.
 *
 * @param into names of functions that have a copy of it
 * @param isHandler whether a function is, or can be, a handler
 */
export function tracedInstead(
  { functions }: GoExecutable,
  name: string,
  into: readonly string[],
  isHandler: (found: GoFunction) => boolean,
): string[] {
  const isOther = (found: GoFunction) => !isHandler(found);
  // No closure has the number 0.
  const closures = nearestNames(`${name}.func0`, functions.functions(), MAX_NAMES, isOther)
    .filter((near) => parseFunctionName(near).suffix !== "");
  const method = name.slice(name.indexOf(".", name.lastIndexOf("/") + 1));
  const own = closures.filter((closure) => closure.includes(`${method}.`));
  if (closures.length > 0) return own.length > 0 ? own : closures;
  return into.filter((other) => functions.find(other).some(isHandler)).slice(0, MAX_NAMES);
}
