/**
 * What is done with a damaged executable: each reader reads all that its part of the program can read of it, and
 * counts the typed errors. Anything else that is thrown is a defect.
 *
 * @module
 */
import assert from "node:assert/strict";
import { BytesSource, GohttpsnoopError, type Source } from "../../base/mod.ts";
import { Dwarf } from "../../dwarf/mod.ts";
import { ElfFile, readSymbols, RelativeRelocations } from "../../elf/mod.ts";
import {
  FunctionTable,
  type GoType,
  identifyGo,
  readBuildInfo,
  resolveTargets,
  RuntimeTypes,
  shapeOfType,
  signatureText,
} from "../../go/mod.ts";
import { DwarfTypes } from "../../go/dwarf_types.ts";
import { Pclntab } from "../../go/pclntab.ts";
import { explainPlan, listFunctions, planProbes } from "../../probe/mod.ts";

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

/** Actions that may each fail by a typed error, which has to say something. */
class Attempts {
  errors = 0;
  run(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof GohttpsnoopError)) throw error;
      assert.notEqual(error.message, "");
      assert.notEqual(error.hint, "", error.message);
      this.errors++;
    }
  }
}

/** What a reader looks at, of an undamaged file: so that none of it is an error there. */
export interface Questions {
  /** Functions, or patterns. With more than one, each run takes one of them. */
  readonly names: readonly string[];
  /** Types. */
  readonly types?: readonly string[];
}

/** Reads a file that may be damaged; gives the number of typed errors. */
export type Reader = (bytes: Uint8Array, questions: Questions, run: number) => number;

/** Bytes of inflated data that a section is read to. */
const READ_BYTES = 64 * 1024;
const OPTIONS = { pathBytes: 256 } as const;

function nameOf({ names }: Questions, run: number): string {
  return names[run % names.length] ?? "";
}

/** Header, sections, notes, build info, symbols, and the functions in pclntab. */
function readElf(bytes: Uint8Array, questions: Questions, run: number): number {
  const attempts = new Attempts();
  const name = nameOf(questions, run);
  attempts.run(() => {
    const elf = new ElfFile(new WatchedSource(bytes));
    attempts.run(() => {
      for (const section of elf.sections) {
        attempts.run(() => {
          const data = elf.sectionData(section);
          data.read(0, Math.min(data.size, READ_BYTES));
        });
      }
    });
    attempts.run(() => elf.addressToFileOffset(elf.header.entry));
    attempts.run(() => [...elf.notes()]);
    attempts.run(() => readBuildInfo(elf));
    attempts.run(() => identifyGo(elf));
    attempts.run(() => {
      const module = elf.section(".go.module");
      if (module !== undefined) new RelativeRelocations(elf).pointerAt(module.address);
    });
    attempts.run(() => {
      const pclntab = new Pclntab(elf);
      attempts.run(() => pclntab.find(name));
      attempts.run(() => [...pclntab.functions()]);
    });
    attempts.run(() => {
      const symbols = readSymbols(elf);
      attempts.run(() => symbols?.find(name));
      attempts.run(() => symbols?.at(elf.header.entry));
      attempts.run(() => [...symbols?.functions() ?? []]);
    });
  });
  return attempts.errors;
}

/** The functions that a name stands for, and all that pclntab says of them. */
function readTargets(bytes: Uint8Array, questions: Questions, run: number): number {
  const attempts = new Attempts();
  attempts.run(() => {
    const elf = new ElfFile(new WatchedSource(bytes));
    const functions = new FunctionTable(elf);
    const targets = resolveTargets(elf, functions, nameOf(questions, run));
    if (targets.kind !== "found") return;
    attempts.run(() => targets.notSeenIn());
    for (const target of targets.targets) {
      attempts.run(() => functions.facts.functionInfo(target.function.address));
      attempts.run(() => functions.facts.mayBeHandler(target.function.address, "none", target.dictionary));
    }
  });
  return attempts.errors;
}

/** The runtime's type metadata: types, handlers, signatures. */
function readRuntimeTypes(bytes: Uint8Array, questions: Questions): number {
  const attempts = new Attempts();
  attempts.run(() => {
    const elf = new ElfFile(new WatchedSource(bytes));
    const types = new RuntimeTypes(elf);
    for (const name of questions.types ?? []) attempts.run(() => readType(attempts, types.find(name)));
    attempts.run(() => [...types.handlers()]);
    for (const name of questions.names) attempts.run(() => types.signatureOf(name, 1));
    attempts.run(() => {
      for (const type of types.types()) attempts.run(() => type.name);
    });
  });
  return attempts.errors;
}

/** The debugging information: types, functions, signatures, where parameters are. */
function readDwarf(bytes: Uint8Array, questions: Questions): number {
  const attempts = new Attempts();
  attempts.run(() => {
    const elf = new ElfFile(new WatchedSource(bytes));
    attempts.run(() => {
      const dwarf = Dwarf.open((name) => elf.sectionDataByName(name));
      for (const unit of dwarf?.units() ?? []) attempts.run(() => dwarf?.unitEntry(unit));
    });
    const types = DwarfTypes.open(elf);
    if (types === undefined) return;
    for (const name of questions.types ?? []) attempts.run(() => readType(attempts, types.find(name)));
    attempts.run(() => [...types.functions()]);
    attempts.run(() => {
      const functions = new FunctionTable(elf);
      for (const name of questions.names) {
        for (const { address } of functions.find(name)) {
          attempts.run(() => {
            const signature = types.signatureOf(name, address);
            if (signature !== undefined) signatureText(signature);
          });
          attempts.run(() => types.parameterLocations(name, address));
        }
      }
    });
  });
  return attempts.errors;
}

/** Goes into a type, as far as a probe's path might. */
function readType(attempts: Attempts, type: GoType | undefined, depth = 0): void {
  if (type === undefined) return;
  attempts.run(() => shapeOfType(type));
  attempts.run(() => type.length);
  attempts.run(() => type.signature && signatureText(type.signature));
  if (depth === 3) return;
  attempts.run(() => readType(attempts, type.element, depth + 1));
  attempts.run(() => readType(attempts, type.key, depth + 1));
  attempts.run(() => {
    for (const field of type.fields.slice(0, 64)) {
      attempts.run(() => readType(attempts, field.type, depth + 1));
    }
  });
}

/** Plans, as a user asks for them, with `--explain` in every other run. */
function readPlan(bytes: Uint8Array, questions: Questions, run: number): number {
  const attempts = new Attempts();
  attempts.run(() => {
    const options = { ...OPTIONS, thorough: run % 2 === 1 };
    const { plans } = planProbes(new WatchedSource(bytes), [nameOf(questions, run)], options);
    for (const plan of plans) explainPlan(plan);
  });
  return attempts.errors;
}

/** Lists of functions, as `-l` gives them: all handlers, or those that match. */
function readList(bytes: Uint8Array, questions: Questions, run: number): number {
  const attempts = new Attempts();
  attempts.run(() => listFunctions(new WatchedSource(bytes), nameOf(questions, run) || undefined));
  return attempts.errors;
}

/** The readers, by name. */
export const READERS = {
  elf: readElf,
  targets: readTargets,
  "runtime types": readRuntimeTypes,
  dwarf: readDwarf,
  plan: readPlan,
  list: readList,
} as const satisfies Record<string, Reader>;
/** One of {@linkcode READERS}. */
export type ReaderName = keyof typeof READERS;
