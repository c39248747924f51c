import type { RecordView, ValuePlan } from "../event/record_view.ts";

/** The most UTF-16 units of a type's name that are shown; a longer one is cut. */
export const TYPE_NAME_UNITS = 512;
/** The most bytes that an escape takes of one unit: `\u{200b}`. */
const ESCAPED_UNIT_BYTES = 8;
/** What a value takes besides names and texts: the longest is an entry count as JSON has it, with its keys. */
const VALUE_BYTES = 128;
/** The most that one byte of text takes: 6 of JSON, and the part in base64; in a table it is less. */
const TEXT_FACTOR = 8;

/** How much room the values of a record need, whatever they are. */
export class ValueRoom {
  #fixedBytes = 0;
  readonly #texts: number[] = [];

  constructor(plans: readonly ValuePlan[]) {
    for (const plan of plans) this.#add(plan);
  }

  /** The most bytes that the record's values take. */
  bytesOf({ length }: RecordView): number {
    let bytes = this.#fixedBytes;
    for (let i = 0; i < this.#texts.length; i++) {
      bytes += TEXT_FACTOR * (length[this.#texts[i] as number] as number);
    }
    return bytes;
  }

  #add(plan: ValuePlan): void {
    this.#fixedBytes += VALUE_BYTES;
    switch (plan.kind) {
      case "string":
      case "bytes":
        this.#texts.push(plan.field);
        break;
      case "type":
        this.#addName(TYPE_NAME_UNITS);
        break;
      case "interface":
        this.#addName(TYPE_NAME_UNITS);
        for (const { typeName, value } of plan.candidates) {
          this.#addName(typeName.length);
          this.#add(value);
        }
        break;
      case "reference":
        this.#add(plan.value);
        break;
      case "struct":
        for (const { name, value } of plan.fields) {
          this.#addName(name.length);
          this.#add(value);
        }
        break;
      case "list":
        for (const element of plan.elements) this.#add(element);
        break;
      case "unreadable":
        this.#addName(plan.reason.length);
    }
  }

  #addName(units: number): void {
    this.#fixedBytes += ESCAPED_UNIT_BYTES * units;
  }
}
