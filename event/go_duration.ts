const SECOND = 1_000_000_000n;

/** Nanoseconds as Go's `Duration.String()` gives them: `1.5s`, `2h0m0.25s`, `87µs`, `0s`. Source: Go's time/time.go. */
export function goDuration(ns: number | bigint): string {
  const total = BigInt(ns);
  const magnitude = total < 0n ? -total : total;
  const sign = total < 0n ? "-" : "";
  if (magnitude === 0n) return "0s";
  if (magnitude < SECOND) return sign + belowSecond(Number(magnitude));
  const minutes = Number(magnitude / (60n * SECOND));
  const rest = Number(magnitude % (60n * SECOND));
  const seconds = `${withFraction(rest, 9)}s`;
  if (minutes === 0) return sign + seconds;
  const hours = Math.floor(minutes / 60);
  return `${sign}${hours === 0 ? "" : `${hours}h`}${minutes % 60}m${seconds}`;
}

function belowSecond(ns: number): string {
  if (ns < 1000) return `${ns}ns`;
  return ns < 1_000_000 ? `${withFraction(ns, 3)}µs` : `${withFraction(ns, 6)}ms`;
}

/** `value` with its last `digits` digits behind the point, without zeros at the end. */
export function withFraction(value: number, digits: number): string {
  const unit = 10 ** digits;
  const fraction = String(value % unit).padStart(digits, "0").replace(/0+$/, "");
  const whole = String(Math.floor(value / unit));
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
