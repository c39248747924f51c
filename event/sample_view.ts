/** Records made by hand, for the tests of this room and of output/. */
import { type EventProbe, FieldStatus, type Outcome, RecordView } from "./record_view.ts";

/**
 * The value of a field: text or bytes, what was captured of a longer one, an integer, or why there is none. A field
 * that is left out is `nil`.
 */
export type SampleValue =
  | string
  | Uint8Array
  | { readonly text: string | Uint8Array; readonly more: number }
  | number
  | bigint
  | typeof NIL
  | typeof FAULT;

export const NIL = Symbol("nil");
export const FAULT = Symbol("fault");

/** A whole-server probe with all the fields that there are. */
export const SERVER_PROBE: EventProbe = serverProbe(
  ["method", "uri", "status", "bytes", "duration", "proto", "host", "remote", "route"],
);

/** A handler's probe. */
export const HANDLER_PROBE: EventProbe = {
  symbol: "main.ping",
  fields: [{ name: "method" }, { name: "path" }],
};

/** A whole-server probe with these fields. */
export function serverProbe(names: readonly string[], outcome?: Outcome): EventProbe {
  return {
    symbol: "net/http.(*response).finishRequest",
    kind: "server",
    ...outcome === undefined ? {} : { outcome },
    fields: names.map((name) => ({ name })),
  };
}

/** The record of probe `probeIndex`, with `values` by the fields' names; 8 bytes lie before the first value. */
export function sampleView(
  probes: readonly EventProbe[],
  values: Readonly<Record<string, SampleValue>>,
  { probeIndex = 0, timeNs = 7, pid = 42 } = {},
): RecordView {
  const { fields } = probes[probeIndex]!;
  const bytes: number[] = new Array(8).fill(0xff);
  const view = new RecordView();
  Object.assign(view, { probeIndex, timeNs, pid, fieldCount: fields.length });
  fields.forEach(({ name }, index) => {
    const value = values[name] ?? NIL;
    if (typeof value === "symbol") {
      return view.setMissing(index, value === NIL ? FieldStatus.nil : FieldStatus.fault);
    }
    const { part, more } = encode(value);
    view.setField(index, bytes.length, part.length, part.length + more);
    bytes.push(...part);
  });
  view.bytes = Uint8Array.from([...bytes, 0xff]);
  return view;
}

function encode(value: Exclude<SampleValue, symbol>): { part: Uint8Array; more: number } {
  if (typeof value === "number" || typeof value === "bigint") {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigInt64(0, BigInt(value), true);
    return { part, more: 0 };
  }
  if (typeof value === "object" && "more" in value) {
    return { part: encode(value.text).part, more: value.more };
  }
  return { part: typeof value === "string" ? new TextEncoder().encode(value) : value, more: 0 };
}
