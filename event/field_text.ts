import { FieldStatus, type RecordView } from "./record_view.ts";

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;
const PERCENT = 0x25;
const COLON = 0x3a;
/** The path of an absolute form without one. Source: RFC 9110, section 4.2.3. */
const ROOT_PATH = Uint8Array.of(SLASH);

/**
 * The text of one field of a record, as bytes that a sink or a filter reads: of `bytes`, those from `start` to `end`.
 * It is filled again for each value, and what it says is valid only until then, or until the next record.
 */
export class FieldText {
  bytes: Uint8Array = ROOT_PATH;
  start = 0;
  end = 0;
  /** The server has more of it than what was captured. */
  truncated = false;
  /** A {@linkcode FieldStatus}: the rest means something only when it is `ok`. */
  status: number = FieldStatus.nil;
  /** Where percent-encoded paths are decoded into. */
  #scratch = new Uint8Array(256);

  /** Takes field `index`; false when there is no such field (-1), or no value. */
  readField(view: RecordView, index: number): boolean {
    if (index < 0 || index >= view.fieldCount) {
      this.status = FieldStatus.nil;
      return false;
    }
    this.status = view.status[index] as number;
    if (this.status !== FieldStatus.ok) return false;
    const length = view.length[index] as number;
    this.bytes = view.bytes;
    this.start = view.start[index] as number;
    this.end = this.start + length;
    this.truncated = (view.total[index] as number) > length;
    return true;
  }

  /**
   * Takes a request's path: from field `uri`, the request's target as it was sent, or where that is not there or
   * empty from field `path`, a path that is decoded already; -1 for a field that is not captured.
   *
   * The query is cut off, `%xx` decoded (left as it is where it is no such thing), an absolute form reduced to its
   * path; `*`, and the host and port of CONNECT, stay what they are.
   */
  readPath(view: RecordView, uri: number, path: number): boolean {
    const hasUri = uri >= 0 && uri < view.fieldCount && view.status[uri] === FieldStatus.ok &&
      (view.length[uri] as number) > 0;
    if (!hasUri && path >= 0) return this.readField(view, path);
    if (!this.readField(view, uri)) return false;
    this.#reduceToPath();
    return true;
  }

  #reduceToPath(): void {
    const { bytes, end } = this;
    if (this.start < end && bytes[this.start] !== SLASH && !this.#skipAuthority()) return;
    let encoded = false;
    let at = this.start;
    for (; at < end; at++) {
      const byte = bytes[at];
      if (byte === QUESTION_MARK) break;
      if (byte === PERCENT) encoded = true;
    }
    if (at < end) {
      // What was cut is the query's.
      this.truncated = false;
      this.end = at;
    }
    if (encoded) this.#decodePercent();
    else if (this.start === this.end && !this.truncated) {
      this.bytes = ROOT_PATH;
      this.start = 0;
      this.end = 1;
    }
  }

  /** Moves `start` to the path of `scheme://authority/path`; false when it is something else. */
  #skipAuthority(): boolean {
    const { bytes, end } = this;
    let at = this.start;
    while (at < end && isSchemeByte(bytes[at] as number)) at++;
    if (at === this.start || bytes[at] !== COLON || bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH) {
      return false;
    }
    if (at + 3 > end) return false;
    at += 3;
    while (at < end && bytes[at] !== SLASH && bytes[at] !== QUESTION_MARK) at++;
    this.start = at;
    return true;
  }

  #decodePercent(): void {
    const { bytes, end } = this;
    if (this.#scratch.length < end - this.start) this.#scratch = new Uint8Array(2 * (end - this.start));
    const scratch = this.#scratch;
    let length = 0;
    for (let at = this.start; at < end;) {
      const byte = bytes[at] as number;
      if (byte === PERCENT) {
        const high = at + 1 < end ? hexValue(bytes[at + 1] as number) : -1;
        const low = at + 2 < end ? hexValue(bytes[at + 2] as number) : -1;
        if (high >= 0 && low >= 0) {
          scratch[length++] = high << 4 | low;
          at += 3;
          continue;
        }
        // The cut went through it.
        if (this.truncated && (at + 1 === end || at + 2 === end && high >= 0)) break;
      }
      scratch[length++] = byte;
      at++;
    }
    this.bytes = scratch;
    this.start = 0;
    this.end = length;
  }
}

/** Letters, digits, `+`, `-` and `.`. Source: RFC 3986, section 3.1. */
function isSchemeByte(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a || byte >= 0x30 && byte <= 0x39 || byte === 0x2b || byte === 0x2d ||
    byte === 0x2e;
}

/** The value of a hexadecimal digit, or -1. */
function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
