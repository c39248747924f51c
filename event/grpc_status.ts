import type { EventProbe } from "./record_view.ts";
import { fieldIndex } from "./record_view.ts";

/** The field with the status code of a call of gRPC. Its requests have no status of HTTP's that would tell anything. */
export const GRPC_STATUS_FIELD = "grpc_status";

/** The names of the codes, by their numbers, as Go has them. Source: grpc-go's codes/code_string.go. */
const NAMES: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

const BYTES: readonly Uint8Array[] = NAMES.map((name) => new TextEncoder().encode(name));

/** The most bytes of a name. */
export const GRPC_STATUS_BYTES: number = Math.max(...NAMES.map(({ length }) => length));

/** The name of a code, in ASCII; undefined of one that gRPC has not. */
export function grpcStatusName(code: number): Uint8Array | undefined {
  return BYTES[code];
}

/** Index of the field with the code, or -1 where requests that end at this probe have none. */
export function grpcStatusField(probe: EventProbe): number {
  return fieldIndex(probe, GRPC_STATUS_FIELD);
}
