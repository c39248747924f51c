/** Inflates a zlib stream from the front as far as reads ask for. */
export interface Inflater {
  /**
   * The inflated bytes from `offset` to before `end`, which is at most the claimed size.
   *
   * @throws {FormatError} when the stream is damaged, or does not hold as many bytes as claimed.
   */
  read(offset: number, end: number): Uint8Array;
}
