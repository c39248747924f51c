import { damaged } from "./damaged.ts";
import type { FormatError } from "./errors.ts";

/** What a {@linkcode Cursor} says in its errors, and how it reads. */
export interface CursorOptions {
  /** The section or structure that the bytes are, e.g. `.symtab`. */
  readonly name: string;
  /** Where the first byte lies in that section, for errors. Default 0. */
  readonly base?: number;
  /** Byte order. Default little-endian. */
  readonly littleEndian?: boolean;
}

/**
 * A position in bytes whose every read is checked: a read past the end is a {@linkcode FormatError} that names the
 * section and the offset, never a zero.
 */
export class Cursor {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly littleEndian: boolean;
  /** Offset of the next read, from the first byte. */
  position = 0;
  readonly #view: DataView;
  readonly #base: number;

  constructor(bytes: Uint8Array, options: CursorOptions) {
    this.bytes = bytes;
    this.name = options.name;
    this.littleEndian = options.littleEndian ?? true;
    this.#base = options.base ?? 0;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes from the position to the end. */
  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Moves to `position`, at most the end. */
  seek(position: number): this {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.bytes.length) {
      throw this.error(`offset 0x${position.toString(16)} is outside`);
    }
    this.position = position;
    return this;
  }

  /** Skips `length` bytes. */
  skip(length: number): this {
    this.#take(length);
    return this;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), this.littleEndian);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), this.littleEndian);
  }

  i32(): number {
    return this.#view.getInt32(this.#take(4), this.littleEndian);
  }

  /** An unsigned 64-bit value that must be a safe integer: an offset, an address, a size. */
  u64(): number {
    const at = this.position;
    const value = this.#view.getBigUint64(this.#take(8), this.littleEndian);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.position = at;
      throw this.error(`0x${value.toString(16)} is not a possible offset, address or size`);
    }
    return Number(value);
  }

  /** All 64 bits. */
  u64Exact(): bigint {
    return this.#view.getBigUint64(this.#take(8), this.littleEndian);
  }

  /** A word of `size` bytes (4 or 8). */
  word(size: number): number {
    return size === 4 ? this.u32() : this.u64();
  }

  /** Unsigned LEB128, a safe integer. DWARF and Go use the same encoding. */
  uleb128(): number {
    const at = this.position;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 128;
    }
    this.position = at;
    throw this.error("a variable-length number is too large");
  }

  /** Signed LEB128 of up to 64 bits; a value that is no safe integer is rounded. */
  sleb128(): number {
    const at = this.position;
    // In two parts, of which each is exact: 28 bits, and the rest. The last byte has the sign.
    let [low, high] = [0, 0];
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      const digit = (byte & 0xc0) === 0x40 ? byte - 0x80 : byte & 0x7f;
      if (i < 4) low += digit * 128 ** i;
      else high += digit * 128 ** (i - 4);
      if (byte < 0x80) return high * 2 ** 28 + low;
    }
    this.position = at;
    throw this.error("a variable-length number is too large");
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The bytes up to the next NUL as text; the position moves behind the NUL. */
  cstring(): string {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) throw this.error("a string is not terminated");
    const text = decoder.decode(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  /** An error about this place, to throw. */
  error(what: string): FormatError {
    return damaged(this.name, this.#base + this.position, what);
  }

  #take(length: number): number {
    const at = this.position;
    if (!Number.isSafeInteger(length) || length < 0 || length > this.bytes.length - at) {
      throw this.error(`${length} more bytes are needed, ${this.bytes.length - at} are left`);
    }
    this.position = at + length;
    return at;
  }
}

const decoder = new TextDecoder();
