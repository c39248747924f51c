import { basename, join } from "node:path";
import { ElfFile, type Section } from "../../elf/mod.ts";
import { FileSource } from "../../trace/file_source.ts";

/** What a dynamically linked program needs to start. */
export interface Needs {
  /** The dynamic linker's path, as the program names it; undefined in a library. */
  readonly interpreter: string | undefined;
  /** Sonames, e.g. `libc.so.6`. */
  readonly libraries: readonly string[];
}

/** elf.h: d_tag of a needed library. */
const DT_NEEDED = 1;

/** Reads what an executable or a library names itself: what `ldd` runs the program to find, for any architecture. */
export function readNeeds(path: string): Needs {
  using source = new FileSource(path);
  const elf = new ElfFile(source);
  const bytes = (name: string) => {
    const section: Section | undefined = elf.section(name);
    return section === undefined ? new Uint8Array() : source.read(section.offset, section.size);
  };
  const names = bytes(".dynstr");
  const dynamic = bytes(".dynamic");
  const view = new DataView(dynamic.buffer, dynamic.byteOffset, dynamic.length);
  const libraries: string[] = [];
  for (let at = 0; at + 16 <= dynamic.length; at += 16) {
    if (view.getBigUint64(at, true) !== BigInt(DT_NEEDED)) continue;
    libraries.push(stringAt(names, Number(view.getBigUint64(at + 8, true))));
  }
  const interpreter = bytes(".interp");
  return { interpreter: interpreter.length === 0 ? undefined : stringAt(interpreter, 0), libraries };
}

function stringAt(bytes: Uint8Array, offset: number): string {
  return new TextDecoder().decode(bytes.subarray(offset, bytes.indexOf(0, offset)));
}

/** The libraries of a program and of those that it opens while it runs. */
export interface LibrarySet {
  /** The dynamic linker: the path that the program names, and the file to put there. */
  readonly interpreter: { readonly name: string; readonly path: string };
  /** The file of each soname. */
  readonly libraries: ReadonlyMap<string, string>;
}

/**
 * Finds all libraries that a program needs, and they in turn.
 *
 * @param program an executable with a dynamic linker.
 * @param opened sonames that it opens by itself, e.g. `libbpf.so.1`.
 * @param root the folder of the system whose libraries are taken: `/`, or one with unpacked packages.
 * @param triplet Debian's name of the architecture in folders.
 */
export async function findLibraries(
  program: string,
  opened: readonly string[],
  root: string,
  triplet: string,
): Promise<LibrarySet> {
  const { interpreter, libraries } = readNeeds(program);
  if (interpreter === undefined) throw new Error(`${program} names no dynamic linker`);
  const found = new Map<string, string>();
  const wanted = [...libraries, ...opened];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (found.has(name)) continue;
    const path = await findLibrary(name, root, triplet);
    found.set(name, path);
    wanted.push(...readNeeds(path).libraries);
  }
  // A library may name the dynamic linker as one that it needs; it is there already.
  const linker = found.get(basename(interpreter)) ?? await findLibrary(basename(interpreter), root, triplet);
  found.delete(basename(interpreter));
  return { interpreter: { name: interpreter, path: linker }, libraries: found };
}

async function findLibrary(name: string, root: string, triplet: string): Promise<string> {
  for (const folder of [`lib/${triplet}`, `usr/lib/${triplet}`, "lib64", "usr/lib64", "lib", "usr/lib"]) {
    const path = join(root, folder, name);
    if (await Deno.stat(path).then((info) => info.isFile, () => false)) return path;
  }
  throw new Error(`${name} is nowhere below ${root}`);
}
