import assert from "node:assert/strict";
import { Native, RingBuffer } from "../../ffi/mod.ts";

Deno.test("a ring that is smaller than a page, which is 4 to 64 KiB, gets a whole one", () => {
  using native = new Native(Deno.env.get("GOHTTPSNOOP_LIBBPF") ?? "");
  using ring = new RingBuffer(native, 64);
  assert.ok(ring.sizeBytes >= 4096);
  assert.equal(ring.data.length, 2 * ring.sizeBytes);
  assert.equal(ring.empty, true);
  assert.equal(ring.drain({ record: () => true }, 1), 0);
});
