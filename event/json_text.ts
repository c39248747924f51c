/**
 * Text from the traced program as JSON strings: the text itself, with JSON's own escapes, and `\uXXXX` for what
 * event/escape.ts would escape above ASCII (a terminal takes it for more than itself). Bytes that are not UTF-8
 * become U+FFFD, as a `TextDecoder` has it.
 */
import { hexDigit } from "./digits.ts";
import { isPrintable } from "./printable.ts";
import { codePointAt, malformedLength, sequenceLength } from "./utf8.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const DEL = 0x7f;
/** From the space to the tilde. */
const PLAIN_RANGE = DEL - 0x20;
/** The letter behind the backslash, by code, for those that have one. */
const SHORT_ESCAPES = new Uint8Array(0x80);
for (
  const [code, letter] of [[8, "b"], [9, "t"], [10, "n"], [12, "f"], [13, "r"], [QUOTE, '"'], [
    BACKSLASH,
    "\\",
  ]] as const
) {
  SHORT_ESCAPES[code] = letter.charCodeAt(0);
}

/** The most bytes that {@linkcode jsonInto} writes for `length` bytes. */
export function jsonBound(length: number): number {
  return 6 * length;
}

/** Writes bytes `start` to `end` of `source` as a JSON string without its quotes; returns where the writing ended. */
export function jsonInto(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  // As in escapeInto(): nearly every value is plain ASCII, and ends in this loop.
  const shift = (at - start) | 0;
  let from = start | 0;
  for (; from < end; from = (from + 1) | 0) {
    const byte = source[from] as number;
    if ((byte - 0x20) >>> 0 >= PLAIN_RANGE || byte === BACKSLASH || byte === QUOTE) break;
    target[(from + shift) | 0] = byte;
  }
  at = from + shift;
  return from < end ? jsonRest(source, from, end, target, at) : at;
}

/** `value` as JSON on one line, with characters escaped as {@linkcode jsonInto} does. */
export function toJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu,
    (character) =>
      Array.from(
        { length: character.length },
        (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/** The part from the first byte that is not plain. */
function jsonRest(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  for (let from = start; from < end;) {
    const byte = source[from] as number;
    if (byte < 0x80) {
      from++;
      const letter = SHORT_ESCAPES[byte] as number;
      if (letter !== 0) {
        target[at++] = BACKSLASH;
        target[at++] = letter;
      } else if (byte < 0x20 || byte === DEL) at = putUnit(byte, target, at);
      else target[at++] = byte;
      continue;
    }
    const length = sequenceLength(source, from, end);
    if (length === 0) {
      from += malformedLength(source, from, end);
      target[at++] = 0xef;
      target[at++] = 0xbf;
      target[at++] = 0xbd;
      continue;
    }
    const codePoint = codePointAt(source, from, length);
    if (isPrintable(codePoint)) {
      for (let i = 0; i < length; i++) target[at++] = source[from + i] as number;
    } else if (codePoint < 0x1_0000) at = putUnit(codePoint, target, at);
    else {
      at = putUnit(0xd800 | (codePoint - 0x1_0000) >> 10, target, at);
      at = putUnit(0xdc00 | codePoint & 0x3ff, target, at);
    }
    from += length;
  }
  return at;
}

/** `\uXXXX` of a UTF-16 code unit. */
function putUnit(unit: number, target: Uint8Array, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = LOWER_U;
  for (let shift = 12; shift >= 0; shift -= 4) target[at++] = hexDigit(unit >> shift & 15);
  return at;
}
