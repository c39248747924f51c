import assert from "node:assert/strict";
import { FormatError } from "../base/mod.ts";
import { FileSource } from "./file_source.ts";

Deno.test("FileSource reads any part of a file, across its blocks", async () => {
  const path = await Deno.makeTempFile();
  try {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    await Deno.writeFile(path, bytes);
    using source = new FileSource(path);
    assert.equal(source.size, bytes.length);
    for (
      const [offset, length] of [[0, 0], [0, 1], [65_535, 2], [65_536, 65_536], [1, 299_999], [
        300_000,
        0,
      ]] as const
    ) {
      assert.deepEqual(source.read(offset, length), bytes.subarray(offset, offset + length));
    }
    assert.throws(() => source.read(299_999, 2), FormatError);
    assert.throws(() => source.read(-1, 1), FormatError);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("FileSource keeps a bounded part of a large file", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.truncate(path, 64 * 1024 * 1024);
    using source = new FileSource(path);
    for (let offset = 0; offset < source.size; offset += 32 * 1024) source.read(offset, 16);
    assert.deepEqual(source.read(0, 4), new Uint8Array(4));
  } finally {
    await Deno.remove(path);
  }
});
