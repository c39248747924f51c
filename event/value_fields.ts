/** The fields of a record that the values of a call are made of, read without anything made but beyond 2^53. */
import type { ValuePlan } from "../probe/value_plan.ts";
import { FieldStatus, type RecordView } from "./record_view.ts";

const TWO_TO_32 = 4_294_967_296;

/** The fields that decide whether a value is there: its own, or those of a struct's or an array's parts. */
function decidingFields(plan: ValuePlan): number[] {
  switch (plan.kind) {
    case "complex":
      return [plan.real, plan.imaginary];
    case "time":
      return [plan.wall, plan.ext];
    case "interface":
      return [plan.type];
    case "struct":
      return plan.fields.flatMap(({ value }) => decidingFields(value));
    case "list":
      return plan.lengthField === undefined ? plan.elements.flatMap(decidingFields) : [plan.lengthField];
    case "constant":
    case "omitted":
    case "unreadable":
      return [];
    default:
      return [plan.field];
  }
}

/** Tells of one value of each record whether it is there. */
export class Presence {
  readonly #fields: Int32Array;
  readonly #hasParts: boolean;

  constructor(plan: ValuePlan) {
    this.#fields = Int32Array.from(decidingFields(plan));
    this.#hasParts = plan.kind === "struct" || plan.kind === "list";
  }

  /** Whether there are fields that it is made of. */
  get isRead(): boolean {
    return this.#fields.length > 0;
  }

  /**
   * The field whose status tells why there is no value; -1 where there is one. A struct, or an array, is not there
   * when all of its parts are missing for one reason: a pointer on the way to it was nil, say. Then that is told once.
   */
  missingField(view: RecordView): number {
    return this.#hasParts ? commonlyMissing(view, this.#fields) : firstMissing(view, this.#fields);
  }
}

function firstMissing({ status }: RecordView, fields: Int32Array): number {
  for (let i = 0; i < fields.length; i++) {
    if (status[fields[i] as number] !== FieldStatus.ok) return fields[i] as number;
  }
  return -1;
}

function commonlyMissing({ status }: RecordView, fields: Int32Array): number {
  const first = fields[0];
  if (first === undefined || status[first] === FieldStatus.ok) return -1;
  for (let i = 1; i < fields.length; i++) if (status[fields[i] as number] !== status[first]) return -1;
  return first;
}

/**
 * Which of an interface's foreseen types its value has: the first whose value is not missing because it is of another
 * type; -1 where there is none.
 */
export function candidateIndex(view: RecordView, candidates: readonly Presence[]): number {
  for (let i = 0; i < candidates.length; i++) {
    const candidate = candidates[i] as Presence;
    if (!candidate.isRead) continue;
    const missing = candidate.missingField(view);
    if (missing < 0 || view.status[missing] !== FieldStatus.otherType) return i;
  }
  return -1;
}

/** The low 4 bytes of field `index`, unsigned. */
export function lowWord({ bytes, start }: RecordView, index: number): number {
  return wordAt(bytes, start[index] as number);
}

/** The high 4 bytes of field `index`, unsigned. */
export function highWord({ bytes, start }: RecordView, index: number): number {
  return wordAt(bytes, (start[index] as number) + 4);
}

/** Field `index` as an unsigned number, exact to 2^53: an address, a length, a count. */
export function unsignedAt(view: RecordView, index: number): number {
  return highWord(view, index) * TWO_TO_32 + lowWord(view, index);
}

/** An integer of so many bytes that lies zero-extended in field `index`; a bigint beyond 2^53. */
export function exactInteger(
  view: RecordView,
  index: number,
  bytes: 1 | 2 | 4 | 8,
  signed: boolean,
): number | bigint {
  const low = lowWord(view, index);
  if (bytes < 8) {
    const unused = 32 - 8 * bytes;
    return signed ? low << unused >> unused : low << unused >>> unused;
  }
  const high = signed ? highWord(view, index) | 0 : highWord(view, index);
  const value = high * TWO_TO_32 + low;
  return Number.isSafeInteger(value) ? value : BigInt(high) << 32n | BigInt(low);
}

const floatWords = new Uint32Array(2);
const doubles = new Float64Array(floatWords.buffer);
const singles = new Float32Array(floatWords.buffer);

/** A float of so many bytes in field `index`. */
export function floatAt(view: RecordView, index: number, bytes: 4 | 8): number {
  floatWords[0] = lowWord(view, index);
  if (bytes === 4) return singles[0] as number;
  floatWords[1] = highWord(view, index);
  return doubles[0] as number;
}

/** The address in field `index`, in hexadecimal. */
export function hexAddress(view: RecordView, index: number): string {
  const high = highWord(view, index);
  const low = lowWord(view, index).toString(16);
  return high === 0 ? `0x${low}` : `0x${high.toString(16)}${low.padStart(8, "0")}`;
}

/** Whether the bool of field `index` is true: its lowest byte, since the rest of a register holds anything. */
export function isTrue(view: RecordView, index: number): boolean {
  return (lowWord(view, index) & 0xff) !== 0;
}

/** Whether field `index` is 0: nil. */
export function isZero(view: RecordView, index: number): boolean {
  return lowWord(view, index) === 0 && highWord(view, index) === 0;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) | (bytes[at + 1] as number) << 8 | (bytes[at + 2] as number) << 16 |
    (bytes[at + 3] as number) << 24) >>> 0;
}
