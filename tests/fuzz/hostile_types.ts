import { RelativeRelocations } from "../../elf/mod.ts";
import { RuntimeTypes, shapeOfType } from "../../go/mod.ts";
import { TypeBuilder } from "../../go/type_builder.ts";
import { type Action, attempt, found, look } from "./hostile_reading.ts";

function runtimeTypes(builder: TypeBuilder): RuntimeTypes {
  const { elf, module, pclntab } = builder.build("1.20");
  return new RuntimeTypes(elf, new RelativeRelocations(elf), { module, pclntab });
}

/** A type of one kind that is its own element, field or parameter, under a name by which it is found. */
function circle(
  kind: "pointer" | "slice" | "array" | "func" | "struct" | "chan" | "map",
  text: string,
): Action {
  const builder = new TypeBuilder();
  const named = { packagePath: "main" };
  const type = builder.type({
    kind,
    text,
    ...text.startsWith("main.") ? named : {},
    ...kind === "func"
      ? { parameters: [8] }
      : kind === "struct"
      ? { fields: [{ name: "self", type: 8, offset: 0 }] }
      : {},
    ...kind === "pointer" || kind === "slice" || kind === "array" || kind === "chan" || kind === "map"
      ? { element: 8 }
      : {},
    length: 3,
    key: 8,
  });
  if (kind === "func") builder.point(type + 56 + (text.startsWith("main.") ? 16 : 0), type);
  else if (kind === "struct") builder.point(fieldsOf(builder, type) + 8, type);
  else {
    builder.point(type + 48, type);
    if (kind === "map") builder.point(type + 56, type);
  }
  builder.type({ kind: "pointer", text: `*${text}`, element: type });
  const types = runtimeTypes(builder);
  return () => {
    if (text.startsWith("main.")) look(found(types.find(text)));
    attempt(() => {
      for (const type of types.types()) look(type);
    });
    attempt(() => [...types.handlers()]);
  };
}

/** Where a struct's fields are, as an offset. */
function fieldsOf(builder: TypeBuilder, type: number): number {
  return Number(builder.view.getBigUint64(type + 56, true) - builder.view.getBigUint64(type + 56 - 8, true)) +
    offsetOfName(builder, type);
}

/** The package's name, which is behind the path's place, was written by `point` too: it tells where offsets count from. */
function offsetOfName(builder: TypeBuilder, type: number): number {
  // The path's offset is stated in the uncommon part.
  return builder.view.getInt32(type + 80, true);
}

/** Structs of many fields, all of one name. */
function wide(count: number, name: string): { builder: TypeBuilder; fields: number } {
  const builder = new TypeBuilder();
  const word = builder.type({ kind: "int", text: "int" });
  const long = builder.name(name);
  const type = builder.type({
    kind: "struct",
    text: "main.Wide",
    packagePath: "main",
    size: 8 * count,
    fields: Array.from({ length: count }, (_, i) => ({ name: "", type: word, offset: 8 * i })),
  });
  const fields = fieldsOf(builder, type);
  for (let i = 0; i < count; i++) builder.point(fields + i * 24, long);
  builder.type({ kind: "pointer", text: "*main.Wide", element: type });
  return { builder, fields };
}

function longFieldNames(): Action {
  const { builder } = wide(20_000, "x".repeat(60_000));
  const types = runtimeTypes(builder);
  return () => look(found(types.find("main.Wide")));
}

/** Many structs that share one list of fields. */
function sharedFields(): Action {
  const { builder, fields } = wide(16_000, "x");
  const parts = Array.from({ length: 3000 }, () => {
    const part = builder.type({
      kind: "struct",
      text: "main.P",
      packagePath: "main",
      size: 8 * 16_000,
      fields: [],
    });
    builder.point(part + 56, fields);
    builder.view.setUint32(part + 64, 16_000, true);
    return part;
  });
  const whole = builder.type({
    kind: "struct",
    text: "main.Whole",
    packagePath: "main",
    size: 8 * 16_000 * parts.length,
    fields: parts.map((type, i) => ({ name: "p", type, offset: 8 * 16_000 * i })),
  });
  builder.type({ kind: "pointer", text: "*main.Whole", element: whole });
  const types = runtimeTypes(builder);
  return () => {
    shapeOfType(found(types.find("main.Whole")));
  };
}

/** A type of as many methods as there can be, all of one long name. */
function longMethodNames(): Action {
  const builder = new TypeBuilder();
  const call = builder.type({ kind: "func", text: "func()" });
  const long = builder.name("x".repeat(60_000));
  const method = { name: "", type: call, text: 16 };
  const count = 40_000;
  const type = builder.type({
    kind: "int",
    text: "main.T",
    packagePath: "main",
    methods: Array.from({ length: count }, () => method),
  });
  const table = type + 48 + builder.view.getUint32(type + 48 + 8, true);
  for (let i = 0; i < count; i++) builder.view.setInt32(table + i * 16, long, true);
  builder.type({ kind: "pointer", text: "*main.T", element: type });
  const types = runtimeTypes(builder);
  return () => {
    found(types.find("main.T"));
    for (let i = 0; i < 5000; i++) types.signatureOf(`main.T.M${i}`, 0x1000 + i);
  };
}

/** Cases of the runtime's type metadata, by what they are; each is made when it is asked for. */
export const TYPE_CASES: Readonly<Record<string, () => Action>> = {
  "a pointer to itself": () => circle("pointer", "*"),
  "a named pointer to itself": () => circle("pointer", "main.P"),
  "a slice of itself": () => circle("slice", "[]"),
  "an array of itself": () => circle("array", "[3]"),
  "a channel of itself": () => circle("chan", "chan"),
  "a map of itself to itself": () => circle("map", "map"),
  "a func that takes itself": () => circle("func", "func()"),
  "a named func that takes itself": () => circle("func", "main.F"),
  "a struct that contains itself": () => circle("struct", "main.S"),
  "a struct of 20,000 fields that share a name of 60,000 bytes": longFieldNames,
  "3,000 structs that share 16,000 fields": sharedFields,
  "a type of 40,000 methods that share a name of 60,000 bytes": longMethodNames,
};
