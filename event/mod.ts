/**
 * Events: a record's bytes as a reusable {@linkcode RecordView}, the objects made from it for the library's users,
 * the clock, and the escaping of text that comes from the traced program. What comes in are the ring's bytes; what
 * goes out are views for output/ and events for users. Imports base, and the types of probe's plan.
 *
 * @module
 */
export * from "./clock.ts";
export * from "./plausible.ts";
export * from "./escape.ts";
export * from "./field_text.ts";
export * from "./filter.ts";
export * from "./record_view.ts";
export * from "./call.ts";
export * from "./request.ts";
export * from "./record_decoder.ts";
export * from "./call_layout.ts";
export * from "./record_layout.ts";
export type { TypeSource } from "./type_source.ts";
