import type { RecordView } from "./record_view.ts";
import { hexAddress, unsignedAt } from "./value_fields.ts";

/** Tells the names of types, of which records have only the addresses of the descriptors. */
export interface TypeSource {
  /** The type whose descriptor is at an address of a process's memory, e.g. `*errors.errorString`; undefined where it is not known. */
  typeAt(pid: number, address: number): string | undefined;
}

/** The name of the type whose descriptor's address is in field `index`; the address where it has no known name. */
export function typeName(source: Partial<TypeSource> | undefined, view: RecordView, index: number): string {
  return source?.typeAt?.(view.pid, unsignedAt(view, index)) ?? hexAddress(view, index);
}
