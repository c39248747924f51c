/**
 * Values of calls as JSON.
 *
 * - Integers are numbers with all their digits, also beyond 2^53, where many readers lose some; floats are numbers, but
 *   NaN and the infinities the strings `"NaN"`, `"+Inf"`, `"-Inf"`; complex numbers are strings as Go prints them.
 * - A string is itself (event/json_text.ts). One that is not UTF-8 is `{"$text":"a\ufffd","$b64":"Yf8="}`, one that was
 *   cut `{"$cut":"abc","$length":5000}`, with its length in the server in bytes, and `$b64` too where it is not UTF-8. A
 *   `[]byte` is the same.
 * - A struct is an object by the names of its fields, behind a pointer too; a list is an array, or
 *   `{"$list":[1,2],"$length":100}` where it goes on.
 * - nil is null; another pointer, map, channel or func the string of its address, `"0xc000010000"`.
 * - A `time.Duration` is the number of its nanoseconds, a `time.Time` a string in RFC 3339 (event/go_time.ts), a type its
 *   name.
 * - An interface is `{"$type":"*errors.errorString","value":"text"}`, without `value` where its type was not foreseen.
 * - What is not there is `{"$missing":"nil"}`: a pointer on the way was nil; or `fault` (memory that was not resident),
 *   `range` (an index), `other type`, `no key`, `omitted` (it lies too deep to be shown), `unreadable` with a `$reason`,
 *   `not searched` with the map's `$entries`.
 *
 * A name of Go does not begin with `$`, so that no struct reads like these.
 */
import { putInteger } from "../event/digits.ts";
import { goComplex, goFloat } from "../event/go_float.ts";
import { goTime } from "../event/go_time.ts";
import { jsonInto, toJson } from "../event/json_text.ts";
import {
  FieldStatus,
  integerAt,
  type RecordView,
  type ShownValue,
  type ValuePlan,
} from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { isValidUtf8, wholeEnd } from "../event/utf8.ts";
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
import { putBase64 } from "./base64.ts";
import { ascii, put } from "./put.ts";
import { TypeNames } from "./type_names.ts";
import type { PutValue } from "./value_text.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const TRUE = ascii("true");
const FALSE = ascii("false");
const NULL = ascii("null");
const FAULT = missing("fault");
/** By {@linkcode FieldStatus}. */
const MISSING: Readonly<Record<number, Uint8Array>> = {
  [FieldStatus.nil]: missing("nil"),
  [FieldStatus.range]: missing("range"),
  [FieldStatus.otherType]: missing("other type"),
  [FieldStatus.noKey]: missing("no key"),
};
const OMITTED = missing("omitted");
const UNSEARCHED = ascii('{"$missing":"not searched","$entries":');
const TEXT = ascii('{"$text":');
const CUT = ascii('{"$cut":');
const LIST = ascii('{"$list":');
const LENGTH = ascii(',"$length":');
const BASE64 = ascii(',"$b64":"');
const TYPE = ascii('{"$type":');
const VALUE = ascii(',"value":');

/** What writes the values of `plan` as JSON. */
export function jsonWriter(plan: ValuePlan, types: Partial<TypeSource> | undefined): PutValue {
  return makeWriter(plan, new TypeNames(types, toJson));
}

/** What writes values as an object by their expressions. */
export function jsonObjectWriter(
  values: readonly ShownValue[],
  types: Partial<TypeSource> | undefined,
): PutValue {
  const entries = values.map(({ text, value }) => ({ name: text, value }));
  return objectWriter(entries, new TypeNames(types, toJson));
}

function makeWriter(plan: ValuePlan, types: TypeNames): PutValue {
  const presence = new Presence(plan);
  const putPresent = makePresentWriter(plan, types);
  return (view, target, at) => {
    const field = presence.missingField(view);
    return field < 0 ? putPresent(view, target, at) : putMissing(view, field, target, at);
  };
}

