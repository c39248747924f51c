import type { Location } from "../go/location.ts";
import type { Architecture, GSource, SiteClass, SiteGuard } from "../isa/site.ts";
import type { CallProgram } from "./call/program.ts";
import type { MapSearch } from "./map_search.ts";

export type { Location };

/** What a field holds: bytes behind a pointer and a length, or a number of `size` bytes. */
export type FieldKind =
  | { readonly kind: "string" }
  | { readonly kind: "bytes" }
  | { readonly kind: "integer"; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  /** The word that the path starts from, with nothing read behind it. */
  | { readonly kind: "word" }
  /** Nanoseconds since the request began; there is no path. */
  | { readonly kind: "duration" }
  /** Of the handlers that are named, the probe of the one that the request came to last: its index in the run. */
  | { readonly kind: "mark" }
  /** The address of the code of the `http.HandlerFunc` that the request came to last. */
  | { readonly kind: "handler" };

/** Where a path starts: a place of the function's arguments, what was kept when the request began, or the goroutine. */
export type FieldStart =
  | Location
  | { readonly kind: "writer" }
  | { readonly kind: "request" }
  | { readonly kind: "g" };

/**
 * What a hit is: a call of its own (`alone`); of a call that is told when it returns its entry and that return; or for a
 * request the place where it begins, a handler that it comes to (`mark`), where it ends, or where it ends if it was seen
 * to begin.
 */
export type ProbeStep = "alone" | "enter" | "return" | "begin" | "mark" | "end" | "end-begun";

/** How a request came to its end. */
export type RequestOutcome = "ok" | "panic" | "hijacked";

/**
 * One value that a probe reads: start at `location`, follow `derefs` (each reads the pointer at the current value
 * plus so many bytes), then read a `kind` at the current value plus `offset`.
 */
export interface FieldPlan {
  /** The column's key, e.g. `path`. */
  readonly name: string;
  /** The path as a Go developer writes it, e.g. `req.URL.Path`. */
  readonly expression: string;
  /** Where the path starts. */
  readonly location: FieldStart;
  /** Bytes from the value so far to the next pointer, for each pointer that is followed. */
  readonly derefs: readonly number[];
  /** Bytes from the last pointer to the value. */
  readonly offset: number;
  /** What lies there is searched first, and the value is what is found. */
  readonly search?: MapSearch;
  /** What lies there. */
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
  /** What kind of instruction it is. */
  readonly class: SiteClass;
  /** Which hits count. */
  readonly guard: SiteGuard;
  /** Whether the kernel emulates it (one trap) or single-steps it (two). */
  readonly emulated: boolean;
  /** Whether a call hits it once. */
  readonly once: boolean;
  /** The instruction as text, e.g. `push rbp`. */
  readonly instruction: string;
  /** Why it is the function's entry; empty otherwise. */
  readonly reason: string;
}

/** Everything that one probe does, derived from the executable's bytes alone: printable, and the same on any machine. */
export interface ProbePlan {
  /** What the user named: a symbol, a name that stands for several, or a pattern. */
  readonly named: string;
  /** The function's symbol. */
  readonly symbol: string;
  /** The function itself, or a wrapper of the compiler's that has it inlined. */
  readonly role: "body" | "wrapper";
  /** Why it is among those that stand for the name. */
  readonly because: string;
  /** What it takes and gives, as Go writes it; empty where the executable does not say. */
  readonly signature: string;
  /** Virtual address of the function's entry. */
  readonly address: number;
  /** The machine that the executable is for. */
  readonly architecture: Architecture;
  /** Go's version as the executable states it; empty when it does not. */
  readonly goVersion: string;
  /** How this Go passes arguments. */
  readonly convention: "stack" | "register";
  /** How the function's stack check finds its goroutine. */
  readonly g: GSource;
  /** Where the probe sits. */
  readonly site: ProbeSite;
  /** What a hit is. */
  readonly step: ProbeStep;
  /** A call of one handler, a request of the whole server, or a call of any function by expressions. */
  readonly kind: "handler" | "server" | "call";
  /** Of a `call`: what is read and shown of it; it has no other fields. */
  readonly call?: CallProgram;
  /** How a request ends here. */
  readonly outcome: RequestOutcome;
  /** Texts that are the same for each request that ends here, by their columns: gRPC has no other method than POST. */
  readonly constants?: Readonly<Record<string, string>>;
  /** The recipe that the fields were made by, e.g. `net/http handler`. */
  readonly recipe: string;
  /** What is read there. */
  readonly fields: readonly FieldPlan[];
  /** What the user may want to know of this probe; mostly none. */
  readonly notes: readonly string[];
}

/** The plans for one executable. */
export interface ExecutablePlans {
  readonly plans: readonly ProbePlan[];
  /** What the user may want to know of the executable, or of what was named; mostly none. */
  readonly notes: readonly string[];
}
