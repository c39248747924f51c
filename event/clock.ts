import { putPadded } from "./digits.ts";

const NS_PER_SECOND = 1_000_000_000;
const NS_PER_SECOND_BIG = 1_000_000_000n;
const TWO_TO_32 = 4_294_967_296;

/** One instant, read from two clocks at once (as near as can be). */
export interface ClockReading {
  /** CLOCK_MONOTONIC, the clock of `bpf_ktime_get_ns()`, in nanoseconds. */
  readonly monotonicNs: bigint;
  /** CLOCK_REALTIME in nanoseconds since 1970-01-01T00:00:00Z. */
  readonly unixNs: bigint;
}

/**
 * Turns the kernel's monotonic timestamps into wall-clock time. Times in a run are counted from the clock's origin,
 * the moment at which it was made: CLOCK_MONOTONIC itself outgrows a safe integer after 104 days of uptime, and
 * bigints are too dear for each record.
 */
export class Clock {
  readonly #originHigh: number;
  readonly #originLow: number;
  readonly #unixSeconds: number;
  readonly #unixNanoseconds: number;
  #cachedSecond = NaN;
  /** `2026-03-01T09:30:00.` of that second. */
  #cachedText = "";
  readonly #cachedBytes = new Uint8Array(TO_SECOND_BYTES);
  #cachedLocalSecond = NaN;
  /** `09:30:00.` of that second. */
  readonly #cachedTimeOfDay = new Uint8Array(TIME_TO_SECOND_BYTES);

  constructor(origin: ClockReading) {
    this.#originHigh = Number(origin.monotonicNs >> 32n);
    this.#originLow = Number(origin.monotonicNs & 0xffff_ffffn);
    this.#unixSeconds = Number(origin.unixNs / NS_PER_SECOND_BIG);
    this.#unixNanoseconds = Number(origin.unixNs % NS_PER_SECOND_BIG);
  }

  /**
   * Nanoseconds from the origin to the CLOCK_MONOTONIC time whose 32-bit halves are given (unsigned); negative
   * before the origin.
   */
  since(low: number, high: number): number {
    return (high - this.#originHigh) * TWO_TO_32 + (low - this.#originLow);
  }

  /** Nanoseconds from the origin to a time by the wall clock, in milliseconds since 1970, as `Date.now()` has it. */
  sinceUnixMs(unixMs: number): number {
    return (unixMs - this.#unixSeconds * 1000) * 1_000_000 - this.#unixNanoseconds;
  }

  /** `timeNs` after the origin as RFC 3339 in UTC with nanoseconds, e.g. `2026-03-01T09:30:00.000000001Z`. */
  format(timeNs: number): string {
    return `${this.#cachedTextOf(timeNs)}${this.#nanoseconds(timeNs).toString().padStart(9, "0")}Z`;
  }

  /** Writes what {@linkcode format} gives, {@linkcode RFC3339_BYTES} long, and returns where it ends. */
  formatInto(timeNs: number, target: Uint8Array, at: number): number {
    this.#cachedTextOf(timeNs);
    const text = this.#cachedBytes;
    for (let i = 0; i < TO_SECOND_BYTES; i++) target[at + i] = text[i] as number;
    at = putPadded(this.#nanoseconds(timeNs), 9, target, at + TO_SECOND_BYTES);
    target[at] = UPPER_Z;
    return at + 1;
  }

  /** Writes the local time of day with milliseconds, {@linkcode TIME_OF_DAY_BYTES} long, and returns where it ends. */
  timeOfDayInto(timeNs: number, target: Uint8Array, at: number): number {
    const seconds = this.#seconds(timeNs);
    const text = this.#cachedTimeOfDay;
    if (seconds !== this.#cachedLocalSecond) {
      this.#cachedLocalSecond = seconds;
      const date = new Date((this.#unixSeconds + seconds) * 1000);
      const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
      putAscii(`${parts.map((part) => String(part).padStart(2, "0")).join(":")}.`, text);
    }
    for (let i = 0; i < TIME_TO_SECOND_BYTES; i++) target[at + i] = text[i] as number;
    return putPadded(
      Math.floor(this.#nanoseconds(timeNs) / 1_000_000),
      3,
      target,
      at + TIME_TO_SECOND_BYTES,
    );
  }

  /** Whole seconds from that in which the origin lies. */
  #seconds(timeNs: number): number {
    return Math.floor((this.#unixNanoseconds + timeNs) / NS_PER_SECOND);
  }

  #nanoseconds(timeNs: number): number {
    const fromSecond = this.#unixNanoseconds + timeNs;
    return fromSecond - Math.floor(fromSecond / NS_PER_SECOND) * NS_PER_SECOND;
  }

  /** The text to the second; making it for each record would cost more than the rest of its line. */
  #cachedTextOf(timeNs: number): string {
    const seconds = this.#seconds(timeNs);
    if (seconds !== this.#cachedSecond) {
      this.#cachedSecond = seconds;
      this.#cachedText = new Date((this.#unixSeconds + seconds) * 1000).toISOString().slice(
        0,
        -"000Z".length,
      );
      putAscii(this.#cachedText, this.#cachedBytes);
    }
    return this.#cachedText;
  }
}

/** Length of a time as RFC 3339 with nanoseconds. */
export const RFC3339_BYTES = "2026-03-01T09:30:00.000000001Z".length;
/** Length of a time of day with milliseconds. */
export const TIME_OF_DAY_BYTES = "09:30:00.000".length;
const TO_SECOND_BYTES = "2026-03-01T09:30:00.".length;
const TIME_TO_SECOND_BYTES = "09:30:00.".length;
const UPPER_Z = 0x5a;

function putAscii(text: string, target: Uint8Array): void {
  for (let i = 0; i < text.length; i++) target[i] = text.charCodeAt(i);
}
