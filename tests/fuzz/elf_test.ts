/**
 * Damaged executables: whatever the bytes are, reading gives a value or this project's typed error, within a time
 * and without reading or holding more than the file has. Runs and seed: `GOHTTPSNOOP_FUZZ_RUNS` and
 * `GOHTTPSNOOP_FUZZ_SEED`; a failure prints the seed and the run that found it.
 */
import assert from "node:assert/strict";
import { BytesSource, GohttpsnoopError, type Source } from "../../base/mod.ts";
import { ElfFile, readSymbols, RelativeRelocations } from "../../elf/mod.ts";
import { identifyGo, readBuildInfo } from "../../go/mod.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { planProbes } from "../../probe/mod.ts";
import { buildGo, ensureToolchain } from "../toolchains.ts";

const RUNS = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_RUNS") ?? "1000");
const SEED = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_SEED") ?? "20261122");

/** The longest that one damaged file may take, in milliseconds. */
const LIMIT_MS = 2000;

/** Bytes of inflated data that a section is read to. */
const READ_BYTES = 64 * 1024;

/** A small program: what is damaged is the format, and each run looks at all of it. */
const FILES = { "main.go": "package main\n\nfunc main() { println(1) }\n" };

/** Numbers that sizes, offsets and counts are set to. */
const HOSTILE = [
  0n,
  1n,
  23n,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  1n << 40n,
  (1n << 53n) - 1n,
  (1n << 64n) - 1n,
];

/** A generator of numbers below a limit, the same for the same seed (Lehmer's, modulo 2^31 - 1). */
function generator(seed: number): (limit: number) => number {
  let state = seed % 0x7ffffffe + 1;
  const next = () => state = (state * 48271) % 0x7fffffff;
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 4; i++) next();
  return (limit) => next() % limit;
}

/** Refuses what no reader needs: one read of more than the file, or many times the file in all. */
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
    assert.ok(this.#bytesRead < 50 * this.size + (8 << 20), `${this.#bytesRead} bytes were read`);
    return bytes;
  }
}

/** Every reader over one file; each may fail by itself, by a typed error. */
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
    attempt(() => {
      for (const section of elf.sections) {
        attempt(() => {
          const data = elf.sectionData(section);
          data.read(0, Math.min(data.size, READ_BYTES));
        });
      }
    });
    attempt(() => elf.addressToFileOffset(elf.header.entry));
    attempt(() => [...elf.notes()]);
    attempt(() => readBuildInfo(elf));
    attempt(() => identifyGo(elf));
    attempt(() => new RelativeRelocations(elf).pointerAt(elf.section(".go.module")?.address ?? 0));
    attempt(() => {
      const pclntab = new Pclntab(elf);
      attempt(() => pclntab.find("main.main"));
      attempt(() => [...pclntab.functions()]);
    });
    attempt(() => planProbes(new WatchedSource(bytes), ["main.main"], { pathBytes: 256 }));
    attempt(() => {
      const symbols = readSymbols(elf);
      attempt(() => symbols?.find("main.main"));
      attempt(() => symbols?.at(elf.header.entry));
      attempt(() => [...symbols?.functions() ?? []]);
    });
  });
  return errors;
}

function within(what: string, action: () => void): void {
  const start = performance.now();
  try {
    action();
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.stack : error}`, { cause: error });
  }
  const took = performance.now() - start;
  assert.ok(took < LIMIT_MS, `${what} took ${took} ms`);
}

async function executable(flags: readonly string[]): Promise<Uint8Array> {
  // Its executables have every table that is damaged.
  const toolchain = await ensureToolchain("1.26.11");
  const path = await buildGo({ toolchain, files: FILES, output: "small", env: { CGO_ENABLED: "0" }, flags });
  return await Deno.readFile(path);
}

/** Where the structures of the file are: the tables that say everything else. */
function tables(bytes: Uint8Array): { readonly offset: number; readonly size: number }[] {
  const elf = new ElfFile(new BytesSource(bytes));
  const { programHeaderOffset, programHeaderCount, sectionHeaderOffset } = elf.header;
  return [
    { offset: 0, size: 64 },
    { offset: programHeaderOffset, size: programHeaderCount * 56 },
    { offset: sectionHeaderOffset, size: elf.sections.length * 64 },
    ...elf.sections.filter(({ name }) =>
      /symtab|strtab|note|buildinfo|rela|zdebug|debug_|gopclntab|go\.module/.test(name)
    )
      .map(({ offset, size }) => ({ offset, size: Math.min(size, 4096) })),
  ];
}

Deno.test("a truncated executable is a value or a typed error, at every boundary of its tables", async () => {
  const bytes = await executable([]);
  const ends = new Set<number>();
  for (const { offset, size } of tables(bytes)) {
    for (const end of [offset, offset + 1, offset + size / 2, offset + size - 1, offset + size]) {
      ends.add(Math.min(bytes.length, Math.floor(end)));
    }
  }
  let errors = 0;
  for (const end of ends) {
    within(`a file cut at ${end}`, () => errors += readEverything(bytes.slice(0, end)));
  }
  assert.ok(errors > ends.size);
});

/** The PIE has no DWARF: inflating it is most of the time, and the other one has it. */
const DAMAGED = {
  "an executable": [],
  "a stripped executable": ["-ldflags=-s -w"],
  "a PIE": ["-buildmode=pie", "-ldflags=-w"],
};

for (const [what, flags] of Object.entries(DAMAGED)) {
  Deno.test(`${what} with damaged tables is a value or a typed error`, async () => {
    const original = await executable(flags);
    assert.equal(readEverything(original), 0);
    const places = tables(original);
    const bytes = original.slice();
    const view = new DataView(bytes.buffer);
    let errors = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = generator(SEED + run);
      const place = () => {
        const table = places[random(places.length)] ?? { offset: 0, size: 64 };
        return table.offset + random(table.size);
      };
      const damaged: number[] = [];
      for (let i = random(4); i >= 0; i--) {
        const at = Math.min(place(), bytes.length - 8);
        const hostile = HOSTILE[random(HOSTILE.length)] ?? 0n;
        switch (random(4)) {
          // Fields of the tables are aligned: a hostile number hits one as a whole.
          case 0:
            view.setBigUint64(at & ~7, hostile, true);
            break;
          case 1:
            view.setUint32(at & ~3, Number(hostile & 0xffffffffn), true);
            break;
          default:
            bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        }
        damaged.push(at);
      }
      within(`seed ${SEED}, run ${run}`, () => errors += readEverything(bytes));
      for (const at of damaged) {
        const start = at & ~7;
        bytes.set(original.subarray(start, start + 8), start);
      }
    }
    assert.ok(errors > 0);
  });
}
