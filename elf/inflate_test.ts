import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { BytesSource, FormatError, type Source } from "../base/mod.ts";
import { InflatedSource } from "./inflate.ts";
import { RepeatedInflater } from "./inflate_repeated.ts";
import { SteppedInflater } from "./inflate_stepped.ts";

/** Counts the bytes that were read. */
class CountingSource implements Source {
  bytesRead = 0;
  readonly #source: Source;
  constructor(source: Source) {
    this.#source = source;
  }
  get size(): number {
    return this.#source.size;
  }
  read(offset: number, length: number): Uint8Array {
    this.bytesRead += length;
    return this.#source.read(offset, length);
  }
}

/** Bytes that compress by about a half. */
function sample(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48271) % 0x7fffffff) & 15);
}

Deno.test("InflatedSource reads what was deflated, wherever it is read", () => {
  const data = sample(700_000);
  const stream = deflateSync(data);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(data.length), fc.nat(1000)), { maxLength: 4 }), (reads) => {
      const source = new InflatedSource(new BytesSource(stream), data.length, ".debug_info");
      for (const [offset, length] of reads) {
        const end = Math.min(data.length, offset + length);
        assert.deepEqual(source.read(offset, end - offset), data.subarray(offset, end));
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("InflatedSource inflates only a prefix for a read near the front", () => {
  const data = sample(8_000_000);
  const stream = new CountingSource(new BytesSource(deflateSync(data)));
  const source = new InflatedSource(stream, data.length, ".debug_info");
  assert.deepEqual(source.read(100_000, 10), data.subarray(100_000, 100_010));
  assert.ok(stream.bytesRead < stream.size / 4, `${stream.bytesRead} of ${stream.size} bytes were read`);
});

Deno.test("InflatedSource does not inflate a bomb further than the reads need", () => {
  const size = 200_000_000;
  const stream = deflateSync(new Uint8Array(size));
  const source = new InflatedSource(new BytesSource(stream), size, ".debug_info");
  const head = source.read(0, 16);
  assert.deepEqual(head, new Uint8Array(16));
  assert.ok(head.buffer.byteLength <= 4 << 20, `${head.buffer.byteLength} bytes are held`);
});

Deno.test("InflatedSource reports a size that so few bytes cannot hold", () => {
  assert.throws(
    () => new InflatedSource(new BytesSource(new Uint8Array(100)), 2 ** 40, ".debug_info"),
    FormatError,
  );
});

Deno.test("InflatedSource reports a stream that is shorter or longer than claimed", () => {
  const data = sample(1000);
  const stream = new BytesSource(deflateSync(data));
  assert.throws(() => new InflatedSource(stream, 1001, ".debug_info").read(0, 1001), FormatError);
  assert.throws(() => new InflatedSource(stream, 999, ".debug_info").read(0, 999), FormatError);
  assert.equal(new InflatedSource(stream, 1000, ".debug_info").read(0, 1000).length, 1000);
});

Deno.test("InflatedSource reports a damaged stream and reads outside of its size", () => {
  const stream = deflateSync(sample(1000));
  assert.throws(
    () => new InflatedSource(new BytesSource(stream.subarray(0, 50)), 1000, ".x").read(0, 10),
    FormatError,
  );
  stream[0] = 0;
  const damaged = new InflatedSource(new BytesSource(stream), 1000, ".x");
  assert.throws(() => damaged.read(0, 10), /Cannot inflate \.x/);
  assert.throws(() => damaged.read(990, 11), FormatError);
  assert.throws(() => damaged.read(-1, 1), FormatError);
});

Deno.test("InflatedSource of nothing is empty", () => {
  const source = new InflatedSource(new BytesSource(deflateSync(new Uint8Array(0))), 0, ".x");
  assert.equal(source.read(0, 0).length, 0);
});

Deno.test("RepeatedInflater gives the same bytes and the same errors as SteppedInflater", () => {
  const data = sample(900_000);
  const stream = deflateSync(data);
  const outcome = (read: () => Uint8Array | undefined) => {
    try {
      return read()?.slice();
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      return "an error";
    }
  };
  fc.assert(
    fc.property(
      fc.nat(data.length + 1),
      fc.nat(data.length + 1),
      fc.constantFrom(-1, 0, 1),
      fc.constantFrom(0, 1, 4, 5, 400_000),
      (one, other, claimedMore, cut) => {
        const source = new BytesSource(stream.subarray(0, stream.length - cut));
        const claimed = data.length + claimedMore;
        const [offset, end] = [Math.min(one, other, claimed), Math.min(Math.max(one, other), claimed)];
        const stepped = outcome(() => SteppedInflater.open(source, claimed, ".x")?.read(offset, end));
        const repeated = outcome(() => new RepeatedInflater(source, claimed, ".x").read(offset, end));
        assert.ok(stepped !== undefined);
        // The one may have looked further than asked, and found the damage.
        if (typeof stepped !== "string" && typeof repeated !== "string") assert.deepEqual(stepped, repeated);
        if (end === claimed) assert.equal(typeof stepped, typeof repeated);
        if (typeof stepped !== "string") {
          assert.deepEqual(stepped, new Uint8Array(data.subarray(offset, end)));
        }
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("SteppedInflater reads each byte of the stream once, however small the steps are", () => {
  const data = sample(3_000_000);
  const stream = new CountingSource(new BytesSource(deflateSync(data)));
  const source = new InflatedSource(stream, data.length, ".debug_info");
  for (let at = 0; at < data.length; at += 10_000) source.read(at, 10_000);
  assert.equal(stream.bytesRead, stream.size);
});
