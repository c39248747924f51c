/**
 * What is escaped above ASCII: control characters, format characters (bidi controls among them), line and paragraph
 * separators, surrogates, unassigned and private-use code points, and what Unicode says should be drawn as nothing
 * (zero-width joiners, variation selectors, Hangul fillers).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\p{Co}\p{Default_Ignorable_Code_Point}]/u;

/** One bit for each of 256 code points, made when the first of them is asked for. */
const pages: (Uint8Array | undefined)[] = new Array(0x1100).fill(undefined);

/** Whether the code point (up to 0x10ffff) is shown as it is: it has a glyph of its own, and cannot move others. */
export function isPrintable(codePoint: number): boolean {
  const index = codePoint >> 8;
  const page = pages[index] ?? makePage(index);
  return ((page[(codePoint & 0xff) >> 3] as number) >> (codePoint & 7) & 1) === 1;
}

/** A regular expression for each character of a path would cost more than the rest of its line; a bit does not. */
function makePage(index: number): Uint8Array {
  const page = new Uint8Array(32);
  for (let low = 0; low < 256; low++) {
    if (!UNPRINTABLE.test(String.fromCodePoint(index << 8 | low))) page[low >> 3]! |= 1 << (low & 7);
  }
  pages[index] = page;
  return page;
}
