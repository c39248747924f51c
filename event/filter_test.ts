import assert from "node:assert/strict";
import { UsageError } from "../base/errors.ts";
import { filterFields, filterNeedsEnd, type FilterOptions, makeFilter } from "./filter.ts";
import {
  FAULT,
  GRPC_PROBE,
  HANDLER_PROBE,
  NIL,
  type SampleValue,
  sampleView,
  SERVER_PROBE,
  serverProbe,
} from "./sample_view.ts";

const probes = [SERVER_PROBE, serverProbe(["method", "uri", "status", "duration"], "panic"), HANDLER_PROBE];
const request = { method: "GET", uri: "/a%20b?x", status: 0, bytes: 5, duration: 2_000_000 };

function passes(
  options: FilterOptions,
  values: Readonly<Record<string, SampleValue>> = {},
  probeIndex = 0,
  attachedNs = 0,
): boolean {
  const filter = makeFilter(options, probes);
  assert.ok(filter !== undefined);
  filter.attachedNs = attachedNs;
  return filter.matches(sampleView(probes, { ...request, ...values }, { probeIndex, timeNs: 5_000_000 }));
}

Deno.test("makeFilter() gives no filter when everything is wanted", () => {
  assert.equal(makeFilter({}, probes), undefined);
  assert.equal(makeFilter({ failed: false, minLatencyMs: undefined }, [HANDLER_PROBE]), undefined);
});

Deno.test("a filter by method takes one of several, in any case, and the whole of it", () => {
  assert.equal(passes({ methods: ["POST", "get"] }), true);
  assert.equal(passes({ methods: ["POST"] }), false);
  assert.equal(passes({ methods: ["GE", "GETS"] }), false);
  assert.equal(passes({ methods: ["get"] }, { method: "get" }), true);
  assert.equal(passes({ methods: ["GET"] }, { method: { text: "GET", more: 1 } }), false);
  assert.equal(passes({ methods: ["GET"] }, { method: FAULT }), false);
  assert.equal(passes({ methods: ["GET"] }, {}, 2), true);
});

Deno.test("a filter by path compares the decoded path without its query", () => {
  assert.equal(passes({ path: "/a b" }), true);
  assert.equal(passes({ path: "/a*" }), true);
  assert.equal(passes({ path: "/a%20b" }), false);
  assert.equal(passes({ path: "*x*" }), false);
  assert.equal(passes({ path: "*" }, { uri: NIL }), false);
  assert.equal(passes({ path: "/p*" }, { path: "/ping" }, 2), true);
});

Deno.test("a filter of gRPC's calls knows their method, and takes any code but OK for failed", () => {
  const call = { path: "/shop.Orders/Get", grpc_status: 0, duration: 2_000_000 };
  const matches = (options: FilterOptions, values: Readonly<Record<string, SampleValue>> = {}) =>
    makeFilter(options, [GRPC_PROBE])!.matches(
      sampleView([GRPC_PROBE], { ...call, ...values }, { probeIndex: 0, timeNs: 5_000_000 }),
    );
  assert.equal(matches({ methods: ["post"] }), true);
  assert.equal(matches({ methods: ["GET"] }), false);
  assert.equal(matches({ path: "/shop.*" }), true);
  assert.equal(matches({ failed: true }), false);
  assert.equal(matches({ failed: true }, { grpc_status: 5 }), true);
  assert.equal(matches({ failed: true }, { grpc_status: FAULT }), false);
  const statuses = [{ from: 500, to: 599 }];
  assert.throws(() => makeFilter({ statuses }, [GRPC_PROBE]), UsageError);
  // A server may serve by both.
  const both = [...probes, GRPC_PROBE];
  const filter = makeFilter({ statuses }, both)!;
  assert.equal(
    filter.matches(sampleView(both, call, { probeIndex: probes.length, timeNs: 5_000_000 })),
    false,
  );
});

