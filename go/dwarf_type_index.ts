import { DW_AT, DW_TAG, type Dwarf, type EntryCursor, type Unit } from "../dwarf/mod.ts";
import { fnv1a, FNV1A_START } from "./fnv1a.ts";

/** Go's linker puts all type entries into units of this name. Source: Go's src/cmd/link/internal/ld/dwarf.go. */
const UNIT_OF_TYPES = "runtime";

const TYPE_TAGS: ReadonlySet<number> = new Set([
  DW_TAG.array_type,
  DW_TAG.base_type,
  DW_TAG.pointer_type,
  DW_TAG.structure_type,
  DW_TAG.subroutine_type,
  DW_TAG.typedef,
]);

const PERCENT = 0x25;

/**
 * Go's type entries by name. The walk goes from the front only as far as the name that is asked for, and remembers a
 * number for each name that it passed: in a large executable there are 60,000, and most are never asked for.
 */
export class DwarfTypeIndex {
  readonly #dwarf: Dwarf;
  readonly #units: Iterator<Unit>;
  #cursor: EntryCursor | undefined;
  #hashes = new Uint32Array(4096);
  #offsets = new Float64Array(4096);
  #count = 0;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
    this.#units = dwarf.units();
  }

  /**
   * The place of the first type entry of that name in `.debug_info`; undefined when there is none.
   *
   * @param name not escaped, e.g. `gopkg.in/yaml.v3.Node`
   * @throws {FormatError} when an entry on the way is damaged.
   */
  find(name: string): number | undefined {
    const wanted = encoder.encode(name);
    const hash = hashOf(wanted);
    for (let i = 0; i < this.#count; i++) {
      if (this.#hashes[i] !== hash) continue;
      const offset = this.#offsets[i] ?? 0;
      const text = this.#dwarf.entry(offset).inlineText(DW_AT.name);
      if (text !== undefined && isName(text, wanted)) return offset;
    }
    while (this.#next()) {
      const text = this.#cursor?.inlineText(DW_AT.name);
      if (text === undefined) continue;
      const offset = this.#cursor?.offset ?? 0;
      const found = hashOf(text);
      this.#remember(found, offset);
      if (found === hash && isName(text, wanted)) return offset;
    }
    return undefined;
  }

  /** Moves to the next type entry. */
  #next(): boolean {
    for (;;) {
      const cursor = this.#cursor;
      if (cursor === undefined) {
        if (!this.#nextUnit()) return false;
        continue;
      }
      while (cursor.next()) if (cursor.depth === 1 && TYPE_TAGS.has(cursor.tag)) return true;
      this.#cursor = undefined;
    }
  }

  #nextUnit(): boolean {
    for (;;) {
      const { value, done } = this.#units.next();
      if (done === true) return false;
      const { name, isGo } = this.#dwarf.unitEntry(value);
      if (!isGo || name !== UNIT_OF_TYPES) continue;
      this.#cursor = this.#dwarf.entries(value);
      return true;
    }
  }

  #remember(hash: number, offset: number): void {
    if (this.#count === this.#hashes.length) {
      const [hashes, offsets] = [this.#hashes, this.#offsets];
      this.#hashes = new Uint32Array(2 * this.#count);
      this.#hashes.set(hashes);
      this.#offsets = new Float64Array(2 * this.#count);
      this.#offsets.set(offsets);
    }
    this.#hashes[this.#count] = hash;
    this.#offsets[this.#count++] = offset;
  }
}

/** FNV-1a over the bytes, `%2e` and the like taken as the byte that they stand for. */
function hashOf(bytes: Uint8Array): number {
  let hash = FNV1A_START;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i] ?? 0;
    if (byte === PERCENT) {
      const escaped = escapedByte(bytes, i);
      if (escaped >= 0) {
        byte = escaped;
        i += 2;
      }
    }
    hash = fnv1a(hash, byte);
  }
  return hash >>> 0;
}

/** Whether bytes with escapes are that name. */
function isName(bytes: Uint8Array, name: Uint8Array): boolean {
  let at = 0;
  for (let i = 0; i < bytes.length; i++, at++) {
    let byte = bytes[i];
    if (byte === PERCENT) {
      const escaped = escapedByte(bytes, i);
      if (escaped >= 0) {
        byte = escaped;
        i += 2;
      }
    }
    if (byte !== name[at]) return false;
  }
  return at === name.length;
}

/** The byte that `%xx` at `at` stands for; -1 when there is no escape. */
function escapedByte(bytes: Uint8Array, at: number): number {
  const [high, low] = [hexDigit(bytes[at + 1]), hexDigit(bytes[at + 2])];
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const encoder = new TextEncoder();
