import { UsageError } from "../base/errors.ts";

const BYTES_PER_UNIT: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 * 1024 };

/** Sizes that {@linkcode parseRingSize} may return. */
export const MIN_RING_BYTES = 4096;
export const MAX_RING_BYTES = 1024 * 1024 * 1024;

/**
 * Bytes of a ring buffer: a number, or one with K or M (1024 and 1024 * 1024), rounded up to what the kernel takes:
 * a power of two, and a multiple of a 4 KiB page. At most 1024M.
 *
 * @throws {UsageError} naming `flag`.
 */
export function parseRingSize(text: string, flag: string): number {
  const match = /^(\d+)([KMkm]?)$/.exec(text);
  if (match === null) {
    throw new UsageError(`${flag} takes a size, not "${text}"`, {
      hint: `Write a number of bytes, or one with K or M, e.g. ${flag} 8M.`,
    });
  }
  const bytes = Number(match[1]) * (BYTES_PER_UNIT[(match[2] as string).toUpperCase()] as number);
  if (bytes < 1 || bytes > MAX_RING_BYTES) {
    throw new UsageError(`${flag} ${text} is out of range`, { hint: "A buffer has from 4K to 1024M." });
  }
  let size = MIN_RING_BYTES;
  while (size < bytes) size *= 2;
  return size;
}
