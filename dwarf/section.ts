import { type Cursor, damaged, type Source } from "../base/mod.ts";

/** Gives a section's bytes, inflated, by its name, e.g. `.debug_info`; undefined when there is none. */
export type SectionLoader = (name: string) => Source | undefined;

/** The longest string that is read; Go's longest names, of generic instances, have some thousands of bytes. */
const MAX_STRING_BYTES = 1 << 20;
const FIRST_STRING_BYTES = 128;
/** Of 64 bits. */
const MAX_ULEB128_BYTES = 10;

/** The string that begins at `offset` of a section and ends with a NUL. */
export function stringAt(section: Source, name: string, offset: number): string {
  for (let length = FIRST_STRING_BYTES;; length *= 4) {
    const rest = section.size - offset;
    if (!(offset >= 0) || rest <= 0) throw damaged(name, offset, "the string is outside the section");
    const bytes = section.read(offset, Math.min(length, rest));
    const end = bytes.indexOf(0);
    if (end >= 0) return decoder.decode(bytes.subarray(0, end));
    if (length >= rest) throw damaged(name, offset, "the string is not terminated");
    if (length > MAX_STRING_BYTES) throw damaged(name, offset, "the string is too long");
  }
}

/** A little-endian number of 1 to 8 bytes; one of 8 may be rounded, so compare it with what is possible. */
export function unsignedAt(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/**
 * The same with a sign: what counts from a base may lie before it. The linker of Go 1.25 and later, whose functions are
 * not always in the order of the compiler's, writes such offsets.
 */
export function signedAt(bytes: Uint8Array, at: number, length: number): number {
  const high = unsignedAt(bytes, at + length - 4, 4) | 0;
  return high * 256 ** (length - 4) + unsignedAt(bytes, at, length - 4);
}

/** A ULEB128 of up to 64 bits as a number with a sign, for the same reason; one that is no safe integer is rounded. */
export function wrappedUleb128(cursor: Cursor): number {
  // In three parts, of which each is exact: 28 bits, 28 bits, and the rest.
  const parts = [0, 0, 0];
  for (let i = 0; i < MAX_ULEB128_BYTES; i++) {
    const byte = cursor.u8();
    parts[i >> 2]! += (byte & 0x7f) * 128 ** (i & 3);
    if (byte >= 0x80) continue;
    const [low = 0, middle = 0, high = 0] = parts;
    const signed = high >= 0x80 ? high - 0x100 : high;
    return (signed * 2 ** 28 + middle) * 2 ** 28 + low;
  }
  throw cursor.error("a variable-length number is too large");
}

/** Decodes UTF-8; what is none becomes U+FFFD. */
export const decoder = new TextDecoder();
