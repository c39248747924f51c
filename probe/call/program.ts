import type { Location } from "../../go/location.ts";
import type { MapSearch } from "../map_search.ts";
import type { CallPlan } from "../value_plan.ts";

/**
 * Where a value of a call starts: the word in a register of arguments or results, an address above the stack pointer, which
 * stands at the return as at the entry, or the goroutine.
 */
export type CallStart = Location | { readonly kind: "g" };

/** Where the word is that a step looks at: in a register, or so many bytes from the address so far. */
export type StepWord = { readonly register: number } | { readonly offset: number };

/** A step on the path to a value. What does not hold ends it, with a status that says so. */
export type PathStep =
  /** The word is a pointer, and is followed. */
  | { readonly kind: "pointer"; readonly offset: number }
  /** The word is a length, and is above `index`. */
  | { readonly kind: "length"; readonly word: StepWord; readonly index: number }
  /**
   * The word is the address of a type's descriptor, or of an itab that has it; and that is at `address`, as the
   * executable has it.
   */
  | {
    readonly kind: "type";
    readonly word: StepWord;
    readonly isItab: boolean;
    readonly address: number;
    /** For people. */
    readonly name: string;
  }
  /** The address so far is a map's, and is replaced by that of the element which it has for a key. */
  | { readonly kind: "map"; readonly map: MapSearch };

/** What lies at the end of a path. */
export type CallFieldKind =
  /** A pointer and a length in memory, and the bytes there. */
  | { readonly kind: "string" }
  /** The same; the length is in a second register. */
  | { readonly kind: "string-in-registers"; readonly lengthRegister: number }
  | { readonly kind: "integer"; readonly size: 1 | 2 | 4 | 8 }
  /** The address itself, or the register's word: nothing is read behind it. */
  | { readonly kind: "address" }
  /** The address of the type's descriptor that an itab has, whose address is there, or in the register; 0 for none. */
  | { readonly kind: "itab-type"; readonly inRegister: boolean }
  /** Nanoseconds between the entry and this return. */
  | { readonly kind: "duration" }
  /** The process, as the tracer's PID namespace numbers it. */
  | { readonly kind: "pid" };

/** One value that a call's program reads. */
export interface CallField {
  /** The expression that it belongs to. */
  readonly name: string;
  /** Where its path starts. */
  readonly start: CallStart;
  /** What is done, in order, to get to it. */
  readonly steps: readonly PathStep[];
  /** Bytes from the last pointer to the value. */
  readonly offset: number;
  /** What is read there. */
  readonly kind: CallFieldKind;
  /** Behind a last pointer that is nil it is 0, as the length of a map is. */
  readonly nilIsZero?: boolean;
  /** The most bytes that are captured of a string; 8 of all else. */
  readonly capBytes: number;
  /** It is read at the entry and, where the record is made at the return, kept until then. */
  readonly fromEntry: boolean;
  /** Where the offsets come from, in words. */
  readonly origin: string;
}

/** How an integer, or a text, is compared. */
export type TermOperator =
  | "equal"
  | "not-equal"
  | "less"
  | "less-equal"
  | "greater"
  | "greater-equal"
  | "is-nil"
  | "is-not-nil"
  | "text-equal"
  | "text-not-equal"
  | "text-prefix"
  | "text-not-prefix";

/** Which comparison comes next, by its index, or what the condition comes to. */
export type TermNext = number | "accept" | "reject";

/** One comparison of a condition. What is not there meets none, but `is-nil`. */
export interface ConditionTerm {
  /** Index of the field. */
  readonly field: number;
  /** How it is compared. */
  readonly operator: TermOperator;
  /** Of an integer: its bytes, and whether it is signed. */
  readonly size: 1 | 2 | 4 | 8;
  /** See `size`. */
  readonly signed: boolean;
  /** What it is compared with. */
  readonly operand: bigint | Uint8Array;
  /** What comes next where it holds. */
  readonly then: TermNext;
  /** What comes next where it does not hold. */
  readonly otherwise: TermNext;
}

/** What is read, kept and told of the calls of one function, and how that is shown. */
export interface CallProgram extends CallPlan {
  /** In the record's order: what is read at the entry comes first. */
  readonly fields: readonly CallField[];
  /** Empty: every call is told. */
  readonly condition: readonly ConditionTerm[];
  /** Shorter calls are not told. */
  readonly minDurationNs: number;
}

/** The most of each that a program takes; what is named beyond it is refused, what is only shown is left out. */
export const CALL_LIMITS = {
  fields: 24,
  steps: 6,
  maps: 2,
  /** Of a map that is searched, of 8 entries each: room for 64, however they lie. */
  mapGroups: 24,
  terms: 8,
  /** Of a text in a condition, and of a map's key. */
  textBytes: 64,
  /** Of a record: head, field words and slots. */
  recordBytes: 4864,
} as const;
