/**
 * Where functions return, by findReturns() and by `go tool objdump`: each function of large executables.
 *
 * @module
 */
import assert from "node:assert/strict";
import { ElfFile } from "../../elf/mod.ts";
import { FunctionTable, type GoFunction } from "../../go/mod.ts";
import { type Architecture, findReturns } from "../../isa/mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { LARGE_EXECUTABLES } from "./large_executables.ts";
import { gnuReturns, objdumpReturns } from "./returns_oracle.ts";

for (const { title, architecture, path } of LARGE_EXECUTABLES) {
  Deno.test(`findReturns() finds the RETs that objdump shows, of each function: ${title}`, async () => {
    await compare(await path(), architecture, title);
  });
}

async function compare(path: string, architecture: Architecture, title: string): Promise<void> {
  using source = new FileSource(path);
  const elf = new ElfFile(source);
  const functions = [...new FunctionTable(elf).functions()].filter(({ name, size }) =>
    size > 0 && !MARKS.test(name)
  )
    .sort((a, b) => a.address - b.address);
  const ours = findAll(elf, functions, architecture);
  assert.deepEqual(ours.incomplete.filter((what) => !WITH_DATA.test(what)), []);
  const theirs = await objdumpInParts(path, architecture, functions);
  const lost = new Set(theirs.lost.map((address) => enclosing(functions, address)));
  const isLost = (address: number) => lost.has(enclosing(functions, address));
  // Code in C jumps to where the linker put no symbol (the PLT): in objdump's text that looks like a jump within.
  const isGo = (address: number) => {
    const name = enclosing(functions, address)?.name ?? "";
    return name.includes(".") && !name.endsWith("(.text)");
  };
  const inStep = (addresses: ReadonlySet<number>) => [...addresses].filter((address) => !isLost(address));
  assert.deepEqual(
    difference(inStep(ours.returns), inStep(theirs.returns)),
    { onlyOurs: [], onlyTheirs: [] },
  );
  assert.deepEqual(
    difference(inStep(ours.tailJumps).filter(isGo), inStep(theirs.tailJumps).filter(isGo)),
    { onlyOurs: [], onlyTheirs: [] },
  );
  const withAvx = functions.filter((found) => lost.has(found)).map(({ address, size }) => ({
    address,
    code: elf.readAddress(address, size),
  }));
  assert.deepEqual(
    difference([...ours.returns].filter(isLost), [...await gnuReturns(withAvx)]),
    { onlyOurs: [], onlyTheirs: [] },
  );
  assert.ok(functions.length > 5_000, `only ${functions.length} functions`);
  assert.ok(lost.size < functions.length / 50, `objdump is lost in ${lost.size} functions`);
  console.log(
    `${title}: ${functions.length} functions, ${ours.returns.size} returns, ${ours.tailJumps.size} tail jumps; ` +
      `${lost.size} functions by GNU objdump`,
  );
}

/**
 * A function with data among its instructions: the marks of BoringCrypto's absence, which it jumps over. Its RET is found
 * all the same.
 */
const WITH_DATA = /^crypto\/internal\/boring\/sig\.StandardCrypto\.abi0: a branch leads into the middle/;
/** The linker's marks of where the code of FIPS 140 begins and ends, of one byte. */
const MARKS = /^go:textfips(start|end)$/;

/** Of all functions, as addresses. */
function findAll(elf: ElfFile, functions: readonly GoFunction[], architecture: Architecture) {
  const returns = new Set<number>();
  const tailJumps = new Set<number>();
  const incomplete: string[] = [];
  for (const { name, address, size } of functions) {
    const found = findReturns(elf.readAddress(address, size), { architecture, address });
    for (const { offset } of found.returns) returns.add(address + offset);
    for (const offset of found.tailJumps) tailJumps.add(address + offset);
    if (!found.complete) incomplete.push(`${name}: ${found.reason}`);
  }
  return { returns, tailJumps, incomplete };
}

/** As many objdumps at once as there are cores, each with as many bytes of code. */
async function objdumpInParts(path: string, architecture: Architecture, functions: readonly GoFunction[]) {
  const parts = navigator.hardwareConcurrency;
  const first = functions[0]!.address;
  const last = functions.at(-1)!;
  const bounds = Array.from({ length: parts }, (_, i) => {
    const near = first + (last.address - first) * i / parts;
    return functions.find(({ address }) => address >= near)!.address;
  });
  bounds.push(last.address + last.size);
  const found = await Promise.all(
    bounds.slice(0, -1).map((start, i) => objdumpReturns(path, { architecture, start, end: bounds[i + 1]! })),
  );
  return {
    returns: new Set(found.flatMap(({ returns }) => [...returns])),
    tailJumps: new Set(found.flatMap(({ tailJumps }) => [...tailJumps])),
    lost: found.flatMap(({ lost }) => lost),
  };
}

/** The last function that begins at or before an address. */
function enclosing(functions: readonly GoFunction[], address: number): GoFunction | undefined {
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (functions[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  return functions[low - 1];
}

function difference(ours: readonly number[], theirs: readonly number[]) {
  const hex = (address: number) => `0x${address.toString(16)}`;
  return {
    onlyOurs: [...new Set(ours).difference(new Set(theirs))].map(hex),
    onlyTheirs: [...new Set(theirs).difference(new Set(ours))].map(hex),
  };
}
