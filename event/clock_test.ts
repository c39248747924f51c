import assert from "node:assert/strict";
import fc from "fast-check";
import { Clock, RFC3339_BYTES, TIME_OF_DAY_BYTES } from "./clock.ts";

const origin = { monotonicNs: 5_000_000_000n, unixNs: 1_772_357_400_000_000_001n };

Deno.test("Clock.format() gives RFC 3339 in UTC with nanoseconds", () => {
  const clock = new Clock(origin);
  assert.equal(clock.format(0), "2026-03-01T09:30:00.000000001Z");
  assert.equal(clock.format(999_999_998), "2026-03-01T09:30:00.999999999Z");
  assert.equal(clock.format(999_999_999), "2026-03-01T09:30:01.000000000Z");
  assert.equal(clock.format(-2), "2026-03-01T09:29:59.999999999Z");
  assert.equal(clock.format(86_400e9), "2026-03-02T09:30:00.000000001Z");
});

Deno.test("Clock.since() is exact to the nanosecond after years of uptime", () => {
  const uptime = 10n * 365n * 86_400n * 1_000_000_000n + 123n;
  const clock = new Clock({ monotonicNs: uptime, unixNs: origin.unixNs });
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 40n), max: 2n ** 52n }), (elapsed) => {
    const time = uptime + elapsed;
    const low = Number(time & 0xffff_ffffn);
    assert.equal(clock.since(low, Number(time >> 32n)), Number(elapsed));
  }));
});

Deno.test("Clock.format() agrees with bigint arithmetic", () => {
  const clock = new Clock(origin);
  fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 52n }), (elapsed) => {
    const unixNs = origin.unixNs + elapsed;
    const date = new Date(Number(unixNs / 1_000_000n)).toISOString().slice(0, 19);
    const nanoseconds = (unixNs % 1_000_000_000n).toString().padStart(9, "0");
    assert.equal(clock.format(Number(elapsed)), `${date}.${nanoseconds}Z`);
  }));
});

Deno.test("Clock.formatInto() writes what format() gives", () => {
  const clock = new Clock(origin);
  const target = new Uint8Array(RFC3339_BYTES + 1);
  fc.assert(fc.property(fc.integer({ min: -(10 ** 15), max: 2 ** 52 }), (timeNs) => {
    assert.equal(clock.formatInto(timeNs, target, 1), 1 + RFC3339_BYTES);
    assert.equal(new TextDecoder().decode(target.subarray(1)), new Clock(origin).format(timeNs));
  }));
});

Deno.test("Clock.timeOfDayInto() writes the local time of day", () => {
  const clock = new Clock(origin);
  const target = new Uint8Array(TIME_OF_DAY_BYTES);
  for (const timeNs of [0, 1_999_999, 1_000_000_000, 40_000_123_456_789, 500]) {
    assert.equal(clock.timeOfDayInto(timeNs, target, 0), TIME_OF_DAY_BYTES);
    const date = new Date(Number((origin.unixNs + BigInt(timeNs)) / 1_000_000n));
    const seconds = date.toLocaleTimeString("en-GB", { hour12: false });
    const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
    assert.equal(new TextDecoder().decode(target), `${seconds}.${milliseconds}`);
  }
});

Deno.test("Clock.sinceUnixMs() counts from the origin", () => {
  assert.equal(new Clock(origin).sinceUnixMs(1_772_357_400_001), 999_999);
});
