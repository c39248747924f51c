import { type GoType, shapeOfType, signatureText } from "../../go/mod.ts";

/** Reads a file that was made to be hostile; may give anything, or throw a typed error. */
export type Action = () => unknown;

/** All that may be asked of a type, some levels deep. */
export function look(type: GoType | undefined, depth = 3): void {
  if (type === undefined) return;
  attempt(() => type.name);
  attempt(() => shapeOfType(type));
  attempt(() => type.signature && signatureText(type.signature));
  if (depth === 0) return;
  attempt(() => look(type.element, depth - 1));
  attempt(() => type.fields.slice(0, 100).forEach((field) => look(field.type, depth - 1)));
}

/** What the case is about has to be there. */
export function found(type: GoType | undefined): GoType {
  if (type === undefined) throw new Error("the type was not found");
  return type;
}

/** An error of one part does not keep from looking at the others; which error it is is checked where it is the last. */
export function attempt(action: Action): void {
  try {
    action();
  } catch (error) {
    errors.push(error);
  }
}

/** What {@linkcode attempt} caught: the test looks at each. */
export const errors: unknown[] = [];
