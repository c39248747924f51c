import { RecordLayout as Head, RecordSize } from "../bpf/mod.ts";
import type { CallField } from "../probe/call/program.ts";
import type { FieldPlan } from "../probe/plan.ts";

/** A field of a record, as far as its place depends on it. */
export interface RecordField {
  readonly kind: { readonly kind: (FieldPlan["kind"] | CallField["kind"])["kind"] };
  /** The most bytes that are captured of a text. */
  readonly capBytes: number;
}

/** Where one field lies in records of one size. */
export interface RecordSlot {
  /** Bytes from the record's start. */
  readonly offset: number;
  /** Bytes that fit; an integer has 8. */
  readonly capacity: number;
}

/** The records of one plan: sizes in use, and the slots of each size. */
export interface RecordShape {
  /** All sizes that the program knows, ascending; `slots` has a row for each. */
  readonly sizes: readonly number[];
  /** Indices into `sizes`: those in use. */
  readonly smallest: number;
  readonly largest: number;
  readonly slots: readonly (readonly RecordSlot[])[];
}

/** All sizes of records that the program knows, ascending. */
export const RECORD_SIZES: readonly number[] = Object.values(RecordSize).sort((a, b) => a - b);
const INTEGER_BYTES = 8;

/**
 * Lays out the records of a plan: in each size, integers have 8 bytes, and the strings share the rest by their caps
 * (in eights), so that a record of short strings takes a small size. The largest has room for every cap.
 *
 * @returns undefined when the caps do not fit into the largest size.
 */
export function shapeRecords(fields: readonly FieldPlan[]): RecordShape | undefined {
  const slots = RECORD_SIZES.map((size) => layOut(fields, size));
  const smallest = slots.findIndex((row) => row !== undefined);
  const largest = slots.findIndex((row) =>
    row !== undefined && fields.every((field, i) => row[i]!.capacity >= capacityOf(field))
  );
  if (largest < 0) return undefined;
  const empty = fields.map(() => ({ offset: 0, capacity: 0 }));
  return { sizes: RECORD_SIZES, smallest, largest, slots: slots.map((row) => row ?? empty) };
}

/** Whether it takes 8 bytes of a record, and not what its text needs. */
export function isWord({ kind: { kind } }: RecordField): boolean {
  return kind !== "string" && kind !== "bytes" && kind !== "string-in-registers";
}

function capacityOf(field: FieldPlan): number {
  return isWord(field) ? INTEGER_BYTES : field.capBytes;
}

/** The slots in a record of `size` bytes; undefined when a field would have no room. */
function layOut(fields: readonly FieldPlan[], size: number): RecordSlot[] | undefined {
  const head = Math.ceil((Head.byteLength + fields.length * Head.fields.stride) / 8) * 8;
  const strings = fields.filter((field) => !isWord(field));
  const caps = strings.reduce((sum, field) => sum + field.capBytes, 0);
  const room = size - head - (fields.length - strings.length) * INTEGER_BYTES;
  // The string with the largest cap takes what the others leave.
  const widest = fields.reduce(
    (best, field, i) => !isWord(field) && (best < 0 || field.capBytes > fields[best]!.capBytes) ? i : best,
    -1,
  );
  const capacities = fields.map((field) =>
    isWord(field) ? INTEGER_BYTES : Math.min(field.capBytes, Math.ceil(room * field.capBytes / caps / 8) * 8)
  );
  if (widest >= 0) {
    const others = strings.length === 0 ? 0 : capacities.reduce(
      (sum, capacity, i) => i === widest || isWord(fields[i]!) ? sum : sum + align(capacity),
      0,
    );
    capacities[widest] = Math.min(fields[widest]!.capBytes, room - others);
  }
  let offset = head;
  const row = capacities.map((capacity) => {
    const slot = { offset, capacity };
    offset += align(capacity);
    return slot;
  });
  return row.every((slot) => slot.capacity > 0 && slot.offset + slot.capacity <= size) ? row : undefined;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
