/**
 * The instruction sets: a Go function's bytes and its address come in, where to put a uprobe on it comes out
 * ({@linkcode findProbeSite}), where it returns ({@linkcode findReturns}) and whom it calls ({@linkcode findCallees}), with
 * how the function finds its goroutine and takes its arguments. Bytes alone: no file, no symbol table (whether an address
 * is morestack is asked of the caller). For go/ and probe/.
 *
 * @module
 */
export { type CalleeOptions, findCallees } from "./callees.ts";
export { type CallSite, findCallSite } from "./call_site.ts";
export { findProbeSite } from "./find_probe_site.ts";
export { findReturns } from "./find_returns.ts";
export type { Returns, ReturnSite, ReturnsOptions } from "./returns.ts";
export type {
  Architecture,
  Convention,
  GSource,
  SiteChoice,
  SiteClass,
  SiteGuard,
  SiteOptions,
} from "./site.ts";
