import { BytesSource } from "../../base/mod.ts";
import {
  type Attribute,
  buildDwarf,
  cstring,
  type EntrySpec,
  ref,
  u32,
  u64,
  uleb,
} from "../../dwarf/dwarf_builder.ts";
import { DW_AT, DW_FORM, DW_TAG } from "../../dwarf/mod.ts";
import { buildElf, type SectionSpec } from "../../elf/elf_builder.ts";
import { ElfFile } from "../../elf/mod.ts";
import { DwarfTypes } from "../../go/dwarf_types.ts";
import { type Action, attempt, found, look } from "./hostile_reading.ts";

const KIND = { func: 19, pointer: 22, slice: 23, struct: 25 } as const;

const text = (value: string): Attribute => [DW_AT.name, DW_FORM.string, cstring(value)];
const number = (name: number, value: number): Attribute => [name, DW_FORM.udata, uleb(value)];
const refers = (label: string, name: number = DW_AT.type): Attribute => [name, DW_FORM.ref_addr, ref(label)];
const address = (value: number): Attribute => [DW_AT.low_pc, DW_FORM.addr, u64(value)];

function openDwarf(
  units: Readonly<Record<string, readonly EntrySpec[]>>,
  others: readonly SectionSpec[] = [],
): DwarfTypes {
  const { sections } = buildDwarf(
    Object.entries(units).map(([name, children]) => ({
      entry: {
        tag: DW_TAG.compile_unit,
        attributes: [text(name), [DW_AT.language, DW_FORM.data1, [0x16]]],
        children,
      },
    })),
  );
  const file = buildElf({
    sections: [...Object.entries(sections).map(([name, data]) => ({ name, data })), ...others],
  });
  return DwarfTypes.open(new ElfFile(new BytesSource(file)))!;
}

/** The entry of a type that refers to itself. */
function ownType(tag: number, kind: number, more: Partial<EntrySpec>): EntrySpec {
  const attributes = [text("main.self"), number(DW_AT.byte_size, 8), number(DW_AT.go_kind, kind)];
  return { tag, label: "self", ...more, attributes: [...attributes, ...more.attributes ?? []] };
}

const member: EntrySpec = {
  tag: DW_TAG.member,
  attributes: [text("self"), number(DW_AT.data_member_location, 0), refers("self")],
};
const parameter: EntrySpec = { tag: DW_TAG.formal_parameter, attributes: [text("p"), refers("self")] };

function dwarfCircle(...entries: readonly EntrySpec[]): Action {
  const types = openDwarf({ runtime: entries });
  const isType = entries.some(({ tag }) => tag !== DW_TAG.subprogram);
  return () => {
    attempt(() => isType && look(found(types.find("main.self"))));
    attempt(() => [...types.functions()]);
    attempt(() => types.signatureOf("runtime.f", 0x1000));
    attempt(() => types.parameterLocations("runtime.f", 0x1000));
  };
}

/** A function that refers to another for its name, and has its parameters there as well. */
function origin(label: string, other: string, at: number): EntrySpec {
  return {
    tag: DW_TAG.subprogram,
    attributes: [address(at), refers(other, DW_AT.abstract_origin), [DW_AT.inline, DW_FORM.data1, [1]]],
    children: [
      {
        tag: DW_TAG.formal_parameter,
        attributes: [refers(`${other} p`, DW_AT.abstract_origin)],
        label: `${label} p`,
      },
      { tag: DW_TAG.inlined_subroutine, attributes: [refers(other, DW_AT.abstract_origin)] },
    ],
    label,
  };
}

/** Functions of one origin, whose name is long. */
function longName(count: number, form: "inline" | "section"): Action {
  const long = "x".repeat(900_000);
  const name: Attribute = form === "inline" ? text(long) : [DW_AT.name, DW_FORM.strp, u32(0)];
  const types = openDwarf({
    main: [
      { tag: DW_TAG.subprogram, attributes: [name], children: [], label: "origin" },
      ...Array.from({ length: count }, (_, i): EntrySpec => ({
        tag: DW_TAG.subprogram,
        attributes: [address(0x1000 + i), refers("origin", DW_AT.abstract_origin)],
        children: [],
      })),
    ],
  }, [{ name: ".debug_str", data: Uint8Array.from(cstring(long)) }]);
  return () => [...types.functions()];
}

/** Structs that lie in each other, each a field's type: each is walked over with all that it contains. */
function nestedStructs(): Action {
  const count = 12_000;
  // Nested without recursion: an entry with children that never end is closed by the unit's end.
  const { sections } = buildDwarf([{
    entry: {
      tag: DW_TAG.compile_unit,
      attributes: [text("runtime"), [DW_AT.language, DW_FORM.data1, [0x16]]],
      children: [
        { ...ownType(DW_TAG.structure_type, KIND.struct, { children: [] }), label: "open" },
      ],
    },
  }]);
  const info = [...sections[".debug_info"]!].slice(0, -2);
  const abbreviations = [...sections[".debug_abbrev"]!].slice(0, -1);
  // Behind the code 2 of a struct, 3 for a field that refers to one.
  abbreviations.push(
    ...[3, ...uleb(DW_TAG.member), 0],
    ...[...uleb(DW_AT.data_member_location), DW_FORM.data1, ...uleb(DW_AT.type), DW_FORM.ref_addr, 0, 0, 0],
  );
  const struct = [2, ...cstring("main.self"), 8, KIND.struct];
  const first = info.length - struct.length;
  // The root has the fields, the first of the nested ones behind them.
  const root = first;
  const nested = first + struct.length + count * 6;
  const fields = Array.from({ length: count }, (_, i) => [3, 0, ...u32(nested + i * struct.length)]).flat();
  const body = [...info.slice(0, root), ...struct, ...fields];
  for (let i = 0; i < count; i++) for (const byte of struct) body.push(byte);
  body.splice(0, 4, ...u32(body.length - 4));
  const file = buildElf({
    sections: [
      { name: ".debug_info", data: Uint8Array.from(body) },
      { name: ".debug_abbrev", data: Uint8Array.from(abbreviations) },
    ],
  });
  const types = DwarfTypes.open(new ElfFile(new BytesSource(file)))!;
  return () => {
    for (const field of found(types.find("main.self")).fields) field.type.fields.length;
  };
}

