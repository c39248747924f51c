/**
 * Targets, sessions and the pump. Comes in: an executable's path or processes, and probes. Goes out: events, to a
 * consumer ({@linkcode Pump}) or an iterator ({@linkcode trace}). Owns every kernel resource through ffi/.
 *
 * @module
 */
export { costNotes, explainPlans, siteLines } from "../probe/mod.ts";
export * from "./attachment.ts";
export * from "./command.ts";
export * from "./cost_guard.ts";
export * from "./end_signals.ts";
export { reasonOf, statIfThere } from "./files.ts";
export * from "./follower.ts";
export * from "./inspect.ts";
export { ProcessNames } from "./process_names.ts";
export * from "./pump.ts";
export * from "./scoped.ts";
export * from "./session.ts";
export * from "./target.ts";
export * from "./trace.ts";
