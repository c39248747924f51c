const ALPHABET = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PADDING = 0x3d;

/** Bytes that {@linkcode putBase64} writes for `length` bytes. */
export function base64Length(length: number): number {
  return 4 * Math.ceil(length / 3);
}

/** Writes bytes `start` to `end` in base64 (RFC 4648, with padding) and returns where it ends. */
export function putBase64(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  for (let from = start; from < end; from += 3) {
    const rest = end - from;
    // Beyond the end there is something else, or nothing.
    const second = rest > 1 ? source[from + 1] as number : 0;
    const third = rest > 2 ? source[from + 2] as number : 0;
    const bits = (source[from] as number) << 16 | second << 8 | third;
    target[at++] = ALPHABET[bits >> 18] as number;
    target[at++] = ALPHABET[bits >> 12 & 63] as number;
    target[at++] = rest > 1 ? ALPHABET[bits >> 6 & 63] as number : PADDING;
    target[at++] = rest > 2 ? ALPHABET[bits & 63] as number : PADDING;
  }
  return at;
}
