/** The BPF objects: programs for requests, and for calls of any function. */
const OBJECTS = {
  gohttpsnoop: new URL("../bpf/gohttpsnoop.bpf.o", import.meta.url),
  call: new URL("../bpf/call.bpf.o", import.meta.url),
} as const;

/** The bytes of a BPF object: from the source tree, or embedded in the compiled program. */
export function readObject(name: keyof typeof OBJECTS): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(OBJECTS[name]);
}
