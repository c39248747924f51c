import type { ProbePlan, ProbeSite } from "./plan.ts";

/**
 * What a hit costs the traced thread, in nanoseconds of its CPU time, by how the kernel runs the probed instruction: the
 * trap, or both, and a program that reads a value into a record. Measured in a virtual machine (Linux 6.18, x86-64, busy):
 * 1,150 to 1,400 and 5,000 to 6,300; a call with an entry and a return of these kinds 7,300 to 8,900, with both
 * single-stepped 11,300 to 13,300. Of a hit the trap alone, with an empty program, is 430 to 500 and 3,800 to 4,900. On
 * bare metal the second is known to be less: there the estimate is too high.
 */
export const HIT_COST_NS = { emulated: 1000, singleStepped: 6000 } as const;

/** The estimate for a hit at a site, in nanoseconds. */
export function hitCostNs({ emulated }: Pick<ProbeSite, "emulated">): number {
  return emulated ? HIT_COST_NS.emulated : HIT_COST_NS.singleStepped;
}

/** What the probes of one function cost each of its calls. */
export interface CallCost {
  /** The function. */
  readonly symbol: string;
  /** Nanoseconds a call: its entry, and its return where that is probed. */
  readonly callNs: number;
  /** Hits a call: 1, or 2 with its return. */
  readonly hits: 1 | 2;
  /** Whether its entry is single-stepped. */
  readonly steppedEntry: boolean;
  /** Places where it returns that are single-stepped. */
  readonly steppedReturns: number;
}

/** The cost of each function whose calls are probed, by its symbol. */
export function callCosts(plans: readonly ProbePlan[]): Map<string, CallCost> {
  const bySymbol = Map.groupBy(plans.filter(({ kind }) => kind === "call"), ({ symbol }) => symbol);
  return new Map([...bySymbol].map(([symbol, own]) => [symbol, costOf(symbol, own)]));
}

function costOf(symbol: string, plans: readonly ProbePlan[]): CallCost {
  const returns = plans.filter(({ step }) => step === "return").map(({ site }) => site);
  const entries = plans.filter(({ step }) => step !== "return").map(({ site }) => site);
  return {
    symbol,
    callNs: dearest(entries) + dearest(returns),
    hits: returns.length > 0 ? 2 : 1,
    steppedEntry: entries.some(({ emulated }) => !emulated),
    steppedReturns: returns.filter(({ emulated }) => !emulated).length,
  };
}

/** A call passes one of these places. */
function dearest(sites: readonly ProbeSite[]): number {
  return Math.max(0, ...sites.map(hitCostNs));
}

/** `6 us`. */
export function microseconds(ns: number): string {
  return `${ns / 1000} us`;
}

/** `about 6 us in a virtual machine, less on bare metal`. */
export function costText(ns: number): string {
  const about = `about ${microseconds(ns)}`;
  return ns > HIT_COST_NS.emulated ? `${about} in a virtual machine, less on bare metal` : about;
}

/** What a user may want to know before calls are slowed: functions with single-stepped places. Empty when none has. */
export function costNotes(plans: readonly ProbePlan[]): string[] {
  const stepped = [...callCosts(plans).values()]
    .filter(({ steppedEntry, steppedReturns }) => steppedEntry || steppedReturns > 0);
  const first = stepped[0];
  if (first === undefined) return [];
  if (stepped.length === 1) {
    return [
      `each call of ${first.symbol} costs ${costText(first.callNs)}: the kernel single-steps ${
        placesText(first)
      }`,
    ];
  }
  const most = Math.max(...stepped.map(({ callNs }) => callNs));
  return [
    `each call of ${stepped.length} functions costs up to ${
      costText(most)
    }: the kernel single-steps places of them`,
  ];
}

function placesText({ steppedEntry, steppedReturns }: CallCost): string {
  return [
    ...steppedEntry ? ["its first instruction"] : [],
    ...steppedReturns === 1 ? ["the place where it returns"] : [],
    ...steppedReturns > 1 ? [`the ${steppedReturns} places where it returns`] : [],
  ].join(" and ");
}
