import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { base64Length, putBase64 } from "./base64.ts";

Deno.test("putBase64() writes what Buffer does, for any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
    const target = new Uint8Array(1 + base64Length(bytes.length));
    const source = Uint8Array.of(0xff, ...bytes, 0xff);
    assert.equal(putBase64(source, 1, 1 + bytes.length, target, 1), target.length);
    assert.equal(new TextDecoder().decode(target.subarray(1)), Buffer.from(bytes).toString("base64"));
  }));
});
