/**
 * Where arguments and results are, by assignArguments() and by Go: with registers by its package reflect, which calls
 * functions, for random signatures; on the stack alone by the DWARF of every function of an executable.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Dwarf, locationAt } from "../../dwarf/mod.ts";
import { ElfFile } from "../../elf/mod.ts";
import { DwarfFunctions } from "../../go/dwarf_functions.ts";
import { DwarfTypes } from "../../go/dwarf_types.ts";
import type { GoParameter } from "../../go/go_type.ts";
import { assignArguments, type AssignedArgument, FunctionTable } from "../../go/mod.ts";
import { arrayShape, floatShape, integerShape, type Shape, structShape, wordsShape } from "../../go/shape.ts";
import { shapeOfType } from "../../go/type_shape.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain, runTool } from "../toolchains.ts";
import { build, VARIANTS } from "./sites_program.ts";

/** A type in Go's syntax, and its shape. */
interface WrittenType {
  readonly text: string;
  readonly shape: Shape;
}

interface Signature {
  readonly parameters: readonly WrittenType[];
  readonly results: readonly WrittenType[];
}

const BASIC: readonly WrittenType[] = [
  { text: "bool", shape: integerShape(1) },
  { text: "int16", shape: integerShape(2) },
  { text: "uint32", shape: integerShape(4) },
  { text: "int", shape: integerShape(8) },
  { text: "float32", shape: floatShape(4) },
  { text: "float64", shape: floatShape(8) },
  { text: "complex64", shape: structShape([floatShape(4), floatShape(4)]) },
  { text: "*int", shape: wordsShape(1) },
  { text: "map[string]int", shape: wordsShape(1) },
  { text: "string", shape: wordsShape(2) },
  { text: "error", shape: wordsShape(2) },
  { text: "[]byte", shape: wordsShape(3) },
];

const { type } = fc.letrec<{ type: WrittenType; struct: WrittenType; array: WrittenType }>((tie) => ({
  type: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...BASIC),
    tie("struct"),
    tie("array"),
  ),
  struct: fc.array(tie("type"), { maxLength: 4 }).map((fields) => ({
    text: `struct { ${fields.map(({ text }, i) => `f${i} ${text}`).join("; ")} }`,
    shape: structShape(fields.map(({ shape }) => shape)),
  })),
  array: fc.tuple(tie("type"), fc.nat({ max: 2 })).map(([element, length]) => ({
    text: `[${length}]${element.text}`,
    shape: arrayShape(element.shape, length),
  })),
}));
const SIGNATURES: readonly Signature[] = fc.sample(
  fc.record({ parameters: fc.array(type, { maxLength: 8 }), results: fc.array(type, { maxLength: 8 }) }),
  { seed: 6, numRuns: 300 },
);

/** `reflect.newAbiDesc` is what reflect calls a function by; its types are not exported, so they are written anew. */
const PROGRAM = `package main

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

type abiStep struct {
	kind                 int
	offset, size, stkOff uintptr
	ireg, freg           int
}

type abiSeq struct {
	steps        []abiStep
	valueStart   []int
	stackBytes   uintptr
	iregs, fregs int
}

type abiDesc struct {
	call, ret                            abiSeq
	stackCallArgsSize, retOffset, spill  uintptr
	stackPtrs                            unsafe.Pointer
	inRegPtrs, outRegPtrs                [2]uint8
}

//go:linkname newAbiDesc reflect.newAbiDesc
func newAbiDesc(function, receiver unsafe.Pointer) abiDesc

func (seq abiSeq) String() string {
	values := []string{}
	for i, start := range seq.valueStart {
		end := len(seq.steps)
		if i+1 < len(seq.valueStart) {
			end = seq.valueStart[i+1]
		}
		parts := []string{}
		for _, step := range seq.steps[start:end] {
			switch step.kind {
			case 1:
				parts = append(parts, fmt.Sprintf("stack+%d", step.stkOff))
			case 2, 3:
				parts = append(parts, fmt.Sprintf("integer%d@%d", step.ireg, step.offset))
			case 4:
				parts = append(parts, fmt.Sprintf("float%d@%d", step.freg, step.offset))
			}
		}
		values = append(values, strings.Join(parts, " "))
	}
	return strings.Join(values, ", ")
}

func main() {
	for _, function := range functions {
		t := reflect.TypeOf(function)
		desc := newAbiDesc((*[2]unsafe.Pointer)(unsafe.Pointer(&t))[1], nil)
		fmt.Printf("(%v) -> (%v)\\n", desc.call, desc.ret)
	}
}

var functions = []interface{}{
${SIGNATURES.map((signature) => `\t(${written(signature)})(nil),`).join("\n")}
}
`;

