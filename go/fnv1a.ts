/** The hash of no bytes by FNV-1a, the one of 32 bits by Fowler, Noll and Vo. */
export const FNV1A_START = 0x811c9dc5;

/** What a byte more makes of a hash that began as {@linkcode FNV1A_START}; its sign means nothing. */
export function fnv1a(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}
