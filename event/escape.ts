/**
 * Text from the traced program, made safe to print: printable Unicode passes, and everything that could break the
 * line, move the cursor or hide is escaped.
 *
 * - `\xhh`: one byte, lower case: C0, DEL, and bytes that are not UTF-8;
 * - `\u{h}`: one code point, lower case: C1, format and zero-width characters, line and paragraph separators,
 *   unassigned and private-use ones (and a lone surrogate in a JavaScript string);
 * - `\\`: a backslash;
 * - `\…` at the end: the value was cut there;
 * - `\<nil>`, `\<fault>`: there is no value.
 *
 * It is reversible: a backslash in the data is always doubled, so that a single one is never the data's.
 */
import { hexDigit } from "./digits.ts";
import { isPrintable } from "./printable.ts";
import { codePointAt, decodeUtf8, sequenceLength, wholeEnd } from "./utf8.ts";

/** Stands at the end of a value that was cut. */
export const CUT_MARK = "\\…";

const BACKSLASH = 0x5c;
const LOWER_X = 0x78;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const DEL = 0x7f;
/** From the space to the tilde. */
const PLAIN_RANGE = DEL - 0x20;
/** {@linkcode CUT_MARK} in UTF-8. */
const CUT_MARK_BYTES = [BACKSLASH, 0xe2, 0x80, 0xa6] as const;

/** The most bytes that {@linkcode escapeInto} writes for `length` bytes, the mark included. */
export function escapedBound(length: number): number {
  return 4 * length + CUT_MARK_BYTES.length;
}

/**
 * Writes bytes `start` to `end` of `source` into `target` from `at`, escaped, and returns where the writing ended.
 * `target` must have {@linkcode escapedBound} bytes of room. With `truncated` the mark follows, and a character that
 * the cut went through is left out.
 */
export function escapeInto(
  source: Uint8Array,
  start: number,
  end: number,
  truncated: boolean,
  target: Uint8Array,
  at: number,
): number {
  // Nearly every value is plain ASCII and ends in this loop; `| 0` spares its arithmetic the overflow checks, which
  // halves what it costs.
  const shift = (at - start) | 0;
  let from = start | 0;
  for (; from < end; from = (from + 1) | 0) {
    const byte = source[from] as number;
    if ((byte - 0x20) >>> 0 >= PLAIN_RANGE || byte === BACKSLASH) break;
    target[(from + shift) | 0] = byte;
  }
  at = from + shift;
  if (from < end) at = escapeRest(source, from, truncated ? wholeEnd(source, from, end) : end, target, at);
  return truncated ? putCutMark(target, at) : at;
}

/** `bytes` as escaped text. */
export function escapeBytes(bytes: Uint8Array, truncated = false): string {
  const target = new Uint8Array(escapedBound(bytes.length));
  return decodeUtf8(target.subarray(0, escapeInto(bytes, 0, bytes.length, truncated, target, 0)));
}

/** `text` escaped: for file names, symbols and messages. The result is one line. */
export function escapeText(text: string): string {
  if (/^[ -[\]-~]*$/.test(text)) return text;
  let escaped = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    if (codePoint < 0x20 || codePoint === DEL) {
      escaped += `\\x${codePoint.toString(16).padStart(2, "0")}`;
    } else if (codePoint === BACKSLASH) escaped += "\\\\";
    else if (isPrintable(codePoint)) escaped += character;
    else escaped += `\\u{${codePoint.toString(16)}}`;
  }
  return escaped;
}

/** The part from the first byte that is not plain: any bytes, character by character. */
function escapeRest(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  for (let from = start; from < end;) {
    const byte = source[from] as number;
    if (byte < 0x80) {
      from++;
      if (byte === BACKSLASH) {
        target[at++] = BACKSLASH;
        target[at++] = BACKSLASH;
      } else if (byte < 0x20 || byte === DEL) at = putByteEscape(byte, target, at);
      else target[at++] = byte;
      continue;
    }
    const length = sequenceLength(source, from, end);
    if (length === 0) {
      at = putByteEscape(byte, target, at);
      from++;
      continue;
    }
    const codePoint = codePointAt(source, from, length);
    if (isPrintable(codePoint)) {
      for (let i = 0; i < length; i++) target[at++] = source[from + i] as number;
    } else at = putCodePointEscape(codePoint, target, at);
    from += length;
  }
  return at;
}

function putByteEscape(byte: number, target: Uint8Array, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = LOWER_X;
  target[at++] = hexDigit(byte >> 4);
  target[at++] = hexDigit(byte & 15);
  return at;
}

function putCodePointEscape(codePoint: number, target: Uint8Array, at: number): number {
  target[at++] = BACKSLASH;
  target[at++] = LOWER_U;
  target[at++] = OPEN_BRACE;
  let shift = 20;
  while (shift > 0 && codePoint >> shift === 0) shift -= 4;
  for (; shift >= 0; shift -= 4) target[at++] = hexDigit(codePoint >> shift & 15);
  target[at++] = CLOSE_BRACE;
  return at;
}

function putCutMark(target: Uint8Array, at: number): number {
  for (let i = 0; i < CUT_MARK_BYTES.length; i++) target[at++] = CUT_MARK_BYTES[i] as number;
  return at;
}
