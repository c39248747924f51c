/** The BPF objects: programs for requests, for those whose headers are searched, and for calls of any function. */
const OBJECTS = {
  gohttpsnoop: new URL("../bpf/gohttpsnoop.bpf.o", import.meta.url),
  search: new URL("../bpf/search.bpf.o", import.meta.url),
  call: new URL("../bpf/call.bpf.o", import.meta.url),
} as const;

/** The objects' paths in the project. */
export const OBJECT_PATHS: readonly string[] = Object.keys(OBJECTS).map((name) => `bpf/${name}.bpf.o`);

/** The bytes of a BPF object: from the source tree, or embedded in the compiled program. */
export function readObject(name: keyof typeof OBJECTS): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(OBJECTS[name]);
}
