/**
 * The language of probes and conditions. Comes in: what a user wrote, as text. Goes out: its syntax tree, with the place
 * of each node, or an {@linkcode ExpressionError} that names one; and the normal form of a tree as text. Imports base
 * only: what names and types mean is decided by whoever has the executable.
 *
 * @module
 */
export * from "./ast.ts";
export { ExpressionError, type ExpressionErrorDetails } from "./expression_error.ts";
export * from "./limits.ts";
export { parseCondition } from "./parse_condition.ts";
export { parseProbe } from "./parse_probe.ts";
export { printCondition, printExpression, printProbe } from "./print.ts";
