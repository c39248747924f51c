const COMMA = 0x2c;
const QUOTE = 0x22;

/**
 * Puts the cell from `start` to `end` in quotes where it needs them, in place, and returns its new end. Escaped text has
 * no ends of lines. There must be room for twice as much, and two quotes. Source: RFC 4180, section 2.
 */
export function quoteCell(target: Uint8Array, start: number, end: number): number {
  let quotes = 0;
  let commas = 0;
  for (let at = start; at < end; at++) {
    if (target[at] === QUOTE) quotes++;
    else if (target[at] === COMMA) commas++;
  }
  if (quotes + commas === 0) return end;
  const newEnd = end + quotes + 2;
  let to = newEnd;
  target[--to] = QUOTE;
  for (let from = end - 1; from >= start; from--) {
    const byte = target[from] as number;
    target[--to] = byte;
    if (byte === QUOTE) target[--to] = QUOTE;
  }
  target[start] = QUOTE;
  return newEnd;
}

/** `text` as a cell. */
export function quoteText(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
