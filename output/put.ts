/** Copies bytes into a line, and returns where they end. */
export function put(text: Uint8Array, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text[i] as number;
  return at + text.length;
}

/** Writes text of ASCII characters into a line, and returns where it ends. */
export function putAscii(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** A fixed word of this project's own as bytes, for {@linkcode put}. */
export function ascii(text: string): Uint8Array {
  return encoder.encode(text);
}

const encoder = new TextEncoder();
