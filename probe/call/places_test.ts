import assert from "node:assert/strict";
import type { GoType, ParameterLocation } from "../../go/mod.ts";
import { STRING } from "../../go/sample_types.ts";
import { placesOf } from "./places.ts";
import { BOOL, INT } from "./sample_function.ts";

const REGISTERS = ["AX", "BX", "CX", "DI", "SI", "R8"];

function register(index: number) {
  return { kind: "register", index, name: REGISTERS[index]! } as const;
}

function stack(offset: number) {
  return { kind: "stack", offset } as const;
}

interface Case {
  readonly convention: "stack" | "register";
  readonly parameters: readonly (readonly [string, GoType])[];
  readonly results?: readonly GoType[];
  readonly argsBytes?: number;
  readonly lacksBlanks?: boolean;
  readonly locations?: readonly ParameterLocation[];
  readonly hasDictionary?: boolean;
}

function places({ parameters, results = [], ...rest }: Case) {
  return placesOf({
    architecture: "x86_64",
    lacksBlanks: false,
    lacksResults: false,
    hasDictionary: false,
    argsBytes: undefined,
    locations: undefined,
    ...rest,
    signature: {
      parameters: parameters.map(([name, type]) => ({ name, type })),
      results: results.map((type) => ({ name: "", type })),
      variadic: false,
    },
  });
}

Deno.test("placesOf() has the convention's places where nothing else is said", () => {
  const { parameters, results } = places({
    convention: "register",
    parameters: [["a", STRING], ["b", INT]],
    results: [INT],
  });
  assert.deepEqual(parameters, [
    { stackOffset: undefined, components: [register(0), register(1)] },
    { stackOffset: undefined, components: [register(2)] },
  ]);
  assert.deepEqual(results, [{ stackOffset: undefined, components: [register(0)] }]);
});

Deno.test("placesOf() does not count a dictionary as a parameter", () => {
  const { parameters } = places({ convention: "register", parameters: [["a", INT]], hasDictionary: true });
  assert.deepEqual(parameters, [{ stackOffset: undefined, components: [register(1)] }]);
});

// func blank(_ int, a string, _ string, b int) (int, string), as Go 1.16 and 1.20 describe it.
const BLANK = [["a", STRING], ["b", INT]] as const;

Deno.test("placesOf() takes a register from DWARF where blanks move the parameters", () => {
  const { parameters } = places({
    convention: "register",
    parameters: BLANK,
    lacksBlanks: true,
    argsBytes: 48,
    locations: [
      { name: "a", parts: [register(1), register(2)] },
      { name: "b", parts: [register(5)] },
    ],
  });
  assert.deepEqual(parameters, [
    { stackOffset: undefined, components: [register(1), register(2)] },
    { stackOffset: undefined, components: [register(5)] },
  ]);
});

Deno.test("placesOf() does not guess where blanks move what DWARF has no place of", () => {
  const { parameters, results } = places({
    convention: "stack",
    parameters: BLANK,
    results: [INT, STRING],
    lacksBlanks: true,
    argsBytes: 72,
    locations: [{ name: "a", parts: undefined }, { name: "b", parts: [stack(48)] }],
  });
  assert.match((parameters[0] as { reason: string }).reason, /without a name/);
  assert.deepEqual(parameters[1], { stackOffset: 48, components: [] });
  for (const result of results) assert.ok("reason" in result);
});

Deno.test("placesOf() does not take the second word of a string for its first", () => {
  // func f(s string, _ int) int { return len(s) }: DWARF has the length's place only.
  const half: readonly ParameterLocation[] = [{ name: "s", parts: [stack(16)] }];
  const whole = places({
    convention: "stack",
    parameters: [["s", STRING]],
    results: [INT],
    lacksBlanks: true,
    argsBytes: 24,
    locations: half,
  });
  assert.equal((whole.parameters[0] as { stackOffset: number }).stackOffset, 8);
  const moved = places({
    convention: "stack",
    parameters: [["s", STRING]],
    results: [INT],
    lacksBlanks: true,
    argsBytes: 32,
    locations: half,
  });
  assert.ok("reason" in moved.parameters[0]!);
});

Deno.test("placesOf() keeps results in registers, which no parameter moves", () => {
  const { results } = places({
    convention: "register",
    parameters: [["a", INT]],
    results: [INT],
    lacksBlanks: true,
    argsBytes: 16,
  });
  assert.deepEqual(results, [{ stackOffset: undefined, components: [register(0)] }]);
});

Deno.test("placesOf() counts padding and the room to spill registers as pclntab does", () => {
  // func f(a bool, b int, c string) string: 1, padded to 8, and 8, and 16.
  const { parameters } = places({
    convention: "register",
    parameters: [["a", BOOL], ["b", INT], ["c", STRING]],
    results: [STRING],
    lacksBlanks: true,
    argsBytes: 32,
  });
  assert.ok(parameters.every((place) => !("reason" in place)));
});

Deno.test("placesOf() tells a contradiction between the convention and DWARF", () => {
  const { parameters } = places({
    convention: "register",
    parameters: [["a", INT], ["b", INT]],
    locations: [{ name: "a", parts: [stack(8)] }, { name: "b", parts: [register(2)] }],
  });
  // The place that a register is copied to is none.
  assert.deepEqual(parameters[0], { stackOffset: undefined, components: [register(0)] });
  assert.deepEqual(parameters[1], { reason: "in BX by its calling convention, and in CX by DWARF" });
});
