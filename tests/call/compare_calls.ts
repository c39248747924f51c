import { isDeepStrictEqual } from "node:util";
import type { CallRecord } from "./call_record.ts";
import type { Truth } from "./calls_program.ts";

/** How many differences of a function are told. */
const MOST_TOLD = 4;

/**
 * What is wrong, in words, with the calls that were printed for one function, which one goroutine at a time called:
 * each has to be there, in the order of the calls, with every value. Nothing when all is right.
 */
export function compareCalls(truths: readonly Truth[], calls: readonly CallRecord[], pid: number): string[] {
  const problems: string[] = [];
  if (calls.length !== truths.length) problems.push(`of ${truths.length} calls ${calls.length} were printed`);
  for (const [i, call] of calls.slice(0, truths.length).entries()) {
    const truth = truths[i]!;
    const title = `call ${i + 1}`;
    problems.push(...differences(`${title}: `, truth.args, call.args));
    problems.push(...differences(`${title}: result `, truth.results ?? {}, call.results ?? {}));
    if (call.pid !== pid) problems.push(`${title}: the process is ${call.pid}, not ${pid}`);
    // Only `-e` brings it.
    if (call.goid !== undefined && call.goid !== truth.goid) {
      problems.push(`${title}: the goroutine is ${call.goid}, not ${truth.goid}`);
    }
    if (truth.results !== undefined && !(call.duration_ms! > 0 && call.duration_ms! < 10_000)) {
      problems.push(`${title}: it took ${call.duration_ms} ms`);
    }
  }
  const more = problems.length - MOST_TOLD;
  return more > 0 ? [...problems.slice(0, MOST_TOLD), `and ${more} more`] : problems;
}

/** The name of a function without the types of its instance: `main.larger[...]` of `main.larger[go.shape.int]`. */
export function withoutInstance(symbol: string): string {
  return symbol.replace(/\[.*\]/, "[...]");
}

function differences(
  title: string,
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
): string[] {
  const problems: string[] = [];
  for (const [expression, value] of Object.entries(expected)) {
    if (!(expression in actual)) problems.push(`${title}${expression} is not there`);
    else if (!isEqual(value, actual[expression])) {
      problems.push(`${title}${expression} is ${show(actual[expression])}, not ${show(value)}`);
    }
  }
  for (const expression of Object.keys(actual)) {
    if (!(expression in expected)) problems.push(`${title}${expression} was not asked for`);
  }
  return problems;
}

/** The program knows the whole of a string that is cut; how much of it is shown is the tracer's to say. */
function isEqual(expected: unknown, actual: unknown): boolean {
  if (!isCut(expected)) return isDeepStrictEqual(expected, actual);
  return isCut(actual) && actual.$length === expected.$length && actual.$cut.length > 0 &&
    actual.$cut.length < expected.$cut.length && expected.$cut.startsWith(actual.$cut);
}

function isCut(value: unknown): value is { readonly $cut: string; readonly $length: number } {
  return typeof value === "object" && value !== null && "$cut" in value;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part) ?? "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
