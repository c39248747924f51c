import type { CallProgram, ProbePlan } from "../probe/mod.ts";

/** Nothing is read of what is only counted. */
const NOTHING: CallProgram = {
  args: [],
  results: [],
  durationField: -1,
  goidField: -1,
  fields: [],
  condition: [],
  minDurationNs: 0,
};

/**
 * A probe that counts the hits at the place of another, whose program does not: that of requests has nothing to do but
 * them. The program of calls counts each of its hits first, and leaves a return alone whose call was not seen to begin;
 * with maps of its own, so that none is, that is all that happens. It costs about 0.3 us, and no trap, since there is one already.
 */
export function counterOf(plan: ProbePlan): ProbePlan {
  // A hit costs what it does whether it is a new call or the same one again, after its stack has grown.
  const site = { ...plan.site, guard: "none" } as const;
  return { ...plan, kind: "call", step: "return", site, fields: [], call: NOTHING };
}
