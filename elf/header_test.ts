import assert from "node:assert/strict";
import { BytesSource, FormatError, TargetError } from "../base/mod.ts";
import { buildElf } from "./elf_builder.ts";
import { readHeader } from "./header.ts";

/** The TargetError, and no more special one, that reading `bytes` throws. */
function refusal(bytes: Uint8Array): TargetError {
  try {
    readHeader(new BytesSource(bytes));
  } catch (error) {
    assert.ok(error instanceof TargetError && !(error instanceof FormatError), String(error));
    assert.notEqual(error.hint, "");
    return error;
  }
  assert.fail("it was accepted");
}

function changed(at: number, ...values: number[]): Uint8Array {
  const bytes = buildElf();
  bytes.set(values, at);
  return bytes;
}

Deno.test("readHeader() tells machine and type", () => {
  const header = readHeader(new BytesSource(buildElf()));
  assert.equal(header.machine, "x86_64");
  assert.equal(header.type, "EXEC");
  assert.equal(header.entry, 0x400040);
  const arm = readHeader(new BytesSource(buildElf({ machine: 183, type: 3 })));
  assert.equal(arm.machine, "aarch64");
  assert.equal(arm.type, "DYN");
});

Deno.test("readHeader() names a script as one and asks for the binary", () => {
  const error = refusal(new TextEncoder().encode("#!/bin/sh\nexec ./server\n"));
  assert.equal(error.message, "it is a script, not an ELF executable");
  assert.match(error.hint, /binary that the script starts/);
});

Deno.test("readHeader() refuses what is not ELF, however short", () => {
  for (const text of ["hello", "\x7fEL", "\x7f", "#"]) {
    assert.equal(refusal(new TextEncoder().encode(text)).message, "it is not an ELF executable");
  }
  assert.equal(refusal(new Uint8Array(0)).message, "it is empty");
});

Deno.test("readHeader() refuses 32-bit, big-endian and foreign executables, each by name", () => {
  assert.equal(
    refusal(changed(4, 1)).message,
    "it is a 32-bit ELF file; only 64-bit Go servers can be traced",
  );
  assert.match(refusal(changed(5, 2)).message, /big-endian/);
  assert.match(refusal(changed(18, 243, 0)).message, /it is built for riscv64/);
  assert.match(refusal(changed(18, 0x39, 0x30)).message, /it is built for ELF machine 12345/);
});

Deno.test("readHeader() refuses object files and core dumps", () => {
  assert.equal(refusal(changed(16, 1)).message, "it is an object file, not an executable");
  assert.equal(refusal(changed(16, 4)).message, "it is a core dump, not an executable");
});

Deno.test("readHeader() reports a header that ends too early at every length", () => {
  const bytes = buildElf();
  for (let length = 4; length < 64; length++) {
    assert.throws(
      () => readHeader(new BytesSource(bytes.subarray(0, length))),
      FormatError,
      `${length} bytes`,
    );
  }
});

Deno.test("readHeader() reports an entry point that is no address", () => {
  assert.throws(
    () => readHeader(new BytesSource(changed(24, 255, 255, 255, 255, 255, 255, 255, 255))),
    FormatError,
  );
});
