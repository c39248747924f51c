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
import { putInteger } from "../event/digits.ts";
import { escapeInto, escapeText } from "../event/escape.ts";
import { goDuration } from "../event/go_duration.ts";
import { goComplex, goFloat } from "../event/go_float.ts";
import { goTime } from "../event/go_time.ts";
import { isPrintable } from "../event/printable.ts";
import { FieldStatus, integerAt, type RecordView, type ValuePlan } from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { codePointAt, sequenceLength, wholeEnd } from "../event/utf8.ts";
import {
  candidateIndex,
  exactInteger,
  floatAt,
  hexAddress,
  highWord,
  isTrue,
  isZero,
  lowWord,
  Presence,
  unsignedAt,
} from "../event/value_fields.ts";
import { ascii, put } from "./put.ts";
import { TypeNames } from "./type_names.ts";

/** Writes one value of a record and returns where it ends; there must be the room that a `ValueRoom` tells. */
export type PutValue = (view: RecordView, target: Uint8Array, at: number) => number;

const SPACE = 0x20;
const ZERO = 0x30;
const LOWER_A = 0x61;
const LOWER_X = 0x78;
const AMPERSAND = 0x26;
const OPEN_PARENTHESIS = 0x28;
const CLOSE_PARENTHESIS = 0x29;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const TRUE = ascii("true");
const FALSE = ascii("false");
const NIL = ascii("<nil>");
const ELLIPSIS = ascii("…");
const CUT_MARK = ascii("\\…");
const UNREADABLE = ascii("\\<unreadable>");
const FAULT = ascii("\\<fault>");
/** By {@linkcode FieldStatus}. */
const MISSING: Readonly<Record<number, Uint8Array>> = {
  [FieldStatus.nil]: ascii("\\<nil>"),
  [FieldStatus.range]: ascii("\\<range>"),
  [FieldStatus.otherType]: ascii("\\<other type>"),
  [FieldStatus.noKey]: ascii("\\<no key>"),
};
const UNSEARCHED_START = ascii("\\<");
const UNSEARCHED_END = ascii(" entries, not searched>");

/** What writes the values of `plan` as text. */
export function textWriter(plan: ValuePlan, types: Partial<TypeSource> | undefined): PutValue {
  return makeWriter(plan, new TypeNames(types, escapeText));
}

function makeWriter(plan: ValuePlan, types: TypeNames): PutValue {
  const presence = new Presence(plan);
  const putPresent = makePresentWriter(plan, types);
  return (view, target, at) => {
    const missing = presence.missingField(view);
    return missing < 0 ? putPresent(view, target, at) : putMissing(view, missing, target, at);
  };
}

function putMissing(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const status = view.status[field] as number;
  if (status !== FieldStatus.unsearched) return put(MISSING[status] ?? FAULT, target, at);
  at = putInteger(integerAt(view, field), target, put(UNSEARCHED_START, target, at));
  return put(UNSEARCHED_END, target, at);
}

