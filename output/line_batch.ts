const INITIAL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Whole lines in one growable buffer, divided into chunks that are written one at a time. A chunk holds either
 * records or other lines (a header), so that what was written can be counted by chunks. Reused: `clear()` keeps the
 * memory.
 */
export class LineBatch {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  /** Bytes in use. */
  length = 0;
  readonly #chunkBytes: number;
  /** The chunk that is still growing; it has no end yet. */
  #openStart = 0;
  #openRecords = 0;
  /** Where each finished chunk ends, and how many records are in it. */
  readonly #ends: number[] = [];
  readonly #records: number[] = [];

  /** Lines are gathered into chunks of at most `chunkBytes`; a longer line is a chunk of its own. */
  constructor(chunkBytes: number) {
    this.#chunkBytes = chunkBytes;
  }

  /** Makes room for `size` more bytes; `bytes` may be another array afterwards. */
  reserve(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** Adds the line that lies from `length` to `end`, its newline included. */
  add(end: number, counted: boolean): void {
    if (end - this.#openStart > this.#chunkBytes || counted !== this.#openRecords > 0) this.finishChunk();
    if (counted) this.#openRecords++;
    this.length = end;
  }

  /** Ends the chunk that lines were gathered into; needed before the chunks are read. */
  finishChunk(): void {
    if (this.length === this.#openStart) return;
    this.#ends.push(this.length);
    this.#records.push(this.#openRecords);
    this.#openStart = this.length;
    this.#openRecords = 0;
  }

  /** How many chunks are finished. */
  get chunkCount(): number {
    return this.#ends.length;
  }

  chunkStart(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1] as number;
  }

  chunkEnd(index: number): number {
    return this.#ends[index] as number;
  }

  chunkRecords(index: number): number {
    return this.#records[index] as number;
  }

  /** Records of chunk `index` that lie wholly before `end`. */
  recordsBefore(index: number, end: number): number {
    if (this.chunkRecords(index) === 0) return 0;
    let lines = 0;
    for (let at = this.chunkStart(index); at < end; at++) if (this.bytes[at] === NEWLINE) lines++;
    return lines;
  }

  clear(): void {
    this.length = 0;
    this.#openStart = 0;
    this.#openRecords = 0;
    this.#ends.length = 0;
    this.#records.length = 0;
  }
}
