import { callCosts, hitCostNs } from "./hit_cost.ts";
import type { ProbePlan } from "./plan.ts";

/** What hits of a probe cost the traced process, and what they are hits of. */
export interface SiteCost {
  /** Calls of a function, requests of a handler, or of a server: of one server all sites belong together. */
  readonly kind: ProbePlan["kind"];
  /** The function. */
  readonly symbol: string;
  /** Nanoseconds for each hit. */
  readonly hitNs: number;
  /** Calls, or requests, for each hit: 1, of a call with its return 0.5, 0 where a request has another hit. */
  readonly calls: number;
}

/** The cost of each plan; undefined of what has no limit: requests, unless `requests` says otherwise. */
export function siteCosts(
  plans: readonly ProbePlan[],
  { requests }: { readonly requests: boolean },
): (SiteCost | undefined)[] {
  const costs = callCosts(plans);
  return plans.map(({ kind, symbol, step, site }) => {
    const call = costs.get(symbol);
    if (kind === "call" && call !== undefined) {
      return { kind, symbol, hitNs: call.callNs / call.hits, calls: 1 / call.hits };
    }
    if (!requests) return undefined;
    const calls = step === "alone" || step === "begin" ? 1 : 0;
    return { kind, symbol, hitNs: hitCostNs(site), calls };
  });
}
