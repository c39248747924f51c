import assert from "node:assert/strict";
import { tlsVersion } from "./tls_version.ts";

Deno.test("tlsVersion() names the versions of TLS, and no other", () => {
  const name = (version: number) => new TextDecoder().decode(tlsVersion(version));
  assert.deepEqual([0x0301, 0x0302, 0x0303, 0x0304].map(name), ["1.0", "1.1", "1.2", "1.3"]);
  assert.deepEqual([0, 0x0305, -1, 2 ** 40].map(name), ["?", "?", "?", "?"]);
});
