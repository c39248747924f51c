import { PlanLayout, SpanSize } from "../bpf/mod.ts";
import type { FieldPlan, FieldStart } from "../probe/mod.ts";

/** Memory that the program reads at once, since several fields and pointers lie in it. */
export interface Span {
  /** Where it begins, if no span before it has the pointer. */
  readonly start: FieldStart;
  /** The span that has the pointer, plus one; 0 for none. */
  readonly parent: number;
  /** Where in the parent the pointer lies, in bytes. */
  readonly pointer: number;
  /** Bytes from the start or the pointer to the first of it. */
  readonly offset: number;
  /** Bytes of it. */
  readonly size: number;
}

/** Where a field's value lies: in the span of this index plus one; 0: in none, it is read by itself. */
export interface FieldPlace {
  readonly span: number;
  /** Bytes from the span's first. */
  readonly at: number;
}

/** The spans of a plan, parents first, and the place of each field. */
export interface Spans {
  readonly spans: readonly Span[];
  readonly places: readonly FieldPlace[];
}

const SPAN_BYTES = SpanSize.bytes;
const WORD_BYTES = 8;
/** A string's header: pointer and length. */
const STRING_BYTES = 16;
/** A pointer to another struct is worth more than any fields: the struct's own depend on it. */
const POINTER_WORTH = 100;

/** A struct that fields lie in, by the way to it. */
interface Struct {
  readonly start: FieldStart;
  readonly derefs: readonly number[];
  readonly parent: Struct | undefined;
  readonly items: Item[];
}

/** A word or two of a struct: a field's, or the pointer to another struct. */
interface Item {
  readonly offset: number;
  readonly size: number;
  readonly worth: number;
  readonly field: number | undefined;
}

/** Each field is read by itself. */
export function noSpans(fields: readonly FieldPlan[]): Spans {
  return { spans: [], places: fields.map(() => ({ span: 0, at: 0 })) };
}

/**
 * Finds what can be read at once. What does not fit (too far away, too many structs, half a word) is left to be read by
 * itself.
 */
export function findSpans(fields: readonly FieldPlan[]): Spans {
  const structs = new Map<string, Struct>();
  const structAt = (start: FieldStart, derefs: readonly number[]): Struct => {
    const key = JSON.stringify([start, derefs]);
    const known = structs.get(key);
    if (known !== undefined) return known;
    const parent = derefs.length === 0 ? undefined : structAt(start, derefs.slice(0, -1));
    const struct: Struct = { start, derefs, parent, items: [] };
    // Parents come first: the map keeps the order.
    structs.set(key, struct);
    parent?.items.push({
      offset: derefs.at(-1)!,
      size: WORD_BYTES,
      worth: POINTER_WORTH,
      field: undefined,
    });
    return struct;
  };
  fields.forEach(({ location, derefs, offset, kind }, field) => {
    const isString = kind.kind === "string" || kind.kind === "bytes";
    if (!isString && !(kind.kind === "integer" && kind.size === WORD_BYTES)) return;
    const size = isString ? STRING_BYTES : WORD_BYTES;
    structAt(location, derefs).items.push({ offset, size, worth: 1, field });
  });

  const spans: Span[] = [];
  const numbers = new Map<Struct, number>();
  const places: FieldPlace[] = [...noSpans(fields).places];
  for (const struct of structs.values()) {
    if (spans.length === PlanLayout.spans.length) break;
    const parent = struct.parent === undefined ? 0 : numbers.get(struct.parent) ?? 0;
    const pointer = struct.parent === undefined
      ? 0
      : struct.derefs.at(-1)! - (spans[parent - 1]?.offset ?? 0);
    if (struct.parent !== undefined && !isInside(spans[parent - 1], pointer)) continue;
    const items = densest(struct.items);
    if (items.length === 0) continue;
    const offset = items[0]!.offset;
    const size = Math.max(...items.map((item) => item.offset + item.size)) - offset;
    spans.push({ start: struct.start, parent, pointer, offset, size });
    numbers.set(struct, spans.length);
    for (const { field, offset: of } of items) {
      if (field !== undefined) places[field] = { span: spans.length, at: of - offset };
    }
  }
  return { spans, places };
}

/** Whether a pointer lies in a span, which has chosen it or passes over it. */
function isInside(span: Span | undefined, pointer: number): boolean {
  return span !== undefined && pointer >= 0 && pointer + WORD_BYTES <= span.size &&
    pointer % WORD_BYTES === 0;
}

/** Of the items, sorted, the most that lie near enough to each other, and whole words apart. */
function densest(items: readonly Item[]): readonly Item[] {
  const sorted = [...items].sort((a, b) => a.offset - b.offset);
  let best: readonly Item[] = [];
  for (const { offset } of sorted) {
    const near = sorted.filter((item) =>
      item.offset >= offset && item.offset + item.size <= offset + SPAN_BYTES &&
      (item.offset - offset) % WORD_BYTES === 0
    );
    if (worthOf(near) > worthOf(best)) best = near;
  }
  return best;
}

function worthOf(items: readonly Item[]): number {
  return items.reduce((sum, { worth }) => sum + worth, 0);
}
