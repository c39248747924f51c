/** Values of calls made by hand, and what they are as text and as JSON: for the tests of all that shows them. */
import type { RecordView, ValuePlan } from "./record_view.ts";
import {
  callProbe,
  FAULT,
  floatBits,
  NIL,
  NO_KEY,
  OTHER_TYPE,
  RANGE,
  type SampleValue,
  sampleView,
} from "./sample_view.ts";
import type { TypeSource } from "./type_source.ts";

/** The address of `net/http.T`'s descriptor in process 42; no other type has a name. */
export const HTTP_TYPE = 0x50_1000;
export const TYPES: TypeSource = {
  typeAt: (pid, address) => pid === 42 && address === HTTP_TYPE ? "net/http.T" : undefined,
};

/** A value of each kind. */
export interface SampleShown {
  readonly plan: ValuePlan;
  /** The record's fields. */
  readonly values: readonly SampleValue[];
  readonly text: string;
  readonly json: string;
}

/** The record of these fields. */
export function recordOf(values: readonly SampleValue[]): RecordView {
  return sampleView([callProbe({}, values.length)], values);
}

const string = (field: number): ValuePlan => ({ kind: "string", field });
const int = (field: number): ValuePlan => ({ kind: "integer", field, bytes: 8, signed: true });
const bytes: ValuePlan = { kind: "bytes", field: 0 };
const order: ValuePlan = {
  kind: "struct",
  fields: [{ name: "ID", value: int(0) }, { name: "Email", value: string(1) }],
};
const slice: ValuePlan = { kind: "list", lengthField: 0, length: 2, elements: [int(1), int(2)] };
const error: ValuePlan = {
  kind: "interface",
  type: 0,
  candidates: [
    { typeName: "*errors.errorString", value: string(1) },
    { typeName: "syscall.Errno", value: int(2) },
    { typeName: "main.Empty", value: { kind: "omitted" } },
  ],
};
const integer = (bytes: 1 | 2 | 4 | 8, signed: boolean): ValuePlan => ({
  kind: "integer",
  field: 0,
  bytes,
  signed,
});

function same(plan: ValuePlan, values: readonly SampleValue[], text: string, json = text): SampleShown {
  return { plan, values, text, json };
}