Deno.test("a filter by status takes 0 for 200, and knows none of a handler that panicked", () => {
  const ok = [{ from: 200, to: 299 }];
  assert.equal(passes({ statuses: ok }), true);
  assert.equal(passes({ statuses: ok }, { status: 404 }), false);
  assert.equal(passes({ statuses: [{ from: 404, to: 404 }, ...ok] }, { status: 404 }), true);
  assert.equal(passes({ statuses: ok }, { status: FAULT }), false);
  assert.equal(passes({ statuses: ok }, {}, 1), false);
  assert.equal(passes({ statuses: ok }, { status: -1 }), false);
  assert.equal(passes({ statuses: ok }, { status: 1_000_000 }), false);
});

Deno.test("a filter by failure takes 400 and more, and panics, but no connection that was taken over", () => {
  assert.equal(passes({ failed: true }), false);
  assert.equal(passes({ failed: true }, { status: 399 }), false);
  assert.equal(passes({ failed: true }, { status: 400 }), true);
  assert.equal(passes({ failed: true }, { status: 599 }), true);
  assert.equal(passes({ failed: true }, { status: 200 }, 1), true);
  const taken = [serverProbe(["status", "hijacked"], "panic")];
  const isFailed = (hijacked: number) =>
    makeFilter({ failed: true }, taken)?.matches(sampleView(taken, { status: 0, hijacked }));
  assert.deepEqual([0, 1].map(isFailed), [true, false]);
});

Deno.test("a filter by latency takes the least that a request which began earlier has lasted", () => {
  assert.equal(passes({ minLatencyMs: 2 }), true);
  assert.equal(passes({ minLatencyMs: 2.001 }), false);
  assert.equal(passes({ minLatencyMs: 3 }, { duration: NIL }, 0, 2_000_000), true);
  assert.equal(passes({ minLatencyMs: 4 }, { duration: NIL }, 0, 2_000_000), false);
  assert.equal(passes({ minLatencyMs: 1 }, { duration: FAULT }), false);
});

Deno.test("a filter of several parts wants all of them", () => {
  const options = { methods: ["GET"], path: "/a*", failed: true, statuses: [{ from: 500, to: 599 }] };
  assert.equal(passes(options, { status: 503 }), true);
  assert.equal(passes(options, { status: 404 }), false);
  assert.equal(passes(options, { status: 503, method: "PUT" }), false);
  assert.equal(passes(options, { status: 503, uri: "/b" }), false);
});

Deno.test("makeFilter() refuses what no probe can answer", () => {
  const cases: readonly [FilterOptions, string][] = [
    [{ statuses: [{ from: 404, to: 404 }] }, "--status"],
    [{ failed: true }, "--failed"],
    [{ minLatencyMs: 1 }, "--min-latency"],
  ];
  for (const [options, flag] of cases) {
    assert.throws(
      () => makeFilter(options, [HANDLER_PROBE]),
      (error) =>
        error instanceof UsageError && error.hint !== "" &&
        error.message === `${flag} needs what is not known when a handler is entered`,
    );
  }
});

Deno.test("filterFields() names what has to be captured", () => {
  assert.deepEqual(filterFields({}), []);
  assert.deepEqual(filterFields({ methods: ["GET"], path: "*", failed: true, minLatencyMs: 1 }), [
    "method",
    "uri",
    "status",
    "duration",
  ]);
});

Deno.test("filterNeedsEnd() tells what is known at a handler's entry from what is not", () => {
  assert.equal(filterNeedsEnd({ methods: ["GET"], path: "/", failed: false }), false);
  assert.equal(filterNeedsEnd({ failed: true }), true);
  assert.equal(filterNeedsEnd({ minLatencyMs: 1 }), true);
  assert.equal(filterNeedsEnd({ statuses: [] }), true);
});

Deno.test("a filter learns of probes that are added later", () => {
  const filter = makeFilter({ path: "/a b" }, [HANDLER_PROBE]);
  assert.ok(filter !== undefined);
  const more = [HANDLER_PROBE, SERVER_PROBE];
  filter.learn(more);
  assert.equal(filter.matches(sampleView(more, request, { probeIndex: 1 })), true);
});
