import type { CallField } from "./program.ts";

/** The argument or result registers that a field is read from, by their index; one may be there twice. */
export function registersOf({ start, steps, kind }: CallField): number[] {
  return [
    ...start.kind === "register" ? [start.index] : [],
    ...kind.kind === "string-in-registers" ? [kind.lengthRegister] : [],
    ...steps.flatMap((step) => "word" in step && "register" in step.word ? [step.word.register] : []),
  ];
}
