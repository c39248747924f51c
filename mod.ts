/**
 * gohttpsnoop as a library: {@linkcode trace} gives the requests of a Go server, and the calls of its functions, as they
 * happen; {@linkcode inspect} says what would be probed. Importing this opens nothing.
 *
 * @module
 */
export * from "./base/errors.ts";
export type { CallEvent, CallValue, Outcome, RequestEvent, SpecialValue } from "./event/mod.ts";
export type { Architecture, GSource, SiteClass, SiteGuard } from "./isa/mod.ts";
export type {
  CallField,
  CallFieldKind,
  CallPlan,
  CallProgram,
  CallSettings,
  CallStart,
  ConditionTerm,
  FieldKind,
  FieldPlan,
  FieldStart,
  Location,
  MapKey,
  MapSearch,
  PathStep,
  ProbePlan,
  ProbeSite,
  ProbeStep,
  RequestOutcome,
  SearchLayout,
  ShownValue,
  StepWord,
  TermNext,
  TermOperator,
  ValuePlan,
} from "./probe/mod.ts";
export {
  inspect,
  type KernelCounters,
  type TargetOptions,
  Trace,
  trace,
  type TraceEvent,
  type TraceOptions,
} from "./trace/mod.ts";
