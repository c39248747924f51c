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
  #cachedText = "";

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

  /** `timeNs` after the origin as RFC 3339 in UTC with nanoseconds, e.g. `2026-03-01T09:30:00.000000001Z`. */
  format(timeNs: number): string {
    const fromSecond = this.#unixNanoseconds + timeNs;
    const seconds = Math.floor(fromSecond / NS_PER_SECOND);
    const nanoseconds = fromSecond - seconds * NS_PER_SECOND;
    if (seconds !== this.#cachedSecond) {
      this.#cachedSecond = seconds;
      this.#cachedText = new Date((this.#unixSeconds + seconds) * 1000).toISOString().slice(
        0,
        -"000Z".length,
      );
    }
    return `${this.#cachedText}${nanoseconds.toString().padStart(9, "0")}Z`;
  }
}
