import { ExpectationError } from "../base/mod.ts";

/** What a run was expected to see. */
export interface Expectations {
  /** `--min-events`. */
  readonly minEvents: number | undefined;
  /** `--fail-on-lost`. */
  readonly failOnLost: boolean;
}

/** What it has seen. */
export interface SeenCounts {
  readonly printed: number;
  readonly filtered: number;
  /** In the kernel. */
  readonly lost: number;
  /** At the output. */
  readonly dropped: number;
}

/** @throws {ExpectationError} when fewer requests were seen, or more lost, than the options allow. */
export function checkExpectations({ minEvents = 0, failOnLost }: Expectations, counts: SeenCounts): void {
  const { printed, lost, dropped } = counts;
  if (failOnLost && lost + dropped > 0) {
    throw new ExpectationError(`${lost + dropped} requests were lost, and --fail-on-lost is set`, {
      hint: "Take a larger --buffer-size, or a faster reader of the output.",
    });
  }
  if (printed < minEvents) {
    const seen = printed === 1 ? "1 request was seen" : `${printed} requests were seen`;
    const filtered = counts.filtered > 0 ? `, ${counts.filtered} more filtered` : "";
    throw new ExpectationError(`${seen}${filtered}, and --min-events ${minEvents} is set`, {
      hint: "Check that the requests reach what is traced, in a process that runs this very file, in time.",
    });
  }
}
