import { putInteger } from "../event/digits.ts";
import { goComplex } from "../event/go_float.ts";
import { goTime } from "../event/go_time.ts";
import { FieldStatus, integerAt, type RecordView, type ValuePlan } from "../event/record_view.ts";
import {
  exactInteger,
  floatAt,
  hexAddress,
  highWord,
  isTrue,
  isZero,
  lowWord,
  Presence,
  unsignedAt,
} from "../event/value_fields.ts";
import { ascii, put, putAscii } from "./put.ts";
import type { TypeNames } from "./type_names.ts";

/** Writes one value of a record and returns where it ends; there must be the room that a `ValueRoom` tells. */
export type PutValue = (view: RecordView, target: Uint8Array, at: number) => number;

/** A value of one kind. */
export type PlanOf<Kind extends ValuePlan["kind"]> = Extract<ValuePlan, { readonly kind: Kind }>;

/** The fixed words of a form. */
export interface ValueWords {
  readonly nil: Uint8Array;
  /** Why a value is not there, by {@linkcode FieldStatus}; what has none is a fault. */
  readonly missing: Readonly<Record<number, Uint8Array>>;
  readonly fault: Uint8Array;
  /** Around the number of entries of a map that was not searched. */
  readonly unsearched: readonly [before: Uint8Array, behind: Uint8Array];
}

const CLOSE_BRACE = 0x7d;
const EMPTY_STRUCT = ascii("{}");
const TRUE = ascii("true");
const FALSE = ascii("false");

/** Makes what writes values in one form: text, or JSON. What both do alike is here. */
export abstract class ValueWriter {
  protected readonly types: TypeNames;
  readonly #words: ValueWords;

  constructor(types: TypeNames, words: ValueWords) {
    this.types = types;
    this.#words = words;
  }

  /** What writes the values of a plan, or why there are none. */
  of(plan: ValuePlan): PutValue {
    const presence = new Presence(plan);
    const putPresent = this.#present(plan);
    return (view, target, at) => {
      const missing = presence.missingField(view);
      return missing < 0 ? putPresent(view, target, at) : this.#putMissing(view, missing, target, at);
    };
  }

  /** Writes text that needs no escapes, of code points below U+0100. */
  protected abstract putPlain(text: string, target: Uint8Array, at: number): number;
  protected abstract float(plan: PlanOf<"float">): PutValue;
  protected abstract duration(plan: PlanOf<"duration">): PutValue;
  protected abstract text(plan: PlanOf<"string" | "bytes">): PutValue;
  /** Of one that is not nil; `candidates` write what each of the types that were foreseen holds. */
  protected abstract held(plan: PlanOf<"interface">, candidates: readonly PutValue[]): PutValue;
  /** What is behind a pointer, which `putValue` writes. */
  protected abstract referred(putValue: PutValue): PutValue;
  /** What stands before a struct's field: its name, behind the opening brace or what separates fields. */
  protected abstract fieldHead(name: string, isFirst: boolean): Uint8Array;
  /** The first of so many elements. */
  protected abstract putList(
    elements: readonly PutValue[],
    length: number,
    view: RecordView,
    target: Uint8Array,
    at: number,
  ): number;
  protected abstract omitted(): Uint8Array;
  protected abstract unreadable(plan: PlanOf<"unreadable">): Uint8Array;

  /** The fields of a struct one after the other. */
  struct({ fields }: Omit<PlanOf<"struct">, "kind">): PutValue {
    const heads = fields.map(({ name }, i) => this.fieldHead(name, i === 0));
    const values = fields.map(({ value }) => this.of(value));
    if (values.length === 0) return always(EMPTY_STRUCT);
    return (view, target, at) => {
      for (let i = 0; i < values.length; i++) {
        at = put(heads[i] as Uint8Array, target, at);
        at = (values[i] as PutValue)(view, target, at);
      }
      target[at] = CLOSE_BRACE;
      return at + 1;
    };
  }

  /** Of `plan`, or nil where the word of `field` is 0. */
  #orNil(field: number, putValue: PutValue): PutValue {
    const { nil } = this.#words;
    return (view, target, at) => isZero(view, field) ? put(nil, target, at) : putValue(view, target, at);
  }

  /** What writes a value that is there. */
  #present(plan: ValuePlan): PutValue {
    switch (plan.kind) {
      case "bool":
        return (view, target, at) => put(isTrue(view, plan.field) ? TRUE : FALSE, target, at);
      case "integer": {
        const { field, bytes, signed } = plan;
        return (view, target, at) => putExact(exactInteger(view, field, bytes, signed), target, at);
      }
      case "constant":
        return always(ascii(String(plan.value)));
      case "float":
        return this.float(plan);
      case "complex": {
        const { real, imaginary, bytes } = plan;
        return (view, target, at) =>
          this.putPlain(
            goComplex(floatAt(view, real, bytes), floatAt(view, imaginary, bytes), bytes),
            target,
            at,
          );
      }
      case "string":
      case "bytes":
        return this.text(plan);
      case "pointer":
        return this.#orNil(
          plan.field,
          (view, target, at) => this.putPlain(hexAddress(view, plan.field), target, at),
        );
      case "duration":
        return this.duration(plan);
      case "time": {
        const { wall, ext } = plan;
        return (view, target, at) =>
          this.putPlain(goTime(highWord(view, wall), lowWord(view, wall), integerAt(view, ext)), target, at);
      }
      case "type":
        return this.#orNil(
          plan.field,
          (view, target, at) => put(this.types.at(view, plan.field), target, at),
        );
      case "interface":
        return this.#orNil(plan.type, this.held(plan, plan.candidates.map(({ value }) => this.of(value))));
      case "reference":
        return this.#orNil(plan.field, this.referred(this.of(plan.value)));
      case "struct":
        return this.struct(plan);
      case "list": {
        const elements = plan.elements.map((element) => this.of(element));
        return (view, target, at) => {
          const length = plan.lengthField === undefined ? plan.length : unsignedAt(view, plan.lengthField);
          return this.putList(elements, length, view, target, at);
        };
      }
      case "omitted":
        return always(this.omitted());
      case "unreadable":
        return always(this.unreadable(plan));
    }
  }

  #putMissing(view: RecordView, field: number, target: Uint8Array, at: number): number {
    const { missing, fault, unsearched: [before, behind] } = this.#words;
    const status = view.status[field] as number;
    if (status !== FieldStatus.unsearched) return put(missing[status] ?? fault, target, at);
    return put(behind, target, putInteger(integerAt(view, field), target, put(before, target, at)));
  }
}

/** Writes an integer with all of its digits. */
export function putExact(value: number | bigint, target: Uint8Array, at: number): number {
  return typeof value === "number" ? putInteger(value, target, at) : putAscii(value.toString(), target, at);
}

function always(bytes: Uint8Array): PutValue {
  return (_view, target, at) => put(bytes, target, at);
}
