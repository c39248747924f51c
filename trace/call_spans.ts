import { CallSpanSize } from "../bpf/mod.ts";
import type { CallField, MapSearch, PathStep } from "../probe/mod.ts";

/** How the place of a field's value is found. */
export interface CallPlace {
  /** By the path of the field before it, which has been followed. */
  readonly joins: boolean;
  /** Of a field that joins none: bytes that are read at once at the path's end; 0 for none. */
  readonly spanSize: number;
  /** The value, or a string's header, lies in what was read at once. */
  readonly inSpan: boolean;
  /** Bytes from the last pointer to these; 0 where there are none. */
  readonly spanOffset: number;
}

const SPAN_BYTES = CallSpanSize.bytes;
/** A string's header: pointer and length. */
const STRING_BYTES = 16;
const WORD_BYTES = 8;

/**
 * The places of fields, in the order in which a program reads them. Neighbours whose paths are equal are followed once,
 * and as many of them as possible are read at once; what is too far away from these is read by itself.
 */
export function placeCallFields(fields: readonly CallField[]): CallPlace[] {
  const places: CallPlace[] = [];
  while (places.length < fields.length) {
    const key = pathKey(fields[places.length]!);
    const rest = fields.slice(places.length);
    const end = rest.findIndex((field) => key === undefined || pathKey(field) !== key);
    places.push(...placeNeighbours(rest.slice(0, end < 0 ? undefined : Math.max(1, end))));
  }
  return places;
}

/** The places of fields that have one path. */
function placeNeighbours(fields: readonly CallField[]): CallPlace[] {
  const inSpan = densest(fields);
  const offsets = inSpan.map(({ offset }) => offset);
  const spanOffset = inSpan.length === 0 ? 0 : Math.min(...offsets);
  const spanEnd = Math.max(...inSpan.map((field) => field.offset + bytesOf(field)));
  return fields.map((field, i) => ({
    joins: i > 0,
    spanSize: i === 0 && inSpan.length > 0 ? spanEnd - spanOffset : 0,
    inSpan: inSpan.includes(field),
    spanOffset: i === 0 || inSpan.includes(field) ? spanOffset : 0,
  }));
}

/** The most fields that lie near enough to each other, and each where its size may be loaded from; none if it is only one. */
function densest(fields: readonly CallField[]): readonly CallField[] {
  const readable = fields.filter((field) => bytesOf(field) > 0);
  const windows = readable.map(({ offset: first }) =>
    readable.filter((field) =>
      field.offset >= first && field.offset + bytesOf(field) <= first + SPAN_BYTES &&
      (field.offset - first) % Math.min(bytesOf(field), WORD_BYTES) === 0
    )
  );
  const most = Math.max(...windows.map(({ length }) => length));
  return most < 2 ? [] : windows.find(({ length }) => length === most)!;
}

/** Bytes that are read at the end of the field's path; 0 of what is not taken from a span. */
function bytesOf({ kind, nilIsZero }: CallField): number {
  if (kind.kind === "string") return STRING_BYTES;
  return kind.kind === "integer" && !nilIsZero ? kind.size : 0;
}

/** Equal for equal paths; undefined for values that have none. */
function pathKey({ start, steps, kind }: CallField): string | undefined {
  if (kind.kind === "duration" || kind.kind === "pid") return undefined;
  return JSON.stringify([start, steps.map(stepKey)]);
}

function stepKey(step: PathStep): string {
  return step.kind === "map" ? searchKey(step.map) : JSON.stringify(step);
}

/** Equal for searches that are. */
export function searchKey({ layout, key }: MapSearch): string {
  return `${JSON.stringify(layout)} ${
    key.kind === "integer" ? `${key.size} ${key.value}` : key.bytes.join()
  }`;
}
