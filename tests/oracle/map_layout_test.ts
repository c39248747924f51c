/**
 * How maps lie in memory, by DWARF and by the runtime's metadata, against maps of running programs: every entry is found
 * in the process's memory where the layout says, with the bytes that the program itself has of it.
 */
import assert from "node:assert/strict";
import { ElfFile } from "../../elf/mod.ts";
import { DwarfTypes } from "../../go/dwarf_types.ts";
import { type GoType, type MapLayout, mapLayout, type MapSlots, RuntimeTypes } from "../../go/mod.ts";
import { FileSource } from "../../trace/file_source.ts";
import { buildGo, chosenVersions, ensureToolchain } from "../toolchains.ts";
import { MAP_PROGRAM } from "./map_program.ts";
import { ProcessMemory, walkMap } from "./map_walk.ts";

/** What the program prints of a map; keys and elements as hexadecimal bytes. */
interface PrintedMap {
  readonly Type: string;
  readonly Size: number;
  readonly Header: number;
  readonly Entries: readonly { readonly Key: string; readonly Element: string }[] | null;
}

/** The designs that a version of Go has: the one it takes by itself, and the one it can be told to take. */
function experimentsOf(version: string): readonly string[] {
  if (/^1\.2[45]\./.test(version)) return ["", "noswissmap"];
  return version.startsWith("1.27.") ? ["mapsplitgroup", "nomapsplitgroup"] : [""];
}

function designOf(version: string, experiment: string): MapLayout["kind"] {
  return Number(version.split(".")[1]) < 24 || experiment === "noswissmap" ? "buckets" : "swiss";
}

/** The program's maps, while it waits. */
class Maps implements AsyncDisposable {
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #maps: Promise<readonly PrintedMap[]>;

  constructor(path: string) {
    this.#child = new Deno.Command(path, { stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
    this.pid = this.#child.pid;
    this.#maps = this.#read();
  }

  /** All of them: the last line is `done`. */
  get printed(): Promise<readonly PrintedMap[]> {
    return this.#maps;
  }

  async #read(): Promise<readonly PrintedMap[]> {
    const maps: PrintedMap[] = [];
    let text = "";
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "done") return maps;
        maps.push(JSON.parse(line));
      }
    }
    throw new Error("the program ended by itself");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}

function open(path: string, kind: "DWARF" | "metadata") {
  const source = new FileSource(path);
  const elf = new ElfFile(source);
  const types = kind === "DWARF" ? DwarfTypes.open(elf) : new RuntimeTypes(elf);
  assert.ok(types !== undefined);
  return { types, [Symbol.dispose]: () => source[Symbol.dispose]() };
}

/** A layout with names in place of types, to compare those of two sources. */
function plain(layout: MapLayout | undefined): unknown {
  if (layout === undefined) return undefined;
  const slots = ({ type, ...rest }: MapSlots) => ({ ...rest, type: type.name });
  const named = <T extends { keys: MapSlots; elements: MapSlots }>(group: T) => ({
    ...group,
    keys: slots(group.keys),
    elements: slots(group.elements),
  });
  return layout.kind === "buckets"
    ? { ...layout, bucket: named(layout.bucket) }
    : { ...layout, group: named(layout.group) };
}

const hex = (bytes: Uint8Array) => bytes.toHex();

for (const version of chosenVersions()) {
  for (const experiment of experimentsOf(version)) {
    const title = `Go ${version}${experiment === "" ? "" : `, GOEXPERIMENT=${experiment}`}`;
    Deno.test(`every entry of every map is where its layout says: ${title}`, async () => {
      const build = async (flags: readonly string[], output: string) =>
        await buildGo({
          toolchain: await ensureToolchain(version),
          files: MAP_PROGRAM,
          flags,
          output,
          ...experiment === "" ? {} : { env: { GOEXPERIMENT: experiment } },
        });
      const path = await build([], "maps");
      using described = open(path, "DWARF");
      using stripped = open(await build(["-ldflags=-s -w"], "stripped"), "metadata");
      using pie = open(await build(["-ldflags=-s -w", "-buildmode=pie"], "pie"), "metadata");
      await using program = new Maps(path);
      const maps = await program.printed;
      using memory = new ProcessMemory(program.pid);
      const states = new Set<string>();
      for (const { Type, Size, Header, Entries } of maps) {
        const find = ({ types }: { types: { find(name: string): GoType | undefined } }) => {
          const type = types.find(Type);
          assert.ok(type !== undefined, Type);
          return mapLayout(type);
        };
        const layout = find(described);
        assert.ok(layout !== undefined, Type);
        assert.equal(layout.kind, designOf(version, experiment));
        assert.deepEqual(plain(find(stripped)), plain(layout), Type);
        assert.deepEqual(plain(find(pie)), plain(layout), Type);
        const walked = walkMap(memory, layout, Header);
        assert.equal(walked.size, Size, Type);
        const found = walked.entries.map(({ key, element }) => `${hex(key)} ${hex(element)}`);
        const expected = (Entries ?? []).map(({ Key, Element }) => `${Key} ${Element}`);
        assert.deepEqual(found.toSorted(), expected.toSorted(), `${Type} of ${Size}`);
        states.add(walked.state);
      }
      const growing = designOf(version, experiment) === "buckets" ? ["growing", "growing, as large"] : [];
      for (const state of ["nil", "small", "large", ...growing]) assert.ok(states.has(state), state);
    });
  }
}
