/** In `wall`: whether it holds seconds since 1885 and `ext` a monotonic time, or `ext` holds seconds since year 1. */
const HAS_MONOTONIC = 0x8000_0000;
const NANOSECONDS_MASK = 0x3fff_ffff;
/** From year 1 to 1885. Source: Go's time/time.go, wallToInternal. */
const SECONDS_TO_1885 =
  (1884 * 365 + Math.floor(1884 / 4) - Math.floor(1884 / 100) + Math.floor(1884 / 400)) *
  86_400;
/** The Gregorian calendar repeats itself: 400 years. */
const CYCLE_SECONDS = 146_097 * 86_400;
/** 2001 is to its cycle what year 1 is to the first one. */
const CYCLE_START_MS = Date.UTC(2001, 0, 1);

/**
 * A `time.Time` as RFC 3339 in UTC, with as much of the nanoseconds as is not zero: what Go's `time.RFC3339Nano` gives.
 * Its location and its monotonic time are not shown. `Time.wall` comes as two unsigned words.
 *
 * Source: Go's time/time.go, the comment on `type Time`; the same since Go 1.9.
 *
 * @param ext exact to 2^53: to 285 million years.
 */
export function goTime(wallHigh: number, wallLow: number, ext: number): string {
  // 33 bits of seconds lie between the flag and the 30 bits of nanoseconds.
  const seconds = (wallHigh & HAS_MONOTONIC) === 0
    ? ext
    : SECONDS_TO_1885 + (wallHigh & ~HAS_MONOTONIC) * 4 + (wallLow >>> 30);
  const cycles = Math.floor(seconds / CYCLE_SECONDS);
  const date = new Date(CYCLE_START_MS + (seconds - cycles * CYCLE_SECONDS) * 1000);
  const year = date.getUTCFullYear() - 2000 + cycles * 400;
  const nanoseconds = wallLow & NANOSECONDS_MASK;
  const fraction = nanoseconds === 0 ? "" : `.${String(nanoseconds).padStart(9, "0").replace(/0+$/, "")}`;
  const [, rest] = /^\d{4}(.*)\.000Z$/.exec(date.toISOString()) ?? [];
  return `${year < 0 ? "-" : ""}${String(Math.abs(year)).padStart(4, "0")}${rest}${fraction}Z`;
}
