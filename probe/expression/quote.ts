/** Go's `unicode.IsPrint`: what is seen, and the space of ASCII. */
const PRINTABLE = /^[ \p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  '"': '\\"',
  "\\": "\\\\",
};

/**
 * Bytes as a Go string in double quotes: printable characters as they are, all else escaped, also what is not UTF-8.
 * Source: `Quote` of Go's src/strconv/quote.go.
 */
export function quote(bytes: Uint8Array): string {
  let quoted = '"';
  for (let at = 0; at < bytes.length;) {
    const character = characterAt(bytes, at);
    quoted += character === undefined ? escapeHex("x", bytes[at] as number, 2) : quoteCharacter(character);
    at += character === undefined ? 1 : encoder.encode(character).length;
  }
  return `${quoted}"`;
}

function quoteCharacter(character: string): string {
  const escape = SHORT_ESCAPES[character];
  if (escape !== undefined) return escape;
  if (PRINTABLE.test(character)) return character;
  const codePoint = character.codePointAt(0) as number;
  if (codePoint < 0x20 || codePoint === 0x7f) return escapeHex("x", codePoint, 2);
  return codePoint <= 0xffff ? escapeHex("u", codePoint, 4) : escapeHex("U", codePoint, 8);
}

function escapeHex(letter: string, value: number, digits: number): string {
  return `\\${letter}${value.toString(16).padStart(digits, "0")}`;
}

/** The character whose UTF-8 begins there; undefined where none does. */
function characterAt(bytes: Uint8Array, at: number): string | undefined {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const decoded = decoder.decode(bytes.subarray(at, at + length));
  // A replacement character is the data's own only where it stands for its three bytes.
  const isWhole = decoded !== "\ufffd" || length === 3 && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd;
  return isWhole && [...decoded].length === 1 ? decoded : undefined;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
