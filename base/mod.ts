/**
 * What every room may use: the byte {@linkcode Source}, the checked {@linkcode Cursor}, the error classes, and
 * {@linkcode damaged} for bytes that contradict their format.
 * Imports nothing.
 *
 * @module
 */
export * from "./cursor.ts";
export * from "./damaged.ts";
export * from "./errors.ts";
export * from "./source.ts";
