/**
 * Output: views of records come in, bytes for standard output (or a file) and messages for standard error go out.
 * Imports base and event; the only room but the command that may use `Deno.stdout`, `Deno.stderr` and the console's
 * size.
 *
 * @module
 */
export { type FilterOptions, makeFilter, RecordFilter } from "../event/filter.ts";
export * from "./async_writer.ts";
export { callsNeedEnd, chooseColumns, type ColumnOptions } from "./columns.ts";
export * from "./function_list.ts";
export * from "./sink.ts";
export * from "./sinks.ts";
export type { NameSource } from "./names.ts";
export * from "./status.ts";
export * from "./table_sink.ts";
export * from "./terminal.ts";
