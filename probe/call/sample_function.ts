import type { Convention, GoField, GoParameter, GoType, ParameterLocation } from "../../go/mod.ts";
import { makeType, pointerTo, STRING, structOf } from "../../go/sample_types.ts";
import { parseProbe } from "../expression/mod.ts";
import { Environment } from "./environment.ts";
import { type Compiled, ExpressionCompiler } from "./expression_compiler.ts";
import { KnownTypes } from "./known_types.ts";

/** Types by hand, for tests of this folder. */
export const INT: GoType = makeType("int", "int", 8);
export const INT8: GoType = makeType("int8", "int8", 1);
export const UINT16: GoType = makeType("uint16", "uint16", 2);
export const BOOL: GoType = makeType("bool", "bool", 1);
export const BYTE: GoType = makeType("uint8", "uint8", 1);
export const FLOAT: GoType = makeType("float64", "float64", 8);
export const BYTES: GoType = sliceOf(BYTE);
export const ANY: GoType = makeType("interface {}", "interface", 16, { isEmptyInterface: true });
export const ERROR: GoType = makeType("error", "interface", 16);
export const DURATION: GoType = makeType("time.Duration", "int64", 8);
export const TIME: GoType = structOf("time.Time", 24, [
  ["wall", 0, makeType("uint64", "uint64", 8)],
  ["ext", 8, makeType("int64", "int64", 8)],
  ["loc", 16, pointerTo(makeType("time.Location", "struct", 0))],
]);
/** What an interface may hold. */
export const FAILURE: GoType = structOf("main.failure", 24, [["Code", 0, INT], ["Op", 8, STRING]]);
const AUDIT: GoType = structOf("main.audit", 16, [["CreatedBy", 0, STRING]]);
/** With a field that is promoted, one behind a pointer, and lists. */
export const ORDER: GoType = makeType("main.order", "struct", 96, {
  fields: [
    field("ID", 0, INT),
    { ...field("audit", 8, AUDIT), embedded: true },
    field(
      "Customer",
      24,
      pointerTo(structOf("main.customer", 40, [["Email", 16, STRING], ["Age", 32, INT8]])),
    ),
    field("Items", 32, sliceOf(structOf("main.item", 24, [["SKU", 0, STRING], ["Price", 16, INT]]))),
    field("Codes", 56, arrayOf(UINT16, 4)),
    field("Tags", 64, mapOf(STRING, STRING)),
    field("Err", 72, ERROR),
    field("Paid", 88, BOOL),
  ],
});

function field(name: string, offset: number, type: GoType): GoField {
  return { name, offset, type, embedded: false };
}

/** A slice. */
export function sliceOf(element: GoType): GoType {
  return makeType(`[]${element.name}`, "slice", 24, { element });
}

/** An array. */
export function arrayOf(element: GoType, length: number): GoType {
  return makeType(`[${length}]${element.name}`, "array", length * element.size, { element, length });
}

/** A swiss map, as DWARF describes it. */
export function mapOf(key: GoType, element: GoType): GoType {
  const slot = structOf("slot", key.size + element.size, [["key", 0, key], ["elem", key.size, element]]);
  const group = structOf("group", 8 + 8 * slot.size, [
    ["ctrl", 0, makeType("uint64", "uint64", 8)],
    ["slots", 8, arrayOf(slot, 8)],
  ]);
  return makeType(`map[${key.name}]${element.name}`, "map", 8, {
    key,
    element,
    mapParts: { header: undefined, group },
  });
}

/** The types of an executable that has these, each with a descriptor 0x1000 behind the one before. */
export function knownTypes(...types: readonly GoType[]): KnownTypes {
  const names = types.map(({ name }) => name);
  return new KnownTypes({
    find: (name) => {
      const type = types[names.indexOf(name)];
      return type && { type, origin: "DWARF" };
    },
    descriptorAddress: (name) => names.includes(name) ? 0x1000 * (names.indexOf(name) + 1) : undefined,
  }, "go1.26.8");
}

/** What a sample function takes, and how. */
export interface SampleFunction {
  readonly symbol?: string;
  readonly convention?: Convention;
  readonly receiver?: GoParameter;
  readonly parameters?: readonly (readonly [string, GoType])[];
  readonly results?: readonly (readonly [string, GoType])[];
  readonly hasDictionary?: boolean;
  readonly lacksBlanks?: boolean;
  readonly lacksResults?: boolean;
  readonly argsBytes?: number;
  readonly locations?: readonly ParameterLocation[];
}

/** The environment of a function on amd64; without a signature where neither parameters nor results are given. */
export function environmentOf(sample: SampleFunction): Environment {
  const { symbol = "main.f", convention = "register", hasDictionary = false } = sample;
  const { receiver, parameters, results, lacksBlanks = false, lacksResults = false } = sample;
  const named = (list: SampleFunction["parameters"] = []) => list.map(([name, type]) => ({ name, type }));
  const isKnown = receiver !== undefined || parameters !== undefined || results !== undefined;
  return new Environment({
    symbol,
    architecture: "x86_64",
    convention,
    hasDictionary,
    stated: isKnown
      ? {
        signature: {
          ...receiver === undefined ? {} : { receiver },
          parameters: named(parameters),
          results: named(results),
          variadic: false,
        },
        lacksBlanks,
        lacksResults,
        argsBytes: sample.argsBytes,
        locations: sample.locations,
      }
      : undefined,
  });
}

/** What the one expression of a probe stands for: the first argument, or the first result where there is none. */
export function compileOne(text: string, environment: Environment, types: KnownTypes): Compiled {
  const { args = [], results = [] } = parseProbe(text);
  const compiler = new ExpressionCompiler(environment, types, text);
  const [argument] = args;
  return argument === undefined
    ? compiler.compile(results[0]!, "return")
    : compiler.compile(argument, "entry");
}
