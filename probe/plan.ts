import type { Architecture, GSource, SiteClass } from "../isa/site.ts";

/** Where a value starts: a register of Go's calling convention, or a word on the stack at the site. */
export type Location =
  | {
    readonly kind: "register";
    /** Index in Go's order of integer argument registers (amd64: AX BX CX DI SI R8 R9 R10 R11; arm64: R0 to R15). */
    readonly index: number;
    /** Its name, for people. */
    readonly name: string;
  }
  | {
    readonly kind: "stack";
    /** Bytes above the stack pointer as it stands at the function's entry. */
    readonly offset: number;
  };

/** What a field holds: bytes behind a pointer and a length, or a number of `size` bytes. */
export type FieldKind =
  | { readonly kind: "string" }
  | { readonly kind: "bytes" }
  | { readonly kind: "integer"; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean };

/**
 * One value that a probe reads: start at `location`, follow `derefs` (each reads the pointer at the current value
 * plus so many bytes), then read a `kind` at the current value plus `offset`.
 */
export interface FieldPlan {
  /** The column's key, e.g. `path`. */
  readonly name: string;
  /** The path as a Go developer writes it, e.g. `req.URL.Path`. */
  readonly expression: string;
  readonly location: Location;
  readonly derefs: readonly number[];
  readonly offset: number;
  readonly kind: FieldKind;
  /** The most bytes that are captured of a string; the whole length is known all the same. */
  readonly capBytes: number;
  /** Where the offsets come from, in words. */
  readonly origin: string;
}

/** The instruction that the probe is put on. */
export interface ProbeSite {
  /** Virtual address in the executable. */
  readonly address: number;
  /** Place in the file, which is what the kernel wants. */
  readonly fileOffset: number;
  /** Bytes from the function's entry. */
  readonly offset: number;
  readonly class: SiteClass;
  readonly guard: "none" | "branch-not-taken";
  readonly emulated: boolean;
  readonly instruction: string;
  readonly reason: string;
}

/** Everything that one probe does, derived from the executable's bytes alone: printable, and the same on any machine. */
export interface ProbePlan {
  /** The function's symbol. */
  readonly symbol: string;
  /** Virtual address of the function's entry. */
  readonly address: number;
  readonly architecture: Architecture;
  /** Go's version as the executable states it; empty when it does not. */
  readonly goVersion: string;
  readonly convention: "stack" | "register";
  readonly g: GSource;
  readonly site: ProbeSite;
  /** The recipe that the fields were made by, e.g. `net/http handler`. */
  readonly recipe: string;
  readonly fields: readonly FieldPlan[];
}
