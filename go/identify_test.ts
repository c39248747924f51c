import assert from "node:assert/strict";
import { BytesSource, FormatError, TargetError } from "../base/mod.ts";
import { buildElf, type SectionSpec, symbolSections } from "../elf/elf_builder.ts";
import { ElfFile, SHF, SHT } from "../elf/mod.ts";
import { identifyGo, isGoExecutable } from "./identify.ts";

function open(...sections: SectionSpec[]): ElfFile {
  return new ElfFile(new BytesSource(buildElf({ sections })));
}

const NOTE = {
  name: ".note.go.buildid",
  type: SHT.NOTE,
  flags: SHF.ALLOC,
  data: new Uint8Array([4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 0x47, 0x6f, 0, 0, 1, 2, 3, 4]),
};

Deno.test("identifyGo() takes Go's build id for evidence", () => {
  const identity = identifyGo(open(NOTE));
  assert.deepEqual(identity, { goVersion: "", evidence: ".note.go.buildid", buildInfo: undefined });
  assert.equal(isGoExecutable(open(NOTE)), true);
});

Deno.test("identifyGo() takes the function table for evidence", () => {
  assert.equal(identifyGo(open({ name: ".gopclntab" })).evidence, ".gopclntab");
  assert.equal(identifyGo(open({ name: ".data.rel.ro.gopclntab" })).evidence, ".gopclntab");
});

Deno.test("identifyGo() reads the version from runtime.buildVersion", () => {
  const data = new Uint8Array(48);
  const section = { name: ".data", flags: SHF.ALLOC | SHF.WRITE, data };
  const address = open(section).section(".data")?.address ?? 0;
  new DataView(data.buffer).setBigUint64(0, BigInt(address + 16), true);
  new DataView(data.buffer).setBigUint64(8, 9n, true);
  data.set(new TextEncoder().encode("go1.12.17"), 16);
  const symbols = symbolSections([{ name: "runtime.buildVersion", address, size: 16, type: 1 }]);
  assert.deepEqual(identifyGo(open(section, ...symbols)), {
    goVersion: "go1.12.17",
    evidence: "runtime.buildVersion",
    buildInfo: undefined,
  });
});

Deno.test("identifyGo() says of any other program that it is not Go's", () => {
  assert.throws(() => identifyGo(open()), (error) => {
    assert.ok(error instanceof TargetError && !(error instanceof FormatError));
    assert.equal(error.message, "it is not a Go program");
    assert.notEqual(error.hint, "");
    return true;
  });
  assert.equal(isGoExecutable(open()), false);
});
