/**
 * What every room may use: the byte {@linkcode Source}, the checked {@linkcode Cursor}, and the error classes.
 * Imports nothing.
 *
 * @module
 */
export * from "./cursor.ts";
export * from "./errors.ts";
export * from "./source.ts";
