/**
 * Length in bytes (1 to 4) of the well-formed UTF-8 sequence at `at`, or 0 where none starts there that ends
 * before `end`. Well-formed is Unicode's table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
export function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const length = expectedLength(lead);
  return length !== 0 && at + length <= end && matched(bytes, at, at + length) === length ? length : 0;
}

/** The code point of the well-formed sequence of `length` bytes at `at`. */
export function codePointAt(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] as number;
  if (length === 1) return lead;
  let codePoint = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) codePoint = (codePoint << 6) | ((bytes[at + i] as number) & 0x3f);
  return codePoint;
}

/**
 * Where the last whole character ends in bytes `start` to `end` that were cut at `end`: a sequence that was well
 * formed as far as it goes, but goes beyond the cut, is left out. Bytes that are invalid anyway stay.
 */
export function wholeEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start && at >= end - 3; at--) {
    const byte = bytes[at] as number;
    if ((byte & 0xc0) === 0x80) continue;
    const length = expectedLength(byte);
    return length > end - at && matched(bytes, at, end) === end - at ? at : end;
  }
  return end;
}

/**
 * Bytes at `at`, where no well-formed sequence starts, that one U+FFFD stands for: as many as a sequence could begin
 * with, at least one. It is what a `TextDecoder` does, and Unicode recommends.
 */
export function malformedLength(bytes: Uint8Array, at: number, end: number): number {
  const length = expectedLength(bytes[at] as number);
  return length === 0 ? 1 : matched(bytes, at, Math.min(end, at + length));
}

/** Whether bytes `start` to `end` are well-formed UTF-8. */
export function isValidUtf8(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  for (let at = start; at < end;) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

/** The text of `bytes`, with U+FFFD where they are not UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Length that a lead byte announces, or 0 for a byte that leads nothing. */
function expectedLength(lead: number): number {
  if (lead < 0xc2) return 0;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** How many bytes from `at` to `end` are as a sequence with that lead byte must be. */
function matched(bytes: Uint8Array, at: number, end: number): number {
  if (at + 1 >= end) return 1;
  const lead = bytes[at] as number;
  const second = bytes[at + 1] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 1;
  let count = 2;
  while (at + count < end && ((bytes[at + count] as number) & 0xc0) === 0x80) count++;
  return count;
}
