import type { TypeMemory } from "./type_memory.ts";

/** How a name says its length: two bytes, the higher first, to Go 1.16; then a varint. */
export type NameLength = "two bytes" | "varint";

const FLAG = { exported: 1, embedded: 8 } as const;

/** Longer than any name that the compiler makes; those of generic instances have some thousand bytes. */
const MAX_NAME_BYTES = 64 * 1024;

/** Bytes of names that are decoded in all, besides a multiple of the metadata: types may share them. */
const DECODED_BYTES = 16 << 20;

/**
 * The names in the type metadata, of types, fields, methods and packages: flags, the length, and the bytes; a tag and a
 * package may follow. A name is the offset of its flags.
 *
 * Source: Go's src/internal/abi/type.go, `Name`.
 */
export class EncodedNames {
  readonly #memory: TypeMemory;
  readonly #length: NameLength;
  #bytesLeft: number;

  constructor(memory: TypeMemory, length: NameLength) {
    this.#memory = memory;
    this.#length = length;
    this.#bytesLeft = DECODED_BYTES + 4 * memory.size;
  }

  /** @throws {FormatError} when what was decoded so far is many times the metadata. */
  textAt(offset: number): string {
    const bytes = this.bytesAt(offset);
    this.#bytesLeft -= bytes.length;
    if (this.#bytesLeft < 0) throw this.#memory.error(offset, "names are referred to too often");
    return decoder.decode(bytes);
  }

  bytesAt(offset: number): Uint8Array {
    const length = this.lengthAt(offset);
    return this.#memory.bytes(this.#start(offset, length), length);
  }

  /** The last bytes of the name, so many as there must be. */
  tailAt(offset: number, count: number): Uint8Array {
    const length = this.lengthAt(offset);
    return this.#memory.bytes(this.#start(offset, length) + length - count, count);
  }

  /** Whether the name ends with these bytes, without making it. */
  endsWith(offset: number, suffix: Uint8Array): boolean {
    const length = this.lengthAt(offset);
    const end = this.#start(offset, length) + length;
    for (let i = 1; i <= suffix.length; i++) {
      if (i > length || this.#memory.u8(end - i) !== suffix[suffix.length - i]) return false;
    }
    return true;
  }

  is(offset: number, name: Uint8Array): boolean {
    return this.lengthAt(offset) === name.length && this.endsWith(offset, name);
  }

  isExported(offset: number): boolean {
    return (this.#memory.u8(offset) & FLAG.exported) !== 0;
  }

  /** Whether it is the name of an embedded field; to Go 1.18 the field itself says that. */
  isEmbedded(offset: number): boolean {
    return (this.#memory.u8(offset) & FLAG.embedded) !== 0;
  }

  /** Bytes of the name. */
  lengthAt(offset: number): number {
    const memory = this.#memory;
    if (offset < 0) throw memory.error(offset, "a name lies outside");
    let length = 0;
    if (this.#length === "two bytes") {
      length = memory.u8(offset + 1) * 256 + memory.u8(offset + 2);
    } else {
      let at = offset + 1;
      for (let shift = 0;; shift += 7) {
        const byte = memory.u8(at++);
        length |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
        if (shift === 14) throw memory.error(offset, "a name is too long");
      }
    }
    if (length > MAX_NAME_BYTES) throw memory.error(offset, `a name claims to have ${length} bytes`);
    return length;
  }

  /** Where the bytes of a name of that length begin. */
  #start(offset: number, length: number): number {
    if (this.#length === "two bytes") return offset + 3;
    return offset + (length < 0x80 ? 2 : length < 0x4000 ? 3 : 4);
  }
}

const decoder = new TextDecoder();