function putMissing(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const status = view.status[field] as number;
  if (status !== FieldStatus.unsearched) return put(MISSING[status] ?? FAULT, target, at);
  at = putInteger(integerAt(view, field), target, put(UNSEARCHED, target, at));
  target[at] = CLOSE_BRACE;
  return at + 1;
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
      return (view, target, at) => {
        const value = floatAt(view, plan.field, plan.bytes);
        const text = goFloat(value, plan.bytes);
        return Number.isFinite(value) ? putAscii(text, target, at) : putQuoted(text, target, at);
      };
    case "complex": {
      const { real, imaginary, bytes } = plan;
      return (view, target, at) => {
        const text = goComplex(floatAt(view, real, bytes), floatAt(view, imaginary, bytes), bytes);
        return putQuoted(text, target, at);
      };
    }
    case "string":
    case "bytes":
      return (view, target, at) => putString(view, plan.field, target, at);
    case "pointer":
      return (view, target, at) =>
        isZero(view, plan.field)
          ? put(NULL, target, at)
          : putQuoted(hexAddress(view, plan.field), target, at);
    case "duration":
      return (view, target, at) => putExact(exactInteger(view, plan.field, 8, true), target, at);
    case "time":
      return (view, target, at) =>
        putQuoted(
          goTime(highWord(view, plan.wall), lowWord(view, plan.wall), integerAt(view, plan.ext)),
          target,
          at,
        );
    case "type":
      return (view, target, at) =>
        put(isZero(view, plan.field) ? NULL : types.at(view, plan.field), target, at);
    case "interface":
      return interfaceWriter(plan, types);
    case "reference": {
      const putValue = makeWriter(plan.value, types);
      return (view, target, at) =>
        isZero(view, plan.field) ? put(NULL, target, at) : putValue(view, target, at);
    }
    case "struct":
      return objectWriter(plan.fields, types);
    case "list":
      return listWriter(plan, types);
    case "omitted":
      return (_view, target, at) => put(OMITTED, target, at);
    case "unreadable": {
      const unreadable = ascii(toJson({ $missing: "unreadable", $reason: plan.reason }));
      return (_view, target, at) => put(unreadable, target, at);
    }
  }
}

function interfaceWriter(plan: ValuePlan & { kind: "interface" }, types: TypeNames): PutValue {
  const candidates = plan.candidates.map(({ value }) => new Presence(value));
  const writers = plan.candidates.map(({ value }) => makeWriter(value, types));
  const names = plan.candidates.map(({ typeName }) => types.encoded(typeName));
  return (view, target, at) => {
    if (isZero(view, plan.type)) return put(NULL, target, at);
    const candidate = candidateIndex(view, candidates);
    const name = names[candidate] ?? types.at(view, plan.type);
    at = put(name, target, put(TYPE, target, at));
    const writer = writers[candidate];
    if (writer !== undefined) at = writer(view, target, put(VALUE, target, at));
    target[at] = CLOSE_BRACE;
    return at + 1;
  };
}

/** Of what has the same name, as fields called `_` have, the first is written. */
function objectWriter(
  entries: readonly { readonly name: string; readonly value: ValuePlan }[],
  types: TypeNames,
): PutValue {
  const distinct = entries.filter(({ name }, i) => entries.findIndex((other) => other.name === name) === i);
  const keys = distinct.map(({ name }, i) => ascii(`${i === 0 ? "{" : ","}${toJson(name)}:`));
  const writers = distinct.map(({ value }) => makeWriter(value, types));
  return (view, target, at) => {
    if (writers.length === 0) return put(EMPTY_OBJECT, target, at);
    for (let i = 0; i < writers.length; i++) {
      at = put(keys[i] as Uint8Array, target, at);
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
    if (length > shown) at = put(LIST, target, at);
    target[at++] = OPEN_BRACKET;
    for (let i = 0; i < shown; i++) {
      if (i > 0) target[at++] = COMMA;
      at = (writers[i] as PutValue)(view, target, at);
    }
    target[at++] = CLOSE_BRACKET;
    if (length === shown) return at;
    at = putInteger(length, target, put(LENGTH, target, at));
    target[at] = CLOSE_BRACE;
    return at + 1;
  };
}

function putString(view: RecordView, field: number, target: Uint8Array, at: number): number {
  const { bytes } = view;
  const start = view.start[field] as number;
  const captured = start + (view.length[field] as number);
  const total = view.total[field] as number;
  const isCut = total > captured - start;
  const end = isCut ? wholeEnd(bytes, start, captured) : captured;
  const isValid = isValidUtf8(bytes, start, end);
  if (isCut) at = put(CUT, target, at);
  else if (!isValid) at = put(TEXT, target, at);
  target[at++] = QUOTE;
  at = jsonInto(bytes, start, end, target, at);
  target[at++] = QUOTE;
  if (!isCut && isValid) return at;
  if (isCut) at = putInteger(total, target, put(LENGTH, target, at));
  if (!isValid) {
    at = putBase64(bytes, start, end, target, put(BASE64, target, at));
    target[at++] = QUOTE;
  }
  target[at] = CLOSE_BRACE;
  return at + 1;
}

function putExact(value: number | bigint, target: Uint8Array, at: number): number {
  return typeof value === "number" ? putInteger(value, target, at) : putAscii(value.toString(), target, at);
}

/** Writes text that needs no escapes as a string. */
function putQuoted(text: string, target: Uint8Array, at: number): number {
  target[at] = QUOTE;
  at = putAscii(text, target, at + 1);
  target[at] = QUOTE;
  return at + 1;
}

function putAscii(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function missing(why: string): Uint8Array {
  return ascii(`{"$missing":"${why}"}`);
}

const EMPTY_OBJECT = ascii("{}");
