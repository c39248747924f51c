import type { RequestOutcome } from "./plan.ts";

/** A function that a server runs for each of its requests, and how the calling convention sees what it takes. */
export interface ServerFunction {
  readonly symbol: string;
  /** The type of its receiver; none for a function. */
  readonly receiver?: string;
  /** How many words each of its parameters has, as far as they matter. Default: one each. */
  readonly words?: readonly number[];
}

/** What a function takes: its receiver, or the parameter of this index. Of an interface, its value. */
export type ServerArgument = "receiver" | number;

/** A function at which requests begin, and what is kept until they end. */
export interface RequestBegin extends ServerFunction {
  readonly keeps: { readonly writer?: ServerArgument; readonly request?: ServerArgument };
  /** Only where the executable has a function of this prefix. */
  readonly onlyWith?: string;
}

/** Where the paths of values start: at what the function takes, or at what was kept when the request began. */
export interface ValueRoot {
  readonly at: ServerArgument | "kept-writer" | "kept-request";
  /** Its type by name: the first of these that the executable has. */
  readonly types: readonly string[];
}

/** A value that is shown of each request. */
export interface ServerValue {
  /** What it is called in the record. */
  readonly name: string;
  /** What is asked for by these names is this value. Default: its own. */
  readonly columns?: readonly string[];
  /** A path of fields from a root of the end. */
  readonly expression: string;
  /** The most bytes that are captured of a text; 0 is what is captured of a path. */
  readonly capBytes: number;
  /** Left out where the root's type has no such field. */
  readonly optional?: true;
}

/** Where the headers of a request are. */
export interface ServerHeaders {
  /** A path to a map, or a list, of them. */
  readonly expression: string;
  /** Paths to those that are kept apart, by their names. */
  readonly apart: Readonly<Record<string, string>>;
}

/** A place at which requests end, and where it has what is shown. */
export interface RequestEnd extends ServerFunction {
  /** Instead of the function, its closure that calls this one. */
  readonly closureThatCalls?: string;
  /** The probe is on that call, since the function is run on other ways as well. */
  readonly atTheCall?: true;
  /**
   * Only a request that was seen to begin ends here. Elsewhere one is shown too that began before the probes were there.
   */
  readonly onlyBegun?: true;
  /** Requests that end here are told by another recipe: what was kept of them is only forgotten. */
  readonly untold?: true;
  readonly outcome: RequestOutcome;
  /** By the names that expressions begin with. */
  readonly roots: Readonly<Record<string, ValueRoot>>;
  readonly values: readonly ServerValue[];
  /** Where a header of the request is looked for. None: they are not seen. */
  readonly headers?: ServerHeaders;
  /** Texts that are the same for each request, by their columns. */
  readonly constants?: Readonly<Record<string, string>>;
}

/** A kind of server: data, from which the plans for all of its requests are made. */
export interface ServerRecipe {
  /** What it serves by, for messages. */
  readonly name: string;
  /** A function that an executable has which serves by it, wherever its requests begin and end. */
  readonly knownBy: string;
  /** An executable has some of these. */
  readonly begins: readonly RequestBegin[];
  readonly ends: readonly RequestEnd[];
  /** A function through which others are called that serve as handlers; its receiver is the function. */
  readonly handlerFunction?: string;
}
