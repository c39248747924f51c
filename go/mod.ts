/**
 * What a Go executable says of itself. Comes in: an `ElfFile`. Goes out: whether it is Go's and of which version
 * ({@linkcode identifyGo}), how it was built ({@linkcode readBuildInfo}), what a function's symbol means
 * ({@linkcode parseFunctionName}), which functions a user's name means ({@linkcode resolveTargets}), where their
 * arguments are when they are called ({@linkcode assignArguments}), and the types that the runtime describes
 * ({@linkcode RuntimeTypes}).
 *
 * Imports base, elf, dwarf and isa. Used by probe and trace.
 *
 * @module
 */
export * from "./build_info.ts";
export * from "./calling_convention.ts";
export type { ParameterLocation } from "./dwarf_types.ts";
export * from "./executable_types.ts";
export * from "./function_facts.ts";
export * from "./function_name.ts";
export * from "./function_table.ts";
export * from "./go_executable.ts";
export * from "./go_type.ts";
export * from "./go_version.ts";
export * from "./identify.ts";
export { type ReceiverKind, receiverKindOf } from "./handler_shape.ts";
export type { Location } from "./location.ts";
export * from "./make_type.ts";
export * from "./map_layout.ts";
export type { Module, ModuleInfo } from "./module_info.ts";
export { isGlob, isWritten, NameGlob } from "./name_match.ts";
export { nearestNames } from "./nearest.ts";
export { RuntimeTypes } from "./runtime_types.ts";
export * from "./select_field.ts";
export * from "./shape.ts";
export * from "./targets.ts";
export { shapeOfType } from "./type_shape.ts";
export { declarationText, signatureText } from "./type_text.ts";
