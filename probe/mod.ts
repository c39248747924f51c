/**
 * Probes. Comes in: an executable's bytes and the names of functions. Goes out: a {@linkcode ProbePlan} for each,
 * printable, and the same on any machine. Used by trace/ and the library's users.
 *
 * @module
 */
export { explainPlan, explainPlans, siteLines } from "./explain.ts";
export { costNotes } from "./hit_cost.ts";
export { listFunctions, type TraceableFunction } from "./list_functions.ts";
export * from "./plan.ts";
export { type CallSettings, type PlanOptions, planProbes } from "./plan_probes.ts";
export { type SiteCost, siteCosts } from "./site_cost.ts";
export * from "./value_plan.ts";
export * from "./call/program.ts";
export { registersOf } from "./call/registers.ts";
export type { MapKey, MapSearch, SearchLayout } from "./map_search.ts";