/** What writes a value that is there. */
function makePresentWriter(plan: ValuePlan, types: TypeNames): PutValue {
  switch (plan.kind) {
    case "bool":
      return (view, target, at) => put(isTrue(view, plan.field) ? TRUE : FALSE, target, at);
    case "integer": {
      const { field, bytes, signed } = plan;
      return (view, target, at) => putExact(exactInteger(view, field, bytes, signed), target, at);
    }
    case "constant": {
      const constant = ascii(String(plan.value));
      return (_view, target, at) => put(constant, target, at);
    }
    case "float":
      return (view, target, at) =>
        putLatin1(goFloat(floatAt(view, plan.field, plan.bytes), plan.bytes), target, at);
    case "complex": {
      const { real, imaginary, bytes } = plan;
      return (view, target, at) => {
        const text = goComplex(floatAt(view, real, bytes), floatAt(view, imaginary, bytes), bytes);
        return putLatin1(text, target, at);
      };
    }
    case "string":
      return (view, target, at) => putString(view, plan.field, target, at);
    case "bytes":
      return (view, target, at) => putBytes(view, plan.field, target, at);
    case "pointer":
      return (view, target, at) =>
        isZero(view, plan.field) ? put(NIL, target, at) : putLatin1(hexAddress(view, plan.field), target, at);
    case "duration":
      return (view, target, at) => putLatin1(goDuration(exactInteger(view, plan.field, 8, true)), target, at);
    case "time":
      return (view, target, at) =>
        putLatin1(
          goTime(highWord(view, plan.wall), lowWord(view, plan.wall), integerAt(view, plan.ext)),
          target,
          at,
        );
    case "type":
      return (view, target, at) =>
        put(isZero(view, plan.field) ? NIL : types.at(view, plan.field), target, at);
    case "interface":
      return interfaceWriter(plan, types);
    case "reference": {
      const putValue = makeWriter(plan.value, types);
      return (view, target, at) => {
        if (isZero(view, plan.field)) return put(NIL, target, at);
        target[at] = AMPERSAND;
        return putValue(view, target, at + 1);
      };
    }
    case "struct":
      return structWriter(plan, types);
    case "list":
      return listWriter(plan, types);
    case "omitted":
      return (_view, target, at) => put(ELLIPSIS, target, at);
    case "unreadable":
      return (_view, target, at) => put(UNREADABLE, target, at);
  }
}

function interfaceWriter(plan: ValuePlan & { kind: "interface" }, types: TypeNames): PutValue {
  const candidates = plan.candidates.map(({ value }) => new Presence(value));
  const writers = plan.candidates.map(({ value }) => makeWriter(value, types));
  return (view, target, at) => {
    if (isZero(view, plan.type)) return put(NIL, target, at);
    const writer = writers[candidateIndex(view, candidates)];
    if (writer !== undefined) return writer(view, target, at);
    target[at] = OPEN_PARENTHESIS;
    at = put(types.at(view, plan.type), target, at + 1);
    target[at] = CLOSE_PARENTHESIS;
    return at + 1;
  };
}

function structWriter(plan: ValuePlan & { kind: "struct" }, types: TypeNames): PutValue {
  const names = plan.fields.map(({ name }, i) => ascii(`${i === 0 ? "{" : " "}${escapeText(name)}:`));
  const writers = plan.fields.map(({ value }) => makeWriter(value, types));
  const empty = ascii("{}");
  return (view, target, at) => {
    if (writers.length === 0) return put(empty, target, at);
    for (let i = 0; i < writers.length; i++) {
      at = put(names[i] as Uint8Array, target, at);
      at = (writers[i] as PutValue)(view, target, at);
    }
    target[at] = CLOSE_BRACE;
    return at + 1;
  };
}

function listWriter(plan: ValuePlan & { kind: "list" }, types: TypeNames): PutValue {
  const writers = plan.elements.map((element) => makeWriter(element, types));
  return (view, target, at) => {
    const length = plan.lengthField === undefined ? plan.length : unsignedAt(view, plan.lengthField);
    const shown = Math.min(length, writers.length);
    target[at++] = OPEN_BRACKET;
    for (let i = 0; i < shown; i++) {
      if (i > 0) target[at++] = SPACE;
      at = (writers[i] as PutValue)(view, target, at);
    }
    if (length > shown) {
      if (shown > 0) target[at++] = SPACE;
      at = put(ELLIPSIS, target, at);
    }
    target[at] = CLOSE_BRACKET;
    return at + 1;
  };
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

function putExact(value: number | bigint, target: Uint8Array, at: number): number {
  return typeof value === "number" ? putInteger(value, target, at) : putLatin1(value.toString(), target, at);
}

/** Writes text of code points below U+0100 (`µ` is the one beyond ASCII). */
function putLatin1(text: string, target: Uint8Array, at: number): number {
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

function hexDigit(value: number): number {
  return value < 10 ? ZERO + value : LOWER_A + value - 10;
}
