import { escapeText } from "../event/escape.ts";
import { toJson } from "../event/json_text.ts";

/** A function that can be traced, as a list shows it. */
export interface ListedFunction {
  readonly symbol: string;
  readonly package: string;
  readonly kind: string;
  readonly address: number;
  readonly sizeBytes: number;
  readonly signature?: string;
  readonly declaration?: string;
  readonly file?: string;
  readonly line?: number;
}

/** A list of functions as names, each once, one a line: what can be passed on as a PROBE. */
export function functionNames(functions: Iterable<ListedFunction>): string {
  // In stripped executables of Go 1.18 to 1.20 the instances of a generic function have one name.
  const names = new Set(Array.from(functions, ({ symbol }) => symbol));
  return Array.from(names, (name) => `${escapeText(name)}\n`).join("");
}

/**
 * A list of functions with what they take and give, each different line once: what an expression can name. A function of
 * which that is not known stands there with its name alone.
 */
export function functionDeclarations(functions: Iterable<ListedFunction>): string {
  const lines = new Set(Array.from(functions, ({ symbol, declaration }) => declaration ?? symbol));
  return Array.from(lines, (line) => `${escapeText(line)}\n`).join("");
}

/** A list of functions as NDJSON, one object a line. What is not known is absent. */
export function functionObjects(functions: Iterable<ListedFunction>): string {
  return joined(functions, (found) =>
    toJson({
      v: 1,
      type: "function",
      symbol: found.symbol,
      package: found.package,
      kind: found.kind,
      signature: found.signature,
      address: `0x${found.address.toString(16)}`,
      size: found.sizeBytes,
      file: found.file,
      line: found.line,
    }));
}

function joined(functions: Iterable<ListedFunction>, line: (found: ListedFunction) => string): string {
  return Array.from(functions, (found) => `${line(found)}\n`).join("");
}
