/** Records made by hand, for the tests of this room and of output/. */
import { type CallPlan, type EventProbe, FieldStatus, type Outcome, RecordView } from "./record_view.ts";

/**
 * The value of a field: text or bytes, what was captured of a longer one, an integer, or why there is none: a symbol, or
 * the entries of a map that was not searched. A field that is left out is `nil`.
 */
export type SampleValue =
  | string
  | Uint8Array
  | { readonly text: string | Uint8Array; readonly more: number }
  | number
  | bigint
  | { readonly mapEntries: number }
  | symbol;

export const NIL: unique symbol = Symbol("nil");
export const FAULT: unique symbol = Symbol("fault");
export const RANGE: unique symbol = Symbol("range");
export const OTHER_TYPE: unique symbol = Symbol("otherType");
export const NO_KEY: unique symbol = Symbol("noKey");

/** A whole-server probe with all the fields that there are. */
export const SERVER_PROBE: EventProbe = serverProbe(
  ["method", "uri", "status", "bytes", "duration", "proto", "host", "remote", "route"],
);

/** A probe where calls of gRPC end. */
export const GRPC_PROBE: EventProbe = {
  ...serverProbe(["path", "grpc_status", "duration"]),
  constants: { method: "POST", proto: "gRPC" },
};

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

/** A probe of calls: of `main.f`, with what is given of `call`, and fields that are called `0`, `1`, ... */
export function callProbe(call: Partial<CallPlan>, fieldCount: number, symbol = "main.f"): EventProbe {
  return {
    symbol,
    kind: "call",
    call: { args: [], results: [], durationField: -1, goidField: -1, ...call },
    fields: Array.from({ length: fieldCount }, (_, i) => ({ name: String(i) })),
  };
}

/** The bits of a float of so many bytes, as a value of a field. */
export function floatBits(value: number, bytes: 4 | 8 = 8): Uint8Array {
  const bits = new DataView(new ArrayBuffer(8));
  if (bytes === 8) bits.setFloat64(0, value, true);
  else bits.setFloat32(0, value, true);
  return new Uint8Array(bits.buffer);
}

/** The record of probe `probeIndex`, with `values` by the fields' names; 8 bytes lie before the first value. */
export function sampleView(
  probes: readonly EventProbe[],
  values: Readonly<Record<string, SampleValue>> | readonly SampleValue[],
  { probeIndex = 0, timeNs = 7, pid = 42 } = {},
): RecordView {
  const { fields } = probes[probeIndex]!;
  const byName = values as Readonly<Record<string, SampleValue>>;
  const bytes: number[] = new Array(8).fill(0xff);
  const view = new RecordView();
  Object.assign(view, { probeIndex, timeNs, pid, fieldCount: fields.length });
  fields.forEach(({ name }, index) => {
    const value = byName[name] ?? NIL;
    if (typeof value === "symbol") {
      return view.setMissing(index, FieldStatus[value.description as keyof typeof FieldStatus]);
    }
    if (typeof value === "object" && "mapEntries" in value) {
      view.setMissing(index, FieldStatus.unsearched);
      view.start[index] = bytes.length;
      bytes.push(...encode(value.mapEntries).part);
      return;
    }
    const { part, more } = encode(value);
    view.setField(index, bytes.length, part.length, part.length + more);
    bytes.push(...part);
  });
  view.bytes = Uint8Array.from([...bytes, 0xff]);
  return view;
}

function encode(
  value: string | Uint8Array | number | bigint | { text: string | Uint8Array; more: number },
): { part: Uint8Array; more: number } {
  if (typeof value === "number" || typeof value === "bigint") {
    const part = new Uint8Array(8);
    new DataView(part.buffer).setBigInt64(0, BigInt(value), true);
    return { part, more: 0 };
  }
  if (typeof value === "object" && !(value instanceof Uint8Array)) {
    return { part: encode(value.text).part, more: value.more };
  }
  return { part: typeof value === "string" ? new TextEncoder().encode(value) : value, more: 0 };
}