/** Many functions at the end of a long unit: each is looked for from the front. */
function longUnit(): Action {
  const filler: EntrySpec = { tag: DW_TAG.base_type, attributes: [] };
  const count = 1000;
  const types = openDwarf({
    main: [
      ...Array.from({ length: 100_000 }, () => filler),
      ...Array.from({ length: count }, (_, i): EntrySpec => ({
        tag: DW_TAG.subprogram,
        attributes: [text(`main.f${i}`), address(0x1000 + i)],
        children: [],
      })),
    ],
  });
  return () => {
    for (let i = 0; i < count; i++) types.signatureOf(`main.f${i}`, 0x1000 + i);
  };
}

/** Functions of one origin, which has more children than any function. */
function longOrigin(): Action {
  const count = 1000;
  const types = openDwarf({
    main: [
      ...Array.from({ length: count }, (_, i): EntrySpec => ({
        tag: DW_TAG.subprogram,
        attributes: [address(0x1000 + i), refers("origin", DW_AT.abstract_origin)],
        children: [],
      })),
      {
        tag: DW_TAG.subprogram,
        attributes: [text("main.f")],
        children: Array.from(
          { length: 400_000 },
          (): EntrySpec => ({ tag: DW_TAG.base_type, attributes: [] }),
        ),
        label: "origin",
      },
    ],
  });
  return () => {
    for (let i = 0; i < count; i++) types.signatureOf("main.f", 0x1000 + i);
  };
}

/** Parameters that share one long list of locations. */
function longLocations(): Action {
  const entry = [...u64(1), ...u64(2), 0, 0];
  const list = new Uint8Array(60_000 * entry.length + 16);
  for (let i = 0; i < 60_000; i++) list.set(entry, i * entry.length);
  const types = openDwarf({
    main: [{
      tag: DW_TAG.subprogram,
      attributes: [text("main.f"), address(0x1000)],
      children: Array.from({ length: 4000 }, (): EntrySpec => ({
        tag: DW_TAG.formal_parameter,
        attributes: [text("p"), refers("int"), [DW_AT.location, DW_FORM.sec_offset, u32(0)]],
      })),
    }, { tag: DW_TAG.base_type, attributes: [text("int"), number(DW_AT.byte_size, 8)], label: "int" }],
  }, [{ name: ".debug_loc", data: list }]);
  return () => types.parameterLocations("main.f", 0x1000);
}

/** Cases of debugging information, by what they are; each is made when it is asked for. */
export const DWARF_CASES: Readonly<Record<string, () => Action>> = {
  "DWARF: a struct that contains itself": () =>
    dwarfCircle(ownType(DW_TAG.structure_type, KIND.struct, { children: [member] })),
  "DWARF: a pointer to itself": () =>
    dwarfCircle(ownType(DW_TAG.pointer_type, KIND.pointer, { attributes: [refers("self")] })),
  "DWARF: a slice of itself": () =>
    dwarfCircle(ownType(DW_TAG.structure_type, KIND.slice, { attributes: [refers("self", DW_AT.go_elem)] })),
  "DWARF: an array of itself": () =>
    dwarfCircle({
      tag: DW_TAG.array_type,
      attributes: [text("main.self"), number(DW_AT.byte_size, 8), refers("self")],
      label: "self",
      children: [{ tag: DW_TAG.subrange_type, attributes: [number(DW_AT.count, 3)] }],
    }),
  "DWARF: a func that takes itself": () =>
    dwarfCircle(ownType(DW_TAG.subroutine_type, KIND.func, { children: [parameter] })),
  "DWARF: a typedef to itself": () =>
    dwarfCircle({ tag: DW_TAG.typedef, attributes: [text("main.self"), refers("self")], label: "self" }),
  "DWARF: a function that is its own origin": () =>
    dwarfCircle({
      tag: DW_TAG.subprogram,
      attributes: [text("main.f"), address(0x1000), refers("self", DW_AT.abstract_origin)],
      children: [{ ...parameter, attributes: [refers("p", DW_AT.abstract_origin)], label: "p" }],
      label: "self",
    }),
  "DWARF: functions that are each other's origin": () =>
    dwarfCircle(
      origin("self", "other", 0x1000),
      origin("other", "self", 0x1010),
    ),
  "DWARF: 20,000 functions that share a name of 900,000 bytes": () => longName(20_000, "inline"),
  "DWARF: 20,000 functions that share a string of 900,000 bytes": () => longName(20_000, "section"),
  "DWARF: 12,000 structs that lie in each other": nestedStructs,
  "DWARF: 1,000 functions behind 100,000 entries": longUnit,
  "DWARF: 1,000 functions that share an origin with 400,000 children": longOrigin,
  "DWARF: 4,000 parameters that share 60,000 locations": longLocations,
};
