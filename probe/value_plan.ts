/**
 * How one value of a call is put together from the fields of its record. A number called `field` (or `wall`, `real`,
 * ...) is the index of a field of the plan; each field has a status of its own.
 */
export type ValuePlan =
  | { readonly kind: "bool"; readonly field: number }
  | {
    readonly kind: "integer";
    /** Zero-extended to 8 bytes in the record. */
    readonly field: number;
    readonly bytes: 1 | 2 | 4 | 8;
    readonly signed: boolean;
  }
  /** The same in every call: the length of an array. */
  | { readonly kind: "constant"; readonly value: number }
  /** IEEE 754, the bits in the lowest bytes. */
  | { readonly kind: "float"; readonly field: number; readonly bytes: 4 | 8 }
  | { readonly kind: "complex"; readonly real: number; readonly imaginary: number; readonly bytes: 4 | 8 }
  | { readonly kind: "string"; readonly field: number }
  /** A `[]byte`: text where it is, else hexadecimal. */
  | { readonly kind: "bytes"; readonly field: number }
  /** What is shown as its address: a pointer, channel, func, map, `unsafe.Pointer`. 0 is nil. */
  | { readonly kind: "pointer"; readonly field: number }
  /** A `time.Duration`, in nanoseconds. */
  | { readonly kind: "duration"; readonly field: number }
  /** A `time.Time`: its words `wall` and `ext`. */
  | { readonly kind: "time"; readonly wall: number; readonly ext: number }
  /** The name of the type whose descriptor is at this address of the process's memory; 0 is nil. */
  | { readonly kind: "type"; readonly field: number }
  /** An interface: the address of its dynamic type's descriptor (0 is nil), and the value for the types that were foreseen. */
  | {
    readonly kind: "interface";
    readonly type: number;
    readonly candidates: readonly { readonly typeName: string; readonly value: ValuePlan }[];
  }
  /** A pointer that was followed: nil, or `&` and what it points to. */
  | { readonly kind: "reference"; readonly field: number; readonly value: ValuePlan }
  | {
    readonly kind: "struct";
    readonly fields: readonly { readonly name: string; readonly value: ValuePlan }[];
  }
  /** An array of so many elements, or a slice whose length is in field `lengthField`; the first of them are shown. */
  | {
    readonly kind: "list";
    readonly lengthField: number | undefined;
    readonly length: number;
    readonly elements: readonly ValuePlan[];
  }
  /** Left out: it lies deeper than what is shown, or the record has no room for it. */
  | { readonly kind: "omitted" }
  /** It cannot be read, and why: a float in a register. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** One expression of a call, and its value. */
export interface ShownValue {
  /** The expression in its normal form: the column's title, and the key in JSON. */
  readonly text: string;
  /** What it is made of. */
  readonly value: ValuePlan;
}

/** What is shown of each call of a function. */
export interface CallPlan {
  /** What is taken at its entry. */
  readonly args: readonly ShownValue[];
  /** Empty where the record is made at the function's entry. */
  readonly results: readonly ShownValue[];
  /** Index of the field with the nanoseconds between entry and return; -1 at the entry. */
  readonly durationField: number;
  /** Index of the field with the goroutine's ID; -1 where it is not captured. */
  readonly goidField: number;
}
