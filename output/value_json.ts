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
import { goFloat } from "../event/go_float.ts";
import { jsonInto, toJson } from "../event/json_text.ts";
import { FieldStatus, type RecordView, type ShownValue, type ValuePlan } from "../event/record_view.ts";
import type { TypeSource } from "../event/type_source.ts";
import { isValidUtf8, wholeEnd } from "../event/utf8.ts";
import { candidateIndex, exactInteger, floatAt, Presence } from "../event/value_fields.ts";
import { putBase64 } from "./base64.ts";
import { ascii, put, putAscii } from "./put.ts";
import { TypeNames } from "./type_names.ts";
import { type PlanOf, putExact, type PutValue, ValueWriter } from "./value_writer.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const OMITTED = missing("omitted");
const TEXT = ascii('{"$text":');
const CUT = ascii('{"$cut":');
const LIST = ascii('{"$list":');
const LENGTH = ascii(',"$length":');
const BASE64 = ascii(',"$b64":"');
const TYPE = ascii('{"$type":');
const VALUE = ascii(',"value":');
const WORDS = {
  nil: ascii("null"),
  missing: {
    [FieldStatus.nil]: missing("nil"),
    [FieldStatus.range]: missing("range"),
    [FieldStatus.otherType]: missing("other type"),
    [FieldStatus.noKey]: missing("no key"),
  },
  fault: missing("fault"),
  unsearched: [ascii('{"$missing":"not searched","$entries":'), ascii("}")],
} as const;

/** What writes the values of `plan` as JSON. */
export function jsonWriter(plan: ValuePlan, types: Partial<TypeSource> | undefined): PutValue {
  return makeWriter(types).of(plan);
}

/** What writes values as an object by their expressions. */
export function jsonObjectWriter(
  values: readonly ShownValue[],
  types: Partial<TypeSource> | undefined,
): PutValue {
  const fields = values.map(({ text, value }) => ({ name: text, value }));
  return makeWriter(types).struct({ fields });
}

function makeWriter(types: Partial<TypeSource> | undefined): JsonWriter {
  return new JsonWriter(new TypeNames(types, toJson), WORDS);
}

class JsonWriter extends ValueWriter {
  /** As a string. */
  protected override putPlain(text: string, target: Uint8Array, at: number): number {
    target[at] = QUOTE;
    at = putAscii(text, target, at + 1);
    target[at] = QUOTE;
    return at + 1;
  }

  protected override float({ field, bytes }: PlanOf<"float">): PutValue {
    return (view, target, at) => {
      const value = floatAt(view, field, bytes);
      const text = goFloat(value, bytes);
      return Number.isFinite(value) ? putAscii(text, target, at) : this.putPlain(text, target, at);
    };
  }

  protected override duration({ field }: PlanOf<"duration">): PutValue {
    return (view, target, at) => putExact(exactInteger(view, field, 8, true), target, at);
  }

  protected override text({ field }: PlanOf<"string" | "bytes">): PutValue {
    return (view, target, at) => putString(view, field, target, at);
  }

  protected override held(plan: PlanOf<"interface">, candidates: readonly PutValue[]): PutValue {
    const presences = plan.candidates.map(({ value }) => new Presence(value));
    const names = plan.candidates.map(({ typeName }) => this.types.encoded(typeName));
    return (view, target, at) => {
      const candidate = candidateIndex(view, presences);
      const name = names[candidate] ?? this.types.at(view, plan.type);
      at = put(name, target, put(TYPE, target, at));
      const putValue = candidates[candidate];
      if (putValue !== undefined) at = putValue(view, target, put(VALUE, target, at));
      target[at] = CLOSE_BRACE;
      return at + 1;
    };
  }

  protected override referred(putValue: PutValue): PutValue {
    return putValue;
  }

  protected override fieldHead(name: string, isFirst: boolean): Uint8Array {
    return ascii(`${isFirst ? "{" : ","}${toJson(name)}:`);
  }

  /** Of what has the same name, as fields called `_` have, the first is written. */
  override struct({ fields }: Omit<PlanOf<"struct">, "kind">): PutValue {
    return super.struct({
      fields: fields.filter(({ name }, i) => fields.findIndex((other) => other.name === name) === i),
    });
  }

  protected override putList(
    elements: readonly PutValue[],
    length: number,
    view: RecordView,
    target: Uint8Array,
    at: number,
  ): number {
    const shown = Math.min(length, elements.length);
    if (length > shown) at = put(LIST, target, at);
    target[at++] = OPEN_BRACKET;
    for (let i = 0; i < shown; i++) {
      if (i > 0) target[at++] = COMMA;
      at = (elements[i] as PutValue)(view, target, at);
    }
    target[at++] = CLOSE_BRACKET;
    if (length === shown) return at;
    at = putInteger(length, target, put(LENGTH, target, at));
    target[at] = CLOSE_BRACE;
    return at + 1;
  }

  protected override omitted(): Uint8Array {
    return OMITTED;
  }

  protected override unreadable({ reason }: PlanOf<"unreadable">): Uint8Array {
    return ascii(toJson({ $missing: "unreadable", $reason: reason }));
  }
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

function missing(why: string): Uint8Array {
  return ascii(`{"$missing":"${why}"}`);
}
