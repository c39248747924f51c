import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { BytesSource, FormatError, type Source } from "../base/mod.ts";
import { SHF, SHT } from "./constants.ts";
import { BASE_ADDRESS, buildElf, type ElfSpec } from "./elf_builder.ts";
import { ElfFile } from "./elf_file.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function open(spec?: ElfSpec): ElfFile {
  return new ElfFile(new BytesSource(buildElf(spec)));
}

function text(source: Source | undefined): string {
  assert.ok(source !== undefined);
  return decoder.decode(source.read(0, source.size));
}

const TEXT = { name: ".text", data: encoder.encode("code"), flags: SHF.ALLOC | SHF.EXECINSTR };
const DATA = { name: ".data", data: encoder.encode("variables"), flags: SHF.ALLOC | SHF.WRITE };

Deno.test("sections are found by name and by address", () => {
  const elf = open({ sections: [TEXT, DATA] });
  assert.deepEqual(elf.sections.map(({ name }) => name), ["", ".text", ".data", ".shstrtab"]);
  const section = elf.section(".text");
  assert.ok(section !== undefined);
  assert.equal(elf.sectionAt(section.address + 3), section);
  assert.notEqual(elf.sectionAt(section.address + 4), section);
  assert.equal(text(elf.sectionDataByName(".text")), "code");
  assert.equal(elf.sectionDataByName(".rodata"), undefined);
});

Deno.test("numbers of sections that do not fit the header are read from section 0", () => {
  const elf = open({ sections: [TEXT, DATA], extendedNumbering: true });
  assert.deepEqual(elf.sections.map(({ name }) => name), ["", ".text", ".data", ".shstrtab"]);
});

Deno.test("a file without section headers has segments all the same", () => {
  const elf = open({ sections: [TEXT, DATA], noSectionHeaders: true });
  assert.deepEqual(elf.sections, []);
  assert.equal(elf.loads.length, 2);
  assert.equal(elf.section(".text"), undefined);
});

Deno.test("a claimed number of sections beyond the file is reported when sections are asked for", () => {
  const bytes = buildElf({ sections: [TEXT], extendedNumbering: true });
  const view = new DataView(bytes.buffer);
  const table = Number(view.getBigUint64(40, true));
  for (const count of [5n, 65536n, 65537n, 1n << 40n, (1n << 64n) - 1n]) {
    view.setBigUint64(table + 32, count, true);
    const elf = new ElfFile(new BytesSource(bytes));
    assert.throws(() => elf.sections, FormatError, `${count} sections`);
  }
});

Deno.test("an address maps to its place in the file, within the bytes that the file has", () => {
  const elf = open({ sections: [TEXT, DATA] });
  const data = elf.section(".data");
  assert.ok(data !== undefined);
  assert.equal(elf.addressToFileOffset(data.address), data.offset);
  assert.equal(decoder.decode(elf.readAddress(data.address, 9)), "variables");
  const last = elf.loads[1];
  assert.ok(last !== undefined && last.memorySize > last.fileSize);
  const end = last.address + last.fileSize;
  assert.equal(elf.addressToFileOffset(end - 1), last.offset + last.fileSize - 1);
  // The rest of the segment's memory is zero-filled: it has no place in the file.
  assert.throws(() => elf.addressToFileOffset(end), FormatError);
  assert.throws(() => elf.readAddress(end - 1, 2), FormatError);
  assert.throws(() => elf.addressToFileOffset(BASE_ADDRESS - 1), FormatError);
});

Deno.test("an interpreter and the first writable segment are seen", () => {
  assert.equal(open().hasInterpreter, false);
  const elf = open({ sections: [TEXT, DATA], interpreter: true });
  assert.equal(elf.hasInterpreter, true);
  assert.equal(elf.firstWritable?.offset, elf.section(".data")?.offset);
});

Deno.test("notes are read from segments", () => {
  const note = new Uint8Array([4, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0x47, 0x6f, 0, 0, 1, 2, 3, 0]);
  const elf = open({
    sections: [{ name: ".note.go.buildid", type: SHT.NOTE, data: note, flags: SHF.ALLOC }],
  });
  assert.deepEqual([...elf.notes()], [{ owner: "Go", type: 4, description: new Uint8Array([1, 2, 3]) }]);
});

Deno.test("a note that claims more than its segment is reported", () => {
  const note = new Uint8Array([4, 0, 0, 0, 255, 255, 255, 255, 4, 0, 0, 0, 0x47, 0x6f, 0, 0]);
  const elf = open({
    sections: [{ name: ".note.go.buildid", type: SHT.NOTE, data: note, flags: SHF.ALLOC }],
  });
  assert.throws(() => [...elf.notes()], FormatError);
});

Deno.test("a section outside of the file is reported, a NOBITS one is empty", () => {
  const elf = open({
    sections: [
      { name: ".debug_info", claimedSize: 2 ** 40 },
      { name: ".bss", type: SHT.NOBITS, claimedSize: 2 ** 40, flags: SHF.ALLOC },
    ],
  });
  assert.throws(() => elf.sectionDataByName(".debug_info"), FormatError);
  assert.equal(elf.sectionDataByName(".bss")?.size, 0);
});

/** `SHF_COMPRESSED` data: `Elf64_Chdr` and the stream. */
function compressed(data: Uint8Array, claimed = data.length, type = 1): Uint8Array {
  const stream = deflateSync(data);
  const bytes = new Uint8Array(24 + stream.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setBigUint64(8, BigInt(claimed), true);
  bytes.set(stream, 24);
  return bytes;
}

Deno.test("a compressed section reads inflated, in both forms", () => {
  const data = encoder.encode("DWARF ".repeat(100));
  const gnu = new Uint8Array(12 + deflateSync(data).length);
  gnu.set(encoder.encode("ZLIB"));
  new DataView(gnu.buffer).setBigUint64(4, BigInt(data.length), false);
  gnu.set(deflateSync(data), 12);
  const elf = open({
    sections: [
      { name: ".debug_info", data: compressed(data), flags: SHF.COMPRESSED },
      { name: ".zdebug_line", data: gnu },
      { name: ".zdebug_abbrev", data: encoder.encode("as it is") },
    ],
  });
  assert.equal(text(elf.sectionDataByName(".debug_info")), "DWARF ".repeat(100));
  assert.equal(text(elf.sectionDataByName(".debug_line")), "DWARF ".repeat(100));
  assert.equal(text(elf.sectionDataByName(".debug_abbrev")), "as it is");
});

Deno.test("an unknown compression and a truncated compression header are reported", () => {
  const data = encoder.encode("x");
  const elf = open({
    sections: [
      { name: ".debug_info", data: compressed(data, 1, 2), flags: SHF.COMPRESSED },
      { name: ".debug_line", data: new Uint8Array(23), flags: SHF.COMPRESSED },
    ],
  });
  assert.throws(() => elf.sectionDataByName(".debug_info"), /Zstandard/);
  assert.throws(() => elf.sectionDataByName(".debug_line"), FormatError);
});
