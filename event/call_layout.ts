import { RecordLayout as Head } from "../bpf/mod.ts";
import type { CallField } from "../probe/call/program.ts";
import type { RecordShape, RecordSlot } from "./record_layout.ts";
import { RECORD_SIZES } from "./record_layout.ts";

/** The records of a call's plan: each has all the room that its texts may take. */
export interface CallShape extends RecordShape {
  /** Bytes of a record. */
  readonly bytes: number;
  /** Bytes of it, from its start, that are complete at the entry. */
  readonly keptBytes: number;
}

/**
 * Lays out the records of a call: what is read at the entry comes first, since it is kept in one piece.
 *
 * @returns undefined when the texts do not fit into the largest record.
 */
export function shapeCall(fields: readonly CallField[]): CallShape | undefined {
  let offset = align(Head.byteLength + fields.length * Head.fields.stride);
  const row: RecordSlot[] = fields.map(() => ({ offset: 0, capacity: 0 }));
  const place = (isEarly: boolean) =>
    fields.forEach(({ fromEntry, capBytes }, i) => {
      if (fromEntry !== isEarly) return;
      row[i] = { offset, capacity: capBytes };
      offset += align(capBytes);
    });
  place(true);
  const keptBytes = offset;
  place(false);
  const index = RECORD_SIZES.findIndex((size) => size >= offset);
  if (index < 0) return undefined;
  const empty = fields.map(() => ({ offset: 0, capacity: 0 }));
  return {
    sizes: RECORD_SIZES,
    smallest: index,
    largest: index,
    slots: RECORD_SIZES.map((_, i) => i === index ? row : empty),
    bytes: offset,
    keptBytes,
  };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
