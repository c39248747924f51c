import { constants, createInflate } from "node:zlib";
import { DAMAGED_HINT, FormatError, type Source } from "../base/mod.ts";
import type { Inflater } from "./inflater.ts";

/** Inflated bytes are kept in pieces of this many, so that none is copied when more are asked for. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes of the stream that are read at once. */
const INPUT_BYTES = 64 * 1024;

/**
 * What Node's and Deno's zlib streams are made of, and use themselves for `inflateSync`: one call of zlib's `inflate`,
 * from a place of the input to a place of the output. It is not documented, so it is looked for, not relied on.
 */
interface ZlibHandle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): unknown;
  onerror: (message: string) => void;
  close(): void;
}

/**
 * Inflates step by step: each byte once, in the order of the reads. With what is documented a prefix has to be inflated
 * again for each longer one: measured on 37 MB of DWARF, 2 to 4 times the work.
 */
export class SteppedInflater implements Inflater {
  readonly #compressed: Source;
  readonly #size: number;
  readonly #name: string;
  readonly #handle: ZlibHandle;
  /** After a step: the room that is left in the output, the bytes that are left of the input. */
  readonly #state: Uint32Array;
  readonly #chunks: Uint8Array[] = [];
  #inflated = 0;
  /** How much of the stream was read. */
  #position = 0;
  #input: Uint8Array = new Uint8Array(0);
  #ended = false;
  #failure: string | undefined;

  /** Undefined where zlib's streams are made otherwise. */
  static open(compressed: Source, claimedSize: number, name: string): SteppedInflater | undefined {
    const { _handle: handle, _writeState: state } = createInflate() as unknown as {
      _handle?: Partial<ZlibHandle>;
      _writeState?: unknown;
    };
    if (typeof handle?.writeSync !== "function" || typeof handle.close !== "function") return undefined;
    if (!(state instanceof Uint32Array) || state.length !== 2) return undefined;
    return new SteppedInflater(compressed, claimedSize, name, handle as ZlibHandle, state);
  }

  private constructor(
    compressed: Source,
    claimedSize: number,
    name: string,
    handle: ZlibHandle,
    state: Uint32Array,
  ) {
    this.#compressed = compressed;
    this.#size = claimedSize;
    this.#name = name;
    this.#handle = handle;
    this.#state = state;
    // Its own would raise an event later, where nobody can catch it.
    handle.onerror = (message) => this.#failure = message;
  }

  read(offset: number, end: number): Uint8Array {
    while (this.#inflated < end) this.#fillChunk();
    if (this.#inflated === this.#size && this.#failure === undefined) this.#checkEnd();
    this.#throwFailure();
    return this.#bytes(offset, end);
  }

  /** Inflates to the end of the last piece, or one more. */
  #fillChunk(): void {
    this.#throwFailure();
    const used = this.#inflated % CHUNK_BYTES;
    if (used === 0) {
      this.#chunks.push(new Uint8Array(Math.min(CHUNK_BYTES, this.#size - this.#inflated)));
    }
    const chunk = this.#chunks.at(-1) ?? new Uint8Array(0);
    const added = this.#step(chunk, used);
    this.#inflated += added;
    if (used + added < chunk.length && this.#failure === undefined) {
      this.#failure = `it holds ${this.#inflated} bytes, not ${this.#size}`;
    }
  }

  /** Fills `output` from `offset` as far as the stream goes; gives the number of bytes. */
  #step(output: Uint8Array, offset: number): number {
    let at = offset;
    while (at < output.length && this.#failure === undefined) {
      if (this.#input.length === 0) {
        const length = Math.min(INPUT_BYTES, this.#compressed.size - this.#position);
        this.#input = this.#compressed.read(this.#position, length);
        this.#position += length;
      }
      const { length } = this.#input;
      this.#handle.writeSync(constants.Z_SYNC_FLUSH, this.#input, 0, length, output, at, output.length - at);
      const [room = 0, left = 0] = this.#state;
      const stopped = room === output.length - at && left === length;
      at = output.length - room;
      this.#input = this.#input.subarray(length - left);
      if (stopped) break;
    }
    return at - offset;
  }

  /** The stream ends here, and its checksum is right. */
  #checkEnd(): void {
    if (this.#ended) return;
    this.#ended = true;
    const beyond = new Uint8Array(1);
    if (this.#step(beyond, 0) > 0) this.#failure = `it holds more than ${this.#size} bytes`;
    // Fails where the checksum is cut off.
    else this.#handle.writeSync(constants.Z_FINISH, this.#input, 0, 0, beyond, 0, 1);
    this.#handle.close();
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return;
    throw new FormatError(`Cannot inflate ${this.#name}: ${this.#failure}`, { hint: DAMAGED_HINT });
  }

  #bytes(offset: number, end: number): Uint8Array {
    const first = Math.floor(offset / CHUNK_BYTES);
    const start = first * CHUNK_BYTES;
    const chunk = this.#chunks[first] ?? new Uint8Array(0);
    if (end <= start + chunk.length) return chunk.subarray(offset - start, end - start);
    const bytes = new Uint8Array(end - offset);
    for (let at = offset; at < end;) {
      const index = Math.floor(at / CHUNK_BYTES);
      const from = at - index * CHUNK_BYTES;
      const part = this.#chunks[index]?.subarray(from, from + end - at) ?? bytes;
      bytes.set(part, at - offset);
      at += part.length;
    }
    return bytes;
  }
}
