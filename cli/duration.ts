import { UsageError } from "../base/errors.ts";

const MS_PER_UNIT: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** The longest that a timer can wait: 24 days. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Milliseconds of a duration: `10s`, `1.5m`, `250ms`, `80us`; a number without a unit is seconds. More than 0, at
 * most 24 days.
 *
 * @throws {UsageError} naming `flag`.
 */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(us|ms|s|m)?$/.exec(text);
  const durationMs = match === null ? NaN : Number(match[1]) * (MS_PER_UNIT[match[2] ?? "s"] as number);
  if (Number.isNaN(durationMs)) {
    throw new UsageError(`${flag} takes a duration, not "${text}"`, {
      hint: `Write a number and us, ms, s or m, e.g. ${flag} 10s.`,
    });
  }
  if (durationMs <= 0 || durationMs > MAX_MS) {
    throw new UsageError(`${flag} ${text} is out of range`, {
      hint: "A duration is more than 0 and at most 24 days.",
    });
  }
  return durationMs;
}
