import type { GoField, GoType } from "./go_type.ts";

/** One step from a value to a field of it. */
export interface FieldStep {
  readonly name: string;
  /** Bytes from the start of the struct that has the field. */
  readonly offset: number;
  readonly type: GoType;
  /** What the field is selected from is a pointer to that struct, which has to be followed first. */
  readonly dereference: boolean;
}

/** What a selector stands for. */
export type FieldSelection =
  /** The field is reached by these steps: the last one is it, those before it are the embedded fields that promote it. */
  | { readonly kind: "field"; readonly steps: readonly FieldStep[] }
  /** Several fields of that name are promoted from one depth: Go refuses to choose, and these would be it. */
  | { readonly kind: "ambiguous"; readonly paths: readonly string[] };

/** A struct that is looked at, and how it is reached. */
interface Candidate {
  readonly struct: GoType;
  /** The path to it ends in a pointer to it. */
  readonly isPointed: boolean;
  readonly steps: readonly FieldStep[];
}

/**
 * What `x.name` selects of a value `x` of this type, by Go's rules: of a struct or a pointer to one (never of a pointer
 * to a pointer), the field at the shallowest depth. Undefined when there is none.
 *
 * Methods are not looked at, since an executable does not have all of them: a field that Go would hide behind a method
 * of the same name is found. Fields that are not exported are found, of whatever package they are.
 *
 * Source: the Go specification, "Selectors"; Go's src/go/types/lookup.go.
 *
 * @throws {FormatError} when what describes a type on the way is damaged.
 */
export function selectField(type: GoType, name: string): FieldSelection | undefined {
  if (name === "_") return undefined;
  const seen = new Set<GoType>();
  let level = candidateOf(type, []);
  while (level.length > 0) {
    const found: (readonly FieldStep[])[] = [];
    const next: Candidate[] = [];
    for (const candidate of level) {
      const { struct, isPointed, steps } = candidate;
      for (const field of struct.fields) {
        if (field.name !== name && !field.embedded) continue;
        const path = [...steps, stepTo(field, isPointed)];
        if (field.name === name) found.push(path);
        else next.push(...candidateOf(field.type, path));
      }
    }
    const [steps] = found;
    if (steps !== undefined) {
      return found.length === 1
        ? { kind: "field", steps }
        : { kind: "ambiguous", paths: found.map((path) => path.map((step) => step.name).join(".")) };
    }
    // What was seen before lies at a smaller depth, and has no such field. Of one type that is embedded twice at this
    // depth both stay: a field of it is ambiguous.
    for (const { struct } of level) seen.add(struct);
    level = atMostTwice(next.filter(({ struct }) => !seen.has(struct)));
  }
  return undefined;
}

/** The struct that a value is or points to, if it does. */
function candidateOf(type: GoType, steps: readonly FieldStep[]): Candidate[] {
  if (type.kind === "struct") return [{ struct: type, isPointed: false, steps }];
  const element = type.kind === "pointer" ? type.element : undefined;
  return element?.kind === "struct" ? [{ struct: element, isPointed: true, steps }] : [];
}

function stepTo({ name, offset, type }: GoField, dereference: boolean): FieldStep {
  return { name, offset, type, dereference };
}

/** Twice is enough for an ambiguity: types that embed each other twice would make a level as wide as 2 to the depth. */
function atMostTwice(candidates: readonly Candidate[]): Candidate[] {
  const counts = new Map<GoType, number>();
  return candidates.filter(({ struct }) => {
    const count = (counts.get(struct) ?? 0) + 1;
    counts.set(struct, count);
    return count <= 2;
  });
}
