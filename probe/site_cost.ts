import { callCosts, COUNT_COST_NS, hitCostNs } from "./hit_cost.ts";
import type { ProbePlan, ProbeStep } from "./plan.ts";

/** What hits of a probe cost the traced process, and what they are hits of. */
export interface SiteCost {
  /** Calls of a function, requests of a handler, or of a server: of one server all sites belong together. */
  readonly kind: ProbePlan["kind"];
  /** The function. */
  readonly symbol: string;
  /** Nanoseconds for each hit that is counted, with the counting of requests'; and of these their end, which is not counted. */
  readonly hitNs: number;
  /** Calls, or requests, for each hit that is counted: 1, of a call with its return 0.5, of a handler's mark 0. */
  readonly calls: number;
}

/** The cost of each plan; undefined of what has no limit: requests, unless `requests` says otherwise. */
export function siteCosts(
  plans: readonly ProbePlan[],
  { requests }: { readonly requests: boolean },
): (SiteCost | undefined)[] {
  const calls = callCosts(plans);
  const endNs = Math.max(0, ...plans.filter(({ step }) => step === "end").map(({ site }) => hitCostNs(site)));
  return plans.map(({ kind, symbol, step, site }) => {
    const call = calls.get(symbol);
    if (kind === "call" && call !== undefined) {
      return { kind, symbol, hitNs: call.callNs / call.hits, calls: 1 / call.hits };
    }
    if (!requests) return undefined;
    if (isEnd(step)) return { kind, symbol, hitNs: 0, calls: 0 };
    const hitNs = hitCostNs(site) + COUNT_COST_NS;
    if (step === "begin") return { kind, symbol, hitNs: hitNs + endNs, calls: 1 };
    return { kind, symbol, hitNs, calls: step === "mark" ? 0 : 1 };
  });
}

/** Whether requests end there: each that does has begun at a place whose hits are counted. */
export function isEnd(step: ProbeStep): boolean {
  return step === "end" || step === "end-begun";
}
