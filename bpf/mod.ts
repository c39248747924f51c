/**
 * The BPF object's layouts, generated from its BTF: what the loader writes into .rodata, and what a record holds.
 * Imports nothing. The object itself is read by trace/.
 *
 * @module
 */
export * from "./layout.gen.ts";
