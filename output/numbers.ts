/** Numbers as a table shows them to people, and exact ones as programs read them; written as bytes. */
import { INTEGER_BYTES, putInteger, putPadded } from "../event/digits.ts";
import { grpcStatusName } from "../event/grpc_status.ts";
import { put } from "./put.ts";

const ZERO = 0x30;
const POINT = 0x2e;
const LETTER = { d: 0x64, h: 0x68, m: 0x6d, s: 0x73, u: 0x75 } as const;
/** From the second one on: each is 1024 of the one before. */
const SIZE_UNITS = [..."KMGTPE"].map((unit) => unit.charCodeAt(0));

/** The most bytes that each of these functions writes. */
export const NUMBER_BYTES = INTEGER_BYTES + 8;

/**
 * A duration in at most 7 columns, for nanoseconds of up to 64 bits: `87us`, `1.2ms`, `123ms`, `3.4s`, `2m3s`, `1h5m`,
 * `4d3h`, `1234d`. It is rounded; from a minute on, down.
 */
export function putLatency(ns: number, target: Uint8Array, at: number): number {
  const micros = Math.round(ns / 1000);
  if (micros < 1000) {
    at = putInteger(micros, target, at);
    target[at++] = LETTER.u;
    target[at++] = LETTER.s;
    return at;
  }
  const tenthsOfMs = Math.round(ns / 100_000);
  if (tenthsOfMs < 10_000) {
    at = tenthsOfMs < 1000
      ? putTenths(tenthsOfMs, target, at)
      : putInteger(Math.min(999, Math.round(ns / 1_000_000)), target, at);
    target[at++] = LETTER.m;
    target[at++] = LETTER.s;
    return at;
  }
  const tenthsOfSeconds = Math.round(ns / 100_000_000);
  if (tenthsOfSeconds < 600) {
    at = putTenths(tenthsOfSeconds, target, at);
    target[at++] = LETTER.s;
    return at;
  }
  const seconds = Math.max(60, Math.floor(ns / 1_000_000_000));
  if (seconds < 3600) return putPair(seconds, 60, LETTER.m, 1, LETTER.s, target, at);
  if (seconds < 360_000) return putPair(seconds, 3600, LETTER.h, 60, LETTER.m, target, at);
  if (seconds < 86_400_000) return putPair(seconds, 86_400, LETTER.d, 3600, LETTER.h, target, at);
  at = putInteger(Math.floor(seconds / 86_400), target, at);
  target[at++] = LETTER.d;
  return at;
}

/** Bytes in at most 5 columns: the number itself to 99999, then `97.7K`, `121K`, `1.2M`; K is 1024. */
export function putSize(bytes: number, target: Uint8Array, at: number): number {
  if (bytes < 100_000) return putInteger(bytes, target, at);
  let value = bytes;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (Math.round(value) >= 1000);
  const tenths = Math.round(value * 10);
  at = tenths < 1000 ? putTenths(tenths, target, at) : putInteger(Math.round(value), target, at);
  target[at++] = SIZE_UNITS[unit] as number;
  return at;
}

/** Nanoseconds as milliseconds, exact, without zeros at the end: `1.234567`, `0.5`, `12`. */
export function putMilliseconds(ns: number, target: Uint8Array, at: number): number {
  const whole = Math.floor(ns / 1_000_000);
  const rest = ns - whole * 1_000_000;
  at = putInteger(whole, target, at);
  if (rest === 0) return at;
  target[at] = POINT;
  at = putPadded(rest, 6, target, at + 1);
  while (target[at - 1] === ZERO) at--;
  return at;
}

/** `1.2` of 12. */
function putTenths(tenths: number, target: Uint8Array, at: number): number {
  const whole = Math.floor(tenths / 10);
  at = putInteger(whole, target, at);
  target[at++] = POINT;
  target[at++] = ZERO + tenths - whole * 10;
  return at;
}

/** `2m3s` of 123: whole large units, and whole small ones of what is left. */
function putPair(
  value: number,
  large: number,
  largeLetter: number,
  small: number,
  smallLetter: number,
  target: Uint8Array,
  at: number,
): number {
  const count = Math.floor(value / large);
  at = putInteger(count, target, at);
  target[at++] = largeLetter;
  at = putInteger(Math.floor((value - count * large) / small), target, at);
  target[at++] = smallLetter;
  return at;
}

/** A status code of gRPC's by its name, or as a number where it has none. */
export function putGrpcStatus(code: number, target: Uint8Array, at: number): number {
  const name = grpcStatusName(code);
  return name === undefined ? putInteger(code, target, at) : put(name, target, at);
}
