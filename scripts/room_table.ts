/**
 * The table of rooms of the design, as data: what each folder may import, and what of `Deno` it may touch. The
 * gates read it (scripts/rooms.ts for imports, scripts/lint/fence.ts for `Deno`), ARCHITECTURE.md explains it.
 *
 * @module
 */

/** What one room may do. */
export interface Room {
  /** The other rooms whose files it may import; `"*"` is all of them. */
  readonly imports: readonly string[] | "*";
  /** The names it may use of the `Deno` namespace (`/^Unsafe/` is a prefix); `"*"` is all but FFI. */
  readonly deno: readonly (string | RegExp)[] | "*";
  /** The built-in modules of Node that it may import; `"*"` is all of them. */
  readonly node: readonly string[] | "*";
  /** Whether it may import npm packages. */
  readonly npm: boolean;
}

/** Names that are native code: only a room that lists them itself may use them, `"*"` does not cover them. */
export const FFI_NAMES = /^(dlopen$|DynamicLibrary$|Unsafe)/;

const PURE = { deno: [], node: [], npm: false } as const;
const TOOL = { imports: "*", deno: "*", node: "*", npm: true } as const;

/** The rooms by folder; a file at the top of the project is a room of its own, named after the file. */
export const ROOMS: Readonly<Record<string, Room>> = {
  "base": { ...PURE, imports: [] },
  "bpf": { ...PURE, imports: [] },
  "elf": { ...PURE, imports: ["base"], node: ["node:zlib"] },
  "dwarf": { ...PURE, imports: ["base"] },
  "isa": { ...PURE, imports: ["base"] },
  "go": { ...PURE, imports: ["base", "elf", "dwarf", "isa"] },
  "probe": { ...PURE, imports: ["base", "elf", "dwarf", "go", "isa"] },
  "event": { ...PURE, imports: ["base", "probe", "bpf"] },
  "cli": { ...PURE, imports: ["base"], node: ["node:util"], npm: true },
  "ffi": {
    imports: ["base"],
    deno: [
      FFI_NAMES,
      /^Pointer(Object|Value)$/,
      "ForeignLibraryInterface",
      "NativeStructType",
      "errors",
      "build",
    ],
    node: [],
    npm: false,
  },
  "trace": {
    imports: ["base", "elf", "dwarf", "go", "isa", "probe", "bpf", "event", "ffi"],
    deno: "*",
    node: "*",
    npm: false,
  },
  "output": {
    imports: ["base", "event"],
    deno: ["stdout", "stderr", "consoleSize", "noColor", "errors", "FsFile", "Writer"],
    node: ["node:util"],
    npm: true,
  },
  "main.ts": { imports: ["base", "cli", "trace", "output"], deno: "*", node: "*", npm: false },
  "mod.ts": { imports: "*", deno: [], node: [], npm: false },
  "scripts": TOOL,
  "tests": TOOL,
  "examples": TOOL,
};

/** Where the project lies, as a URL that ends in a slash. */
export const ROOT = new URL("../", import.meta.url);

/** The room of a file by its path in the project, e.g. `elf` of `elf/mod.ts`; undefined for a folder that is none. */
export function roomOf(path: string): string | undefined {
  const name = path.split("/", 1)[0] ?? "";
  return Object.hasOwn(ROOMS, name) ? name : undefined;
}

/** Whether a file is a test: those stand beside their source, and may use what tests may. */
export function isTest(path: string): boolean {
  return /_(test|bench)\.tsx?$/.test(path);
}
