import { FieldStatus, type RecordView } from "./record_view.ts";

/** The characters of an HTTP token. Source: RFC 9110, section 5.6.2. */
const TOKEN = Uint8Array.from(
  { length: 256 },
  (_, code) => /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)) && code < 128 ? 1 : 0,
);

/**
 * Whether field `index` of the record can be a request's method: at least one byte, and nothing but token characters.
 * What a function that is no handler has in that place is hardly ever one.
 */
export function isMethod(view: RecordView, index: number): boolean {
  if (view.status[index] !== FieldStatus.ok) return false;
  const start = view.start[index] as number;
  const end = start + (view.length[index] as number);
  for (let at = start; at < end; at++) if (TOKEN[view.bytes[at] as number] === 0) return false;
  return end > start;
}
