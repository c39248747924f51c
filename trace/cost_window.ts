import type { SiteCost } from "../probe/mod.ts";

/** So far back costs are added up: a budget is a share of each second. */
const WINDOW_MS = 1000;

/** A function that is to be let go, or a server with all of its requests, and what was seen of it in the last second. */
export interface Overrun {
  /** Its number among the sites of the session; of a server's, one of them. */
  readonly site: number;
  readonly kind: SiteCost["kind"];
  readonly symbol: string;
  /** Or requests. */
  readonly callsPerSecond: number;
  /** Of one core; above 1 where several were busy with it. */
  readonly share: number;
}

/** Hits between two looks, of the sites that had any. */
interface Sample {
  readonly beganMs: number;
  readonly endedMs: number;
  readonly hits: ReadonlyMap<number, number>;
}

/** What the hits of a function, or of all of a server's sites, came to. */
interface Spent {
  readonly site: number;
  readonly cost: SiteCost;
  calls: number;
  ns: number;
}

/** All of a server's sites are one: its requests are traced or not. */
const SERVER = -1;

/**
 * Decides which functions exceed a budget together: those that cost most, until the rest fits. What was spent within a
 * second must not be more than the budget of a second. So a function that is a little too dear is seen after a second,
 * and one that spends the second's budget at once as soon as that is looked at.
 */
export class CostWindow {
  readonly #share: number;
  readonly #dropped = new Set<number>();
  #samples: Sample[] = [];
  #hits: readonly number[] = [];
  #lookedMs: number;

  /**
   * @param share of one core that all of them together may cost: 0.05 is 5 %
   * @param nowMs of a clock that never goes back
   */
  constructor(share: number, nowMs: number) {
    this.#share = share;
    this.#lookedMs = nowMs;
  }

  /**
   * Takes in the hits that were counted so far.
   *
   * @param hits by site, since the beginning; the same array as before when there were no more
   * @param costs by site; undefined for what has no limit
   * @returns what is to be let go, for good: it is not looked at again
   */
  look(nowMs: number, hits: readonly number[], costs: readonly (SiteCost | undefined)[]): Overrun[] {
    this.#take(nowMs, hits);
    const seenMs = nowMs - (this.#samples[0]?.beganMs ?? nowMs);
    if (seenMs <= 0) return [];
    const budgetNs = this.#share * Math.max(WINDOW_MS, seenMs) * 1e6;
    const spent = this.#spent(costs).sort((a, b) => b.ns - a.ns);
    let sumNs = spent.reduce((sum, { ns }) => sum + ns, 0);
    const overruns: Overrun[] = [];
    for (const { site, cost, calls, ns } of spent) {
      if (sumNs <= budgetNs) break;
      sumNs -= ns;
      this.#dropped.add(keyOf(site, cost));
      overruns.push({
        site,
        kind: cost.kind,
        symbol: cost.symbol,
        callsPerSecond: calls / (seenMs / 1000),
        share: ns / (seenMs * 1e6),
      });
    }
    return overruns;
  }

  #take(nowMs: number, hits: readonly number[]): void {
    const more = new Map<number, number>();
    for (let site = 0; hits !== this.#hits && site < hits.length; site++) {
      const added = hits[site]! - (this.#hits[site] ?? 0);
      if (added > 0) more.set(site, added);
    }
    this.#samples.push({ beganMs: this.#lookedMs, endedMs: nowMs, hits: more });
    this.#samples = this.#samples.filter(({ endedMs }) => endedMs > nowMs - WINDOW_MS);
    this.#hits = hits;
    this.#lookedMs = nowMs;
  }

  #spent(costs: readonly (SiteCost | undefined)[]): Spent[] {
    const sums = new Map<number, Spent>();
    for (const { hits } of this.#samples) {
      for (const [site, count] of hits) {
        const cost = costs[site];
        if (cost === undefined) continue;
        const key = keyOf(site, cost);
        if (this.#dropped.has(key)) continue;
        let spent = sums.get(key);
        if (spent === undefined) sums.set(key, spent = { site, cost, calls: 0, ns: 0 });
        spent.calls += count * cost.calls;
        spent.ns += count * cost.hitNs;
      }
    }
    return [...sums.values()];
  }
}

function keyOf(site: number, { kind }: SiteCost): number {
  return kind === "server" ? SERVER : site;
}
