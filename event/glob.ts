/** Stands for `*` and `?` among a pattern's bytes. */
const ANY_BYTES = -1;
const ANY_CHARACTER = -2;

/**
 * A pattern over bytes: `*` is any of them, also none and also `/`; `?` is one character; all else is itself. It is
 * made once, and matching makes nothing. Takes at most as many steps as pattern by text.
 */
export class Glob {
  readonly #pattern: Int16Array;

  constructor(pattern: string) {
    const items = [...pattern].flatMap((character) =>
      character === "*" ? [ANY_BYTES] : character === "?" ? [ANY_CHARACTER] : [...encoder.encode(character)]
    );
    this.#pattern = Int16Array.from(items);
  }

  /** Whether all of the bytes from `start` to `end` are as the pattern says. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    const pattern = this.#pattern;
    let item = 0;
    let at = start;
    // Where to go on when what follows the last star does not fit: with one byte more for the star.
    let starItem = -1;
    let starAt = 0;
    while (at < end) {
      const wanted = item < pattern.length ? pattern[item] as number : undefined;
      if (wanted === ANY_BYTES) {
        starItem = ++item;
        starAt = at;
      } else if (wanted === ANY_CHARACTER) {
        item++;
        at++;
        while (at < end && isContinuation(bytes[at] as number)) at++;
      } else if (wanted === bytes[at]) {
        item++;
        at++;
      } else if (starItem >= 0) {
        item = starItem;
        at = ++starAt;
      } else return false;
    }
    while (pattern[item] === ANY_BYTES) item++;
    return item === pattern.length;
  }
}

const encoder = new TextEncoder();

/** Whether the byte goes on with a character of UTF-8 that has begun. */
function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
