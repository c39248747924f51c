/**
 * Values of calls as text, for the table and CSV: as Go's `%+v` prints them, as far as that can be known from outside.
 *
 * - A string is its text, escaped (event/escape.ts), without quotes; so is a `[]byte` that is text, any other is `0x` and
 *   hexadecimal. What is cut ends in `\…`.
 * - `{ID:17 Email:x}`, `&{...}` behind a pointer, `[a b …]` where the list goes on; `…` is what lies too deep to be shown.
 * - A pointer, map, channel or func is its address, and nil `<nil>`.
 * - An interface is its value where its type was foreseen, else the type: `(net/http.T)`.
 * - A `time.Time` is RFC 3339 in UTC (event/go_time.ts) and not Go's own form: its location is not followed.
 * - What is not there has a single backslash, which is never the data's: `\<nil>` where a pointer on the way was nil,
 *   `\<fault>` (memory that was not resident), `\<range>` (an index), `\<other type>`, `\<no key>`,
 *   `\<1000 entries, not searched>`, `\<unreadable>`.
 */
import { hexDigit } from "../event/digits.ts";
import { escapeInto, escapeText } from "../event/escape.ts";
import { goDuration } from "../event/go_duration.ts";
import { goFloat } from "../event/go_float.ts";
import { isPrintable } from "../event/printable.ts";
import { FieldStatus, type RecordView, type ValuePlan } from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { codePointAt, sequenceLength, wholeEnd } from "../event/utf8.ts";
import { candidateIndex, exactInteger, floatAt, Presence } from "../event/value_fields.ts";
import { ascii, put } from "./put.ts";
import { TypeNames } from "./type_names.ts";
import { type PlanOf, type PutValue, ValueWriter } from "./value_writer.ts";

const SPACE = 0x20;
const ZERO = 0x30;
const LOWER_X = 0x78;
const AMPERSAND = 0x26;
const OPEN_PARENTHESIS = 0x28;
const CLOSE_PARENTHESIS = 0x29;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const ELLIPSIS = ascii("…");
const CUT_MARK = ascii("\\…");
const UNREADABLE = ascii("\\<unreadable>");
const WORDS = {
  nil: ascii("<nil>"),
  missing: {
    [FieldStatus.nil]: ascii("\\<nil>"),
    [FieldStatus.range]: ascii("\\<range>"),
    [FieldStatus.otherType]: ascii("\\<other type>"),
    [FieldStatus.noKey]: ascii("\\<no key>"),
  },
  fault: ascii("\\<fault>"),
  unsearched: [ascii("\\<"), ascii(" entries, not searched>")],
} as const;

/** What writes the values of `plan` as text. */
export function textWriter(plan: ValuePlan, types: Partial<TypeSource> | undefined): PutValue {
  return new TextWriter(new TypeNames(types, escapeText), WORDS).of(plan);
}

class TextWriter extends ValueWriter {
  /** `µ` is the one beyond ASCII. */
  protected override putPlain(text: string, target: Uint8Array, at: number): number {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 0x80) target[at++] = code;
      else {
        target[at++] = 0xc0 | code >> 6;
        target[at++] = 0x80 | code & 0x3f;
      }
    }
    return at;
  }

  protected override float({ field, bytes }: PlanOf<"float">): PutValue {
    return (view, target, at) => this.putPlain(goFloat(floatAt(view, field, bytes), bytes), target, at);
  }

  protected override duration({ field }: PlanOf<"duration">): PutValue {
    return (view, target, at) => this.putPlain(goDuration(exactInteger(view, field, 8, true)), target, at);
  }

  protected override text({ kind, field }: PlanOf<"string" | "bytes">): PutValue {
    const putText = kind === "string" ? putString : putBytes;
    return (view, target, at) => putText(view, field, target, at);
  }

  protected override held(plan: PlanOf<"interface">, candidates: readonly PutValue[]): PutValue {
    const presences = plan.candidates.map(({ value }) => new Presence(value));
    return (view, target, at) => {
      const putValue = candidates[candidateIndex(view, presences)];
      if (putValue !== undefined) return putValue(view, target, at);
      target[at] = OPEN_PARENTHESIS;
      at = put(this.types.at(view, plan.type), target, at + 1);
      target[at] = CLOSE_PARENTHESIS;
      return at + 1;
    };
  }

  protected override referred(putValue: PutValue): PutValue {
    return (view, target, at) => {
      target[at] = AMPERSAND;
      return putValue(view, target, at + 1);
    };
  }

  protected override fieldHead(name: string, isFirst: boolean): Uint8Array {
    return ascii(`${isFirst ? "{" : " "}${escapeText(name)}:`);
  }

  protected override putList(
    elements: readonly PutValue[],
    length: number,
    view: RecordView,
    target: Uint8Array,
    at: number,
  ): number {
    const shown = Math.min(length, elements.length);
    target[at++] = OPEN_BRACKET;
    for (let i = 0; i < shown; i++) {
      if (i > 0) target[at++] = SPACE;
      at = (elements[i] as PutValue)(view, target, at);
    }
    if (length > shown) {
      if (shown > 0) target[at++] = SPACE;
      at = put(ELLIPSIS, target, at);
    }
    target[at] = CLOSE_BRACKET;
    return at + 1;
  }

  protected override omitted(): Uint8Array {
    return ELLIPSIS;
  }

  protected override unreadable(): Uint8Array {
    return UNREADABLE;
  }
}

function putString(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const start = view.start[field] as number;
  const length = view.length[field] as number;
  return escapeInto(view.bytes, start, start + length, (view.total[field] as number) > length, target, at);
}

function putBytes(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const { bytes } = view;
  const start = view.start[field] as number;
  const end = start + (view.length[field] as number);
  const isCut = (view.total[field] as number) > end - start;
  if (isText(bytes, start, isCut ? wholeEnd(bytes, start, end) : end)) {
    return putString(view, field, target, at);
  }
  target[at++] = ZERO;
  target[at++] = LOWER_X;
  for (let from = start; from < end; from++) {
    const byte = bytes[from] as number;
    target[at++] = hexDigit(byte >> 4);
    target[at++] = hexDigit(byte & 15);
  }
  return isCut ? put(CUT_MARK, target, at) : at;
}

/** Whether it is UTF-8, and all of it printable but for tabs and ends of lines. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) return false;
    const codePoint = codePointAt(bytes, at, length);
    if (!isPrintable(codePoint) && codePoint !== 0x09 && codePoint !== 0x0a && codePoint !== 0x0d) {
      return false;
    }
    at += length;
  }
  return true;
}
