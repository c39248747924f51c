/**
 * What every room may use: the byte {@linkcode Source}, the checked {@linkcode Cursor}, the error classes,
 * {@linkcode damaged} for bytes that contradict their format, and the names of headers.
 * Imports nothing.
 *
 * @module
 */
export * from "./cursor.ts";
export * from "./damaged.ts";
export * from "./errors.ts";
export * from "./header_name.ts";
export * from "./source.ts";