/** Before, arguments and results are on the stack. */
const FIRST_WITH_REGISTERS = 17;

for (const version of chosenVersions().filter((version) => minorOf(version) >= FIRST_WITH_REGISTERS)) {
  Deno.test(`assignArguments() places arguments and results as reflect does: Go ${version}`, async () => {
    const binary = await buildGo({
      toolchain: await ensureToolchain(version),
      // A function without a body needs a file of assembly in its package.
      files: { "main.go": PROGRAM, "empty.s": "" },
      // The linker of 1.23 and later refuses names of the standard library that are not meant to be linked to.
      flags: minorOf(version) >= 23 ? ["-ldflags=-checklinkname=0"] : [],
      output: "conventions",
    });
    const lines = (await runTool(binary, [], { env: {} })).trimEnd().split("\n");
    assert.equal(lines.length, SIGNATURES.length);
    SIGNATURES.forEach((signature, i) => assert.equal(assigned(signature), lines[i], written(signature)));
  });
}

for (const version of chosenVersions().filter((version) => minorOf(version) < FIRST_WITH_REGISTERS)) {
  Deno.test(`assignArguments() places results on the stack where DWARF has them: Go ${version}`, async () => {
    // Not optimized: of other code DWARF says where a result is only from its first assignment on.
    using source = new FileSource(await build(version, VARIANTS["debug"]!));
    const elf = new ElfFile(source);
    const functions = new FunctionTable(elf);
    const types = DwarfTypes.open(elf)!;
    const dwarf = Dwarf.open((name) => elf.sectionDataByName(name))!;
    const entries = new DwarfFunctions(dwarf);
    let compared = 0;
    for (const { name, address } of functions.functions()) {
      const signature = types.signatureOf(name, address);
      if (signature === undefined || signature.results.length === 0) continue;
      const { receiver, parameters, results } = signature;
      const shapes = (list: readonly GoParameter[]) => list.map(({ type }) => shapeOfType(type));
      const assigned = assignArguments({
        convention: "stack",
        architecture: "x86_64",
        ...(receiver && { receiver: shapeOfType(receiver.type) }),
        parameters: shapes(parameters),
        results: shapes(results),
      });
      const last = assigned.results.at(-1)!.stackOffset! + shapeOfType(results.at(-1)!.type).size;
      // DWARF leaves out parameters without a name: then the size of all of them differs.
      if (Math.ceil(last / 8) * 8 - 8 !== functions.facts.functionInfo(address)?.argsBytes) continue;
      const formals = entries.parametersOf(entries.find(name, address)!).filter(({ isResult }) => isResult);
      formals.forEach(({ located }, i) => {
        const place = locationAt(dwarf, dwarf.entry(located!), address)?.[0]?.place;
        if (place?.kind !== "frame") return;
        // The frame base is the stack pointer before the call.
        assert.equal(assigned.results[i]!.stackOffset, place.offset + 8, `result ${i} of ${name}`);
        compared++;
      });
    }
    assert.ok(compared > 1_000, `${compared} results`);
  });
}

function minorOf(version: string): number {
  return Number(version.split(".")[1]);
}

function written({ parameters, results }: Signature): string {
  const list = (types: readonly WrittenType[]) => `(${types.map(({ text }) => text).join(", ")})`;
  return `func${list(parameters)} ${list(results)}`;
}

/** In the program's notation. */
function assigned(signature: Signature): string {
  const shapes = (types: readonly WrittenType[]) => types.map(({ shape }) => shape);
  const places = assignArguments({
    convention: "register",
    architecture: "x86_64",
    parameters: shapes(signature.parameters),
    results: shapes(signature.results),
  });
  const list = (types: readonly WrittenType[], assigned: readonly AssignedArgument[]) =>
    types.map(({ shape }, i) => place(shape, assigned[i]!)).join(", ");
  return `(${list(signature.parameters, places.parameters)}) -> (${list(signature.results, places.results)})`;
}

/** `stack+0` is the first byte of the arguments, above the return address; a value of no size is nowhere. */
function place(shape: Shape, { stackOffset, components }: AssignedArgument): string {
  if (shape.size === 0) return "";
  if (stackOffset !== undefined) return `stack+${stackOffset - 8}`;
  return components.map((component, i) => {
    assert.ok(component.kind !== "stack");
    const kind = component.kind === "register" ? "integer" : "float";
    return `${kind}${component.index}@${shape.components?.[i]?.offset}`;
  }).join(" ");
}