/** Values that are there. */
export const PRESENT: readonly SampleShown[] = [
  same({ kind: "bool", field: 0 }, [1], "true"),
  same({ kind: "bool", field: 0 }, [0], "false"),
  same({ kind: "bool", field: 0 }, [0x7f_0100], "false"),
  same({ kind: "bool", field: 0 }, [0x7f_0101], "true"),
  same({ kind: "constant", value: 3 }, [], "3"),
  same(integer(1, true), [0xff], "-1"),
  same(integer(1, false), [0xff], "255"),
  same(integer(2, true), [0x8000], "-32768"),
  same(integer(2, false), [0x8000], "32768"),
  same(integer(4, true), [0xffff_fffe], "-2"),
  same(integer(4, false), [0xffff_fffe], "4294967294"),
  same(integer(8, true), [-1], "-1"),
  same(integer(8, true), [2n ** 63n - 1n], "9223372036854775807"),
  same(integer(8, true), [-(2n ** 63n)], "-9223372036854775808"),
  same(integer(8, false), [2n ** 64n - 1n], "18446744073709551615"),
  same(integer(8, false), [2n ** 53n + 1n], "9007199254740993"),
  same({ kind: "float", field: 0, bytes: 8 }, [floatBits(1e6)], "1e+06"),
  same({ kind: "float", field: 0, bytes: 8 }, [floatBits(-0)], "-0"),
  same({ kind: "float", field: 0, bytes: 4 }, [floatBits(0.1, 4)], "0.1"),
  same({ kind: "float", field: 0, bytes: 8 }, [floatBits(NaN)], "NaN", '"NaN"'),
  same({ kind: "float", field: 0, bytes: 8 }, [floatBits(Infinity)], "+Inf", '"+Inf"'),
  same(
    { kind: "complex", real: 0, imaginary: 1, bytes: 8 },
    [floatBits(1), floatBits(2)],
    "(1+2i)",
    '"(1+2i)"',
  ),
  same(string(0), ["a b"], "a b", '"a b"'),
  same(string(0), [""], "", '""'),
  same(string(0), ['é\n"\\<nil>'], 'é\\x0a"\\\\<nil>', '"é\\n\\"\\\\<nil>"'),
  same(string(0), [{ text: "abc", more: 4997 }], "abc\\…", '{"$cut":"abc","$length":5000}'),
  same(
    string(0),
    [Uint8Array.of(0x61, 0xff)],
    "a\\xff",
    '{"$text":"a\ufffd","$b64":"Yf8="}',
  ),
  same(
    string(0),
    [{ text: Uint8Array.of(0xff, 0x61, 0xc3), more: 1 }],
    "\\xffa\\…",
    '{"$cut":"\ufffda","$length":4,"$b64":"/2E="}',
  ),
  same(bytes, ["text\n"], "text\\x0a", '"text\\n"'),
  same(bytes, [""], "", '""'),
  same(bytes, [{ text: Uint8Array.of(0x61, 0xc3), more: 1 }], "a\\…", '{"$cut":"a","$length":3}'),
  same(
    bytes,
    [Uint8Array.of(0x1f, 0x8b, 0xff)],
    "0x1f8bff",
    '{"$text":"\\u001f\ufffd\ufffd","$b64":"H4v/"}',
  ),
  same(bytes, [{ text: "\0a", more: 2 }], "0x0061\\…", '{"$cut":"\\u0000a","$length":4}'),
  same({ kind: "pointer", field: 0 }, [0xc0_0001_0000], "0xc000010000", '"0xc000010000"'),
  same({ kind: "pointer", field: 0 }, [0xff], "0xff", '"0xff"'),
  same({ kind: "pointer", field: 0 }, [0], "<nil>", "null"),
  same({ kind: "duration", field: 0 }, [1_500_000_000], "1.5s", "1500000000"),
  same({ kind: "duration", field: 0 }, [-1500], "-1.5µs", "-1500"),
  same(
    { kind: "time", wall: 0, ext: 1 },
    [5, 63_907_954_200],
    "2026-03-01T09:30:00.000000005Z",
    '"2026-03-01T09:30:00.000000005Z"',
  ),
  same({ kind: "type", field: 0 }, [HTTP_TYPE], "net/http.T", '"net/http.T"'),
  same({ kind: "type", field: 0 }, [0x51_0000], "0x510000", '"0x510000"'),
  same({ kind: "type", field: 0 }, [0], "<nil>", "null"),
  same(error, [0, OTHER_TYPE, OTHER_TYPE], "<nil>", "null"),
  same(
    error,
    [0x52_0000, "not found", OTHER_TYPE],
    "not found",
    '{"$type":"*errors.errorString","value":"not found"}',
  ),
  same(error, [0x52_0000, OTHER_TYPE, 2], "2", '{"$type":"syscall.Errno","value":2}'),
  same(
    error,
    [0x52_0000, FAULT, OTHER_TYPE],
    "\\<fault>",
    '{"$type":"*errors.errorString","value":{"$missing":"fault"}}',
  ),
  same(error, [HTTP_TYPE, OTHER_TYPE, OTHER_TYPE], "(net/http.T)", '{"$type":"net/http.T"}'),
  same(error, [0x52_0000, OTHER_TYPE, OTHER_TYPE], "(0x520000)", '{"$type":"0x520000"}'),
  same(order, [17, "x"], "{ID:17 Email:x}", '{"ID":17,"Email":"x"}'),
  same({ kind: "struct", fields: [] }, [], "{}"),
  same(
    { kind: "struct", fields: [{ name: "_", value: int(0) }, { name: "_", value: int(1) }] },
    [1, 2],
    "{_:1 _:2}",
    '{"_":1}',
  ),
  same(
    { kind: "reference", field: 2, value: order },
    [17, "x", 0xc000],
    "&{ID:17 Email:x}",
    '{"ID":17,"Email":"x"}',
  ),
  same({ kind: "reference", field: 2, value: order }, [NIL, NIL, 0], "<nil>", "null"),
  same(
    { kind: "reference", field: 2, value: order },
    [FAULT, FAULT, 0xc000],
    "&\\<fault>",
    '{"$missing":"fault"}',
  ),
  same(slice, [0, RANGE, RANGE], "[]"),
  same(slice, [1, 7, RANGE], "[7]"),
  same(slice, [2, 7, 8], "[7 8]", "[7,8]"),
  same(slice, [100, 7, 8], "[7 8 …]", '{"$list":[7,8],"$length":100}'),
  same({ ...slice, elements: [] }, [3], "[…]", '{"$list":[],"$length":3}'),
  same(
    { kind: "list", lengthField: undefined, length: 2, elements: [int(0), int(1)] },
    [7, 8],
    "[7 8]",
    "[7,8]",
  ),
  same(
    { kind: "list", lengthField: undefined, length: 3, elements: [int(0)] },
    [7],
    "[7 …]",
    '{"$list":[7],"$length":3}',
  ),
];

/** Values that are not there, and structs that are not whole. */
export const ABSENT: readonly SampleShown[] = [
  same(int(0), [NIL], "\\<nil>", '{"$missing":"nil"}'),
  same(string(0), [FAULT], "\\<fault>", '{"$missing":"fault"}'),
  same(string(0), [RANGE], "\\<range>", '{"$missing":"range"}'),
  same(int(0), [OTHER_TYPE], "\\<other type>", '{"$missing":"other type"}'),
  same(string(0), [NO_KEY], "\\<no key>", '{"$missing":"no key"}'),
  same(
    string(0),
    [{ mapEntries: 1000 }],
    "\\<1000 entries, not searched>",
    '{"$missing":"not searched","$entries":1000}',
  ),
  same({ kind: "omitted" }, [], "…", '{"$missing":"omitted"}'),
  same(
    { kind: "unreadable", reason: 'a float in register "X0"' },
    [],
    "\\<unreadable>",
    '{"$missing":"unreadable","$reason":"a float in register \\"X0\\""}',
  ),
  same({ kind: "complex", real: 0, imaginary: 1, bytes: 8 }, [1, FAULT], "\\<fault>", '{"$missing":"fault"}'),
  same({ kind: "time", wall: 0, ext: 1 }, [1, FAULT], "\\<fault>", '{"$missing":"fault"}'),
  same(order, [NIL, NIL], "\\<nil>", '{"$missing":"nil"}'),
  same(order, [17, FAULT], "{ID:17 Email:\\<fault>}", '{"ID":17,"Email":{"$missing":"fault"}}'),
  same(
    order,
    [NIL, FAULT],
    "{ID:\\<nil> Email:\\<fault>}",
    '{"ID":{"$missing":"nil"},"Email":{"$missing":"fault"}}',
  ),
  same(slice, [NIL, NIL, NIL], "\\<nil>", '{"$missing":"nil"}'),
  same(
    { kind: "list", lengthField: undefined, length: 2, elements: [int(0), int(1)] },
    [RANGE, RANGE],
    "\\<range>",
    '{"$missing":"range"}',
  ),
];
