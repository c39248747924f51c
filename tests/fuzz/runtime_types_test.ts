/**
 * Damaged type metadata: whatever it says, reading it gives a value or this project's typed error, within a time and
 * without reading many times the file. Runs and seed: `GOHTTPSNOOP_FUZZ_RUNS` and `GOHTTPSNOOP_FUZZ_SEED`; a failure
 * prints the seed and the run that found it.
 */
import assert from "node:assert/strict";
import { BytesSource, GohttpsnoopError, type Source } from "../../base/mod.ts";
import { ElfFile, RelativeRelocations } from "../../elf/mod.ts";
import { RuntimeTypes, shapeOfType } from "../../go/mod.ts";
import { findModuleData, type ModuleData } from "../../go/module_data.ts";
import { locatePclntab } from "../../go/pclntab_location.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";

const RUNS = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_RUNS") ?? "1000");
const SEED = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_SEED") ?? "20261122");
const LIMIT_MS = 2000;
const SERVER = new URL("../../examples/server", import.meta.url).pathname;

/** Typelinks with names of two bytes' length, with varints, and the walk that is there instead since. */
const DAMAGED = { "1.16.15": [], "1.20.14": ["-buildmode=pie"], "1.27.4": [] };

/** What 32 and 64 bits are set to: counts, sizes, offsets and pointers that no program has. */
const HOSTILE = [0, 1, 7, 0x7f, 0xffff, 0x10_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** A generator of numbers below a limit, the same for the same seed (Lehmer's, modulo 2^31 - 1). */
function generator(seed: number): (limit: number) => number {
  let state = seed % 0x7ffffffe + 1;
  const next = () => state = (state * 48271) % 0x7fffffff;
  for (let i = 0; i < 4; i++) next();
  return (limit) => next() % limit;
}

/** Refuses what no reader needs: many times the file in all. */
class WatchedSource implements Source {
  readonly size: number;
  readonly #source: Source;
  #bytesRead = 0;
  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.#source = new BytesSource(bytes);
  }
  read(offset: number, length: number): Uint8Array {
    const bytes = this.#source.read(offset, length);
    this.#bytesRead += length;
    assert.ok(this.#bytesRead < 20 * this.size, `${this.#bytesRead} bytes were read`);
    return bytes;
  }
}

/** Reads all that there is, and counts the typed errors. */
function readEverything(bytes: Uint8Array): number {
  let errors = 0;
  const attempt = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof GohttpsnoopError)) throw error;
      assert.notEqual(error.message, "");
      assert.notEqual(error.hint, "", error.message);
      errors++;
    }
  };
  attempt(() => {
    const elf = new ElfFile(new WatchedSource(bytes));
    const types = new RuntimeTypes(elf);
    for (const name of ["net/http.Request", "*net/http.response", "main.NoSuchType"]) {
      attempt(() => {
        const type = types.find(name);
        if (type === undefined) return;
        attempt(() => shapeOfType(type));
        for (const field of type.fields) attempt(() => shapeOfType(field.type));
      });
    }
    attempt(() => [...types.handlers()]);
    attempt(() => types.signatureOf("net/http.(*ServeMux).ServeHTTP", 1));
    attempt(() => {
      for (const type of types.types()) attempt(() => type.name);
    });
  });
  return errors;
}

/** Places in the file that say everything else: the module data, typelinks, descriptors and names. */
function places(bytes: Uint8Array): { readonly offset: number; readonly size: number }[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const relocations = new RelativeRelocations(elf);
  const module: ModuleData = findModuleData(elf, locatePclntab(elf), relocations)!;
  const { types, typelinks, descriptors } = module.parts!;
  const at = (address: number, size: number) => ({ offset: elf.addressToFileOffset(address), size });
  const http = new RuntimeTypes(elf, relocations);
  const offsets = ["net/http.Request", "*net/http.Request", "net/http.Header", "net/http.ResponseWriter"]
    .map((name) => http.find(name)!.offset);
  return [
    at(module.address, 400),
    at(types.start, 64 * 1024),
    ...typelinks === undefined ? [] : [at(typelinks.address, typelinks.count * 4)],
    ...descriptors === undefined ? [] : [at(descriptors.start, descriptors.end - descriptors.start)],
    ...offsets.map((offset) => at(types.start + offset, 400)),
  ];
}

for (const [version, flags] of Object.entries(DAMAGED)) {
  Deno.test(`damaged type metadata is a value or a typed error: Go ${version} ${flags.join(" ")}`, async () => {
    const toolchain = await ensureToolchain(version);
    const options = [...flags, "-ldflags=-s -w"];
    const path = await buildGo({ toolchain, dir: SERVER, output: "stripped", env: {}, flags: options });
    const original = await Deno.readFile(path);
    assert.equal(readEverything(original), 0);
    const tables = places(original);
    const bytes = original.slice();
    const view = new DataView(bytes.buffer);
    let errors = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = generator(SEED + run);
      const damaged: number[] = [];
      for (let i = random(8); i >= 0; i--) {
        const table = tables[random(tables.length)]!;
        const at = Math.min(table.offset + random(table.size), bytes.length - 8) & ~3;
        const hostile = HOSTILE[random(HOSTILE.length)]!;
        switch (random(4)) {
          case 0:
            view.setBigUint64(at, BigInt(hostile), true);
            break;
          case 1:
            view.setUint32(at, hostile, true);
            break;
          // What is elsewhere in the table: a pointer or an offset to something else that is there.
          case 2: {
            const from = (table.offset + random(table.size)) & ~7;
            bytes.copyWithin(at & ~7, from, from + 8);
            break;
          }
          default:
            bytes[at + random(4)]! ^= 1 << random(8);
        }
        damaged.push(at);
      }
      const start = performance.now();
      try {
        errors += readEverything(bytes);
      } catch (error) {
        throw new Error(`seed ${SEED}, run ${run}: ${error instanceof Error ? error.stack : error}`, {
          cause: error,
        });
      }
      const took = performance.now() - start;
      assert.ok(took < LIMIT_MS, `seed ${SEED}, run ${run} took ${took} ms`);
      for (const at of damaged) bytes.set(original.subarray(at & ~7, (at & ~7) + 16), at & ~7);
    }
    assert.ok(errors > RUNS / 20, `${errors}`);
  });
}
