import assert from "node:assert/strict";
import { Cursor } from "../../base/mod.ts";
import { objectSection } from "../../scripts/btf.ts";

const object = await Deno.readFile(new URL("../../bpf/gohttpsnoop.bpf.o", import.meta.url));

/** A type of the object's BTF, as far as this test looks: its kind, name and members. */
interface Type {
  readonly kind: number;
  readonly name: string;
  readonly members: readonly string[];
}

const STRUCT = 4;
const BPF_CORE_FIELD_BYTE_OFFSET = 0;

/** Names of all types, and of structs' members. Format: Documentation/bpf/btf.rst. */
function readTypes(): { types: Type[]; text: (offset: number) => string } {
  const section = objectSection(object, ".BTF");
  const header = new Cursor(section, { name: ".BTF" }).skip(4);
  const [length, typeOffset, typeLength, stringOffset] = [
    header.u32(),
    header.u32(),
    header.u32(),
    header.u32(),
  ];
  const text = (offset: number) =>
    new Cursor(section, { name: ".BTF" }).seek(length + stringOffset + offset).cstring();
  const types: Type[] = [{ kind: 0, name: "void", members: [] }];
  const cursor = new Cursor(section, { name: ".BTF" }).seek(length + typeOffset);
  const extra: Record<number, (count: number) => number> = {
    1: () => 4,
    3: () => 12,
    6: (count) => 8 * count,
    13: (count) => 8 * count,
    14: () => 4,
    15: (count) => 12 * count,
  };
  while (cursor.position < length + typeOffset + typeLength) {
    const name = text(cursor.u32());
    const info = cursor.u32();
    cursor.skip(4);
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    const members: string[] = [];
    if (kind === STRUCT || kind === 5) {
      for (let i = 0; i < count; i++) {
        members.push(text(cursor.u32()));
        cursor.skip(8);
      }
    } else cursor.skip(extra[kind]?.(count) ?? 0);
    types.push({ kind, name, members });
  }
  return { types, text };
}

/** The CO-RE relocations: `STRUCT.MEMBER`, without the flavour behind ___. Format: btf.rst, .BTF.ext. */
function readRelocations(): Set<string> {
  const { types, text } = readTypes();
  const section = objectSection(object, ".BTF.ext");
  const header = new Cursor(section, { name: ".BTF.ext" });
  assert.equal(header.u16(), 0xeb9f);
  header.skip(2);
  const headerLength = header.u32();
  header.skip(16);
  const [offset, length] = [header.u32(), header.u32()];
  const cursor = new Cursor(section, { name: ".BTF.ext" }).seek(headerLength + offset);
  const recordSize = cursor.u32();
  assert.equal(recordSize, 16);
  const found = new Set<string>();
  while (cursor.position < headerLength + offset + length) {
    cursor.skip(4);
    for (let count = cursor.u32(); count > 0; count--) {
      cursor.skip(4);
      const type = types[cursor.u32()]!;
      const access = text(cursor.u32()).split(":").map(Number);
      assert.equal(cursor.u32(), BPF_CORE_FIELD_BYTE_OFFSET);
      assert.equal(type.kind, STRUCT);
      found.add(`${type.name}.${type.members[access[1]!]}`);
    }
  }
  return found;
}

Deno.test("the BPF object relocates registers of struct pt_regs and the thread's base, and needs no other type of the kernel", () => {
  const amd64 = ["ax", "bx", "cx", "di", "si", "r8", "r9", "r10", "r11", "r14", "sp", "flags"];
  const arm64 = ["regs", "sp", "pstate"];
  assert.deepEqual(
    [...readRelocations()].sort(),
    [
      ...amd64.map((name) => `pt_regs___x86_64.${name}`),
      ...arm64.map((name) => `pt_regs___aarch64.${name}`),
      // Where Go keeps its goroutine to 1.16.
      "task_struct___x86_64.thread",
    ].sort(),
  );
});

Deno.test("the BPF object carries its BTF and no DWARF, no path and no other section with data", () => {
  assert.ok(objectSection(object, ".BTF").length > 0);
  assert.throws(() => objectSection(object, ".debug_info"));
  assert.throws(() => objectSection(object, ".bss"));
  assert.throws(() => objectSection(object, ".data"));
  const text = new TextDecoder("latin1").decode(object);
  assert.doesNotMatch(text, /\/(home|root|work|usr|tmp)\//);
});
