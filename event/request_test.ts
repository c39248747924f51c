import assert from "node:assert/strict";
import { Clock } from "./clock.ts";
import { FieldStatus, RecordView } from "./record_view.ts";
import { toRequest } from "./request.ts";
import {
  FAULT,
  NIL,
  NO_KEY,
  type SampleValue,
  sampleView,
  SERVER_PROBE,
  serverProbe,
} from "./sample_view.ts";

const clock = new Clock({ monotonicNs: 0n, unixNs: 1_772_357_400_000_000_000n });
const probes = [
  { symbol: "main.other", fields: [] },
  { symbol: "main.ping", fields: [{ name: "method" }, { name: "path" }] },
];
const common = { type: "request", time: "2026-03-01T09:30:00.000000007Z", pid: 42, symbol: "main.ping" };

function viewOf(method: Uint8Array | string, path: Uint8Array | string, more = 0): RecordView {
  const view = new RecordView();
  const parts = [method, path].map((part) =>
    typeof part === "string" ? new TextEncoder().encode(part) : part
  );
  view.bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  view.probeIndex = 1;
  view.pid = 42;
  view.timeNs = 7;
  view.fieldCount = 2;
  let at = 0;
  parts.forEach((part, index) => {
    view.setField(index, at, part.length, part.length + more);
    at += part.length;
  });
  return view;
}

Deno.test("toRequest() gives what is known when a handler is entered", () => {
  assert.deepEqual(toRequest(viewOf("GET", "/päth"), probes, clock), {
    ...common,
    method: "GET",
    path: "/päth",
  });
});

Deno.test("toRequest() tells an empty path from one that is not known", () => {
  const view = viewOf("GET", "");
  assert.deepEqual(toRequest(view, probes, clock), { ...common, method: "GET", path: "" });
  view.setMissing(1, FieldStatus.nil);
  assert.deepEqual(toRequest(view, probes, clock), { ...common, method: "GET" });
  view.setMissing(0, FieldStatus.fault);
  assert.deepEqual(toRequest(view, probes, clock), common);
});

Deno.test("toRequest() says what was cut, and ends at a whole character", () => {
  const path = new TextEncoder().encode("/€").subarray(0, 3);
  assert.deepEqual(toRequest(viewOf("GET", path, 5), probes, clock), {
    ...common,
    method: "GET",
    methodTruncated: true,
    path: "/",
    pathTruncated: true,
  });
});

Deno.test("toRequest() keeps the bytes of a path that is not UTF-8, as a copy", () => {
  const view = viewOf("GET", Uint8Array.of(0x2f, 0xff));
  const event = toRequest(view, probes, clock);
  view.bytes.fill(0);
  assert.deepEqual(event, {
    ...common,
    method: "GET",
    path: "/\ufffd",
    pathBytes: Uint8Array.of(0x2f, 0xff),
  });
});

Deno.test("toRequest() ignores what an earlier, longer record left in the view", () => {
  const view = viewOf("GET", "/a");
  view.fieldCount = 1;
  assert.deepEqual(toRequest(view, probes, clock), { ...common, method: "GET" });
});

Deno.test("toRequest() of a probe that is not there throws", () => {
  const view = viewOf("GET", "/");
  view.probeIndex = 2;
  assert.throws(() => toRequest(view, probes, clock), RangeError);
});

Deno.test("toRequest() gives what is known at a request's end", () => {
  const values = {
    method: "GET",
    uri: "/a%20b?x=1",
    status: 0,
    bytes: 5,
    duration: 1_234_567,
    proto: "HTTP/2.0",
    host: "example.org",
    remote: "127.0.0.1:4711",
    route: "GET /{name}",
  };
  const server = [SERVER_PROBE];
  assert.deepEqual(toRequest(sampleView(server, values), server, clock), {
    type: "request",
    time: common.time,
    pid: 42,
    method: "GET",
    path: "/a b",
    status: 200,
    durationMs: 1.234567,
    proto: "HTTP/2.0",
    bytes: 5,
    host: "example.org",
    remote: "127.0.0.1:4711",
    route: "GET /{name}",
    outcome: "ok",
  });
});

Deno.test("toRequest() leaves out what is not known of a request that ended otherwise", () => {
  const probes = [serverProbe(["method", "uri", "status", "duration", "route"], "panic")];
  const view = sampleView(probes, { method: "GET", uri: "/%ff", status: 0, route: "" });
  assert.deepEqual(toRequest(view, probes, clock), {
    type: "request",
    time: common.time,
    pid: 42,
    method: "GET",
    path: "/\ufffd",
    pathBytes: Uint8Array.of(0x2f, 0xff),
    outcome: "panic",
  });
});

Deno.test("toRequest() knows a connection that was taken over where requests end that panicked", () => {
  const probes = [serverProbe(["method", "hijacked"], "panic")];
  const outcome = (hijacked: SampleValue) =>
    toRequest(sampleView(probes, { method: "GET", hijacked }), probes, clock).outcome;
  assert.deepEqual([0, 1, NIL, FAULT].map(outcome), ["panic", "hijacked", "panic", "panic"]);
});

Deno.test("toRequest() knows the handler that a request came to by its mark", () => {
  const probes = [serverProbe(["method", "uri", "mark"]), serverProbe([]), {
    symbol: "main.ping",
    fields: [],
  }];
  assert.equal(
    toRequest(sampleView(probes, { method: "GET", uri: "/", mark: 2 }), probes, clock).symbol,
    "main.ping",
  );
  assert.equal(
    toRequest(sampleView(probes, { method: "GET", uri: "/", mark: 3 }), probes, clock).symbol,
    undefined,
  );
});

Deno.test("toRequest() has the headers that were captured, and no secret", () => {
  const probes = [serverProbe(["header:X-Id", "header:Cookie", "header:Accept"])];
  const of = (values: Parameters<typeof sampleView>[1]) =>
    toRequest(sampleView(probes, values), probes, clock);
  assert.deepEqual(
    of({ "header:X-Id": "7", "header:Cookie": 0xc000, "header:Accept": NO_KEY }).headers,
    { "X-Id": "7", "Cookie": "<redacted>" },
  );
  assert.deepEqual(of({ "header:X-Id": "", "header:Cookie": NO_KEY, "header:Accept": FAULT }).headers, {
    "X-Id": "",
  });
  assert.ok(!("headers" in of({ "header:X-Id": NO_KEY, "header:Cookie": NO_KEY, "header:Accept": NO_KEY })));
});

Deno.test("toRequest() tells what is known of TLS", () => {
  const probes = [serverProbe(["tls", "alpn", "server_name"])];
  const { tls, alpn, serverName } = toRequest(
    sampleView(probes, { tls: 0x0304, alpn: "h2", server_name: "example.org" }),
    probes,
    clock,
  );
  assert.deepEqual({ tls, alpn, serverName }, { tls: "1.3", alpn: "h2", serverName: "example.org" });
  assert.equal(toRequest(sampleView(probes, {}), probes, clock).tls, undefined);
});
