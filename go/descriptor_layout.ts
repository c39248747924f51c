/**
 * Where a type descriptor's parts are, in bytes from its start. Source: Go's src/internal/abi/type.go (`Type`,
 * `FuncType`), src/runtime/type.go (`_type`, `functype`) before 1.21; the same from Go 1.12 on, on 64-bit machines.
 */

/** The part that every descriptor begins with. */
export const COMMON_BYTES = 48;
/** Descriptors lie at multiples of this. */
export const DESCRIPTOR_ALIGN = 8;
/** Fields of that part. */
export const COMMON = {
  size: 0,
  hash: 16,
  tflag: 20,
  align: 21,
  fieldAlign: 22,
  kind: 23,
  str: 40,
  ptrToThis: 44,
} as const;
/** Above these bits the kind had flags to Go 1.25. */
export const KIND_MASK = 31;
/** A func's descriptor: the numbers of parameters and results follow the common part. */
export const FUNC_BYTES = 56;
