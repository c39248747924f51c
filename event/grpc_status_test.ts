import assert from "node:assert/strict";
import { GRPC_STATUS_BYTES, grpcStatusName } from "./grpc_status.ts";

Deno.test("grpcStatusName() names the codes that gRPC has, and no other", () => {
  const nameOf = (code: number) => new TextDecoder().decode(grpcStatusName(code));
  assert.deepEqual([0, 5, 16].map(nameOf), ["OK", "NotFound", "Unauthenticated"]);
  assert.equal(grpcStatusName(17), undefined);
  assert.equal(grpcStatusName(-1), undefined);
});

Deno.test("GRPC_STATUS_BYTES is room for the longest name", () => {
  assert.equal(GRPC_STATUS_BYTES, "FailedPrecondition".length);
});
