/**
 * Damaged pclntab: whatever the bytes are, a name gives targets or this project's typed error, within a time. Runs and
 * seed as in elf_test.ts.
 */
import assert from "node:assert/strict";
import { BytesSource, GohttpsnoopError } from "../../base/mod.ts";
import { ElfFile } from "../../elf/mod.ts";
import { FunctionTable, resolveTargets } from "../../go/mod.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";

const RUNS = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_RUNS") ?? "1000");
const SEED = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_SEED") ?? "20261122");
const LIMIT_MS = 2000;

const MAIN = `package main

type T struct{ n int }

func (t T) M() { println(t.n) }

type Outer struct {
	id int
	T
}

type I interface{ M() }

//go:noinline
func call(i I) { i.M() }

func gone() { println("gone") }

func main() {
	call(T{1})
	call(&Outer{2, T{3}})
	gone()
	f := T{4}.M
	f()
}
`;

const NAMES = ["main.T.M", "main.Outer.M", "main.call", "main.gone", "main.*", "*.M", "main.nothing"];
const HOSTILE = [0, 1, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

function generator(seed: number): (limit: number) => number {
  let state = seed % 0x7ffffffe + 1;
  const next = () => state = (state * 48271) % 0x7fffffff;
  for (let i = 0; i < 4; i++) next();
  return (limit) => next() % limit;
}

/** Everything that is known of a name; the number of typed errors. */
function resolveAll(bytes: Uint8Array, name: string): number {
  try {
    const elf = new ElfFile(new BytesSource(bytes));
    const functions = new FunctionTable(elf);
    const targets = resolveTargets(elf, functions, name);
    if (targets.kind !== "found") return 0;
    targets.notSeenIn();
    for (const target of targets.targets) {
      functions.facts.functionInfo(target.function.address);
      functions.facts.mayBeHandler(target.function.address, "none", target.dictionary);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof GohttpsnoopError)) throw error;
    assert.notEqual(error.hint, "", error.message);
    return 1;
  }
}

for (const version of ["1.16.15", "1.26.8"]) {
  Deno.test(`a damaged pclntab gives targets or a typed error: Go ${version}`, async () => {
    const path = await buildGo({
      toolchain: await ensureToolchain(version),
      files: { "main.go": MAIN },
      flags: ["-ldflags=-s -w"],
      output: "damaged",
    });
    const original = await Deno.readFile(path);
    for (const name of NAMES) assert.equal(resolveAll(original, name), 0);
    const elf = new ElfFile(new BytesSource(original));
    const section = elf.section(".gopclntab")!;
    const rodata = elf.section(".rodata")!;
    const bytes = original.slice();
    const view = new DataView(bytes.buffer);
    let errors = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = generator(SEED + run);
      const damaged: number[] = [];
      for (let i = random(64); i >= 0; i--) {
        const { offset, size } = random(4) === 0 ? rodata : section;
        // The header and the table of functions are hit as often as all the rest.
        const at = offset + random(random(2) === 0 ? Math.min(size, 65536) : size - 8);
        if (random(2) === 0) view.setUint32(at & ~3, HOSTILE[random(HOSTILE.length)]!, true);
        else bytes[at] = bytes[at]! ^ (1 << random(8));
        damaged.push(at & ~7);
      }
      const name = NAMES[random(NAMES.length)]!;
      const begin = performance.now();
      errors += resolveAll(bytes, name);
      const took = performance.now() - begin;
      assert.ok(took < LIMIT_MS, `seed ${SEED}, run ${run}, ${name}: ${took} ms`);
      for (const at of damaged) bytes.set(original.subarray(at, at + 8), at);
    }
    assert.ok(errors > 0);
  });
}
