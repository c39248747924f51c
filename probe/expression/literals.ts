import type { Span } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";

/** A number as it was written: a whole one, or with a unit of time. */
export type NumberValue =
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "duration"; readonly nanoseconds: bigint };

const INTEGER = /^(?:0|[1-9](?:_?\d)*|0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+)$/;
const DURATION = /^(\d+)(?:\.(\d+))?(ns|us|µs|μs|ms|s|m|h)$/;
const FLOAT = /^(?:[\d_]+\.[\d_]*|[\d_]+(?:\.[\d_]*)?[eE].*|0[xX].*[.pP].*)$/s;

/** As `time.ParseDuration` has them, both micro signs too. */
export const NANOSECONDS_PER_UNIT: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "µs": 1_000n,
  "μs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const MIN_INT64 = -(1n << 63n);
const MAX_INT64 = (1n << 63n) - 1n;
const MAX_UINT64 = (1n << 64n) - 1n;

/**
 * The number at a place of the text: an integer that fits int64 or uint64, or a duration in whole nanoseconds.
 *
 * @throws {ExpressionError} at the number, when it is none of these.
 */
export function parseNumber(text: string, { at, end }: Span, negative: boolean): NumberValue {
  const number = text.slice(at, end);
  const refuse = (what: string, hint: string) => new ExpressionError(what, { text, column: at, hint });
  if (INTEGER.test(number)) {
    const magnitude = BigInt(number.replaceAll("_", ""));
    const value = negative ? -magnitude : magnitude;
    if (value < MIN_INT64 || value > MAX_UINT64) {
      throw refuse("the integer fits neither int64 nor uint64", "Use one from -2^63 to 2^64 - 1.");
    }
    return { kind: "integer", value };
  }
  const [, whole, fraction = "", unit] = DURATION.exec(number) ?? [];
  if (whole !== undefined && unit !== undefined) {
    const scaled = BigInt(whole + fraction) * NANOSECONDS_PER_UNIT[unit]!;
    const scale = 10n ** BigInt(fraction.length);
    if (scaled % scale !== 0n) {
      throw refuse("the duration is not a whole number of nanoseconds", "Write fewer decimals.");
    }
    const nanoseconds = (negative ? -scaled : scaled) / scale;
    if (nanoseconds < MIN_INT64 || nanoseconds > MAX_INT64) {
      throw refuse("the duration does not fit an int64 of nanoseconds", "Use one of less than 292 years.");
    }
    return { kind: "duration", nanoseconds };
  }
  if (FLOAT.test(number)) {
    throw refuse("floating-point numbers are not supported", "Use an integer, or a duration such as 1.5s.");
  }
  if (/^0[\d_]+$/.test(number)) {
    throw refuse("a number with a leading zero is ambiguous", "Write 0o755 for octal, 755 for decimal.");
  }
  throw refuse(`${number} is not a number`, "Write e.g. 42, 0x2a, 1_000, 100ms or 1.5s.");
}

/**
 * The bytes of the string at a place of the text: with Go's escapes in double quotes, as they are in backquotes.
 *
 * @throws {ExpressionError} at an escape that Go does not have.
 */
export function parseString(text: string, { at, end }: Span): Uint8Array {
  // As in Go's sources, where carriage returns are not part of a raw string.
  if (text[at] === "`") return encoder.encode(text.slice(at + 1, end - 1).replaceAll("\r", ""));
  const parts: number[] = [];
  for (const { value, isByte } of elements(text, at, end)) {
    if (isByte || value < 0x80) parts.push(value);
    else parts.push(...encoder.encode(String.fromCodePoint(value)));
  }
  return Uint8Array.from(parts);
}

/**
 * The code point, or the byte of an escape, that stands in single quotes.
 *
 * @throws {ExpressionError} when it is not one.
 */
export function parseCharacter(text: string, { at, end }: Span): bigint {
  const [first, second] = elements(text, at, end);
  if (first === undefined || second !== undefined) {
    throw new ExpressionError("single quotes hold exactly one character", {
      text,
      column: at,
      hint: "Write strings in double quotes.",
    });
  }
  return BigInt(first.value);
}

/** One character of a quotation, or one byte that an escape stands for. */
interface Element {
  readonly value: number;
  readonly isByte: boolean;
}

const SHORT_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  "\\": 0x5c,
};

/** Source: "Rune literals" and "String literals" of the Go specification. */
const NUMERIC_ESCAPE = /\\(?:x([\da-fA-F]{2})|([0-7]{3})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/y;

/** What the quotation from `start` to `end`, the quotes included, is made of. */
function* elements(text: string, start: number, end: number): Generator<Element> {
  const quote = text[start] as string;
  let at = start + 1;
  while (at < end - 1) {
    if (text[at] !== "\\") {
      const value = text.codePointAt(at) as number;
      yield { value, isByte: false };
      at += value > 0xffff ? 2 : 1;
      continue;
    }
    const letter = text[at + 1] as string;
    if (letter === quote || Object.hasOwn(SHORT_ESCAPES, letter)) {
      yield { value: SHORT_ESCAPES[letter] ?? quote.charCodeAt(0), isByte: false };
      at += 2;
      continue;
    }
    NUMERIC_ESCAPE.lastIndex = at;
    const [escape, hexByte, octalByte, short, long] = NUMERIC_ESCAPE.exec(text) ?? [];
    const isByte = hexByte !== undefined || octalByte !== undefined;
    const value = octalByte === undefined
      ? parseInt(hexByte ?? short ?? long ?? "", 16)
      : parseInt(octalByte, 8);
    const isSurrogate = value >= 0xd800 && value < 0xe000;
    if (escape === undefined || value > (isByte ? 0xff : 0x10ffff) || isSurrogate) {
      throw new ExpressionError("Go has no such escape", {
        text,
        column: at,
        hint: "Use an escape of Go, or `backquotes` for text as it is.",
      });
    }
    yield { value, isByte };
    at += escape.length;
  }
}

const encoder = new TextEncoder();
