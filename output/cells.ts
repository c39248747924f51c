import stringWidth from "string-width";

/** Stands where a path was cut to the terminal's width; nothing is lost but on the screen. */
export const SCREEN_CUT = "…";

/** Columns that escaped text takes on a terminal. */
export function cellWidth(text: string): number {
  return isAscii(text) ? text.length : stringWidth(text);
}

/**
 * Escaped `text` cut to at most `columns` columns, the mark {@linkcode SCREEN_CUT} included. Neither an escape nor
 * a character with its combining marks is divided.
 */
export function cutToColumns(text: string, columns: number): string {
  if (cellWidth(text) <= columns) return text;
  let length = 0;
  let width = 1;
  for (const unit of units(text)) {
    width += cellWidth(unit);
    if (width > columns) break;
    length += unit.length;
  }
  return text.slice(0, length) + SCREEN_CUT;
}

/** What may not be divided: an escape, or a grapheme. */
function* units(text: string): Iterable<string> {
  for (const [part] of text.matchAll(/\\x..|\\u\{[^}]*\}|\\<[a-z]+>|\\.|[^\\]+/gsu)) {
    if (part.startsWith("\\")) yield part;
    else if (isAscii(part)) yield* part;
    else for (const { segment } of graphemes.segment(part)) yield segment;
  }
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
