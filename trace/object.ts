const OBJECT = new URL("../bpf/gohttpsnoop.bpf.o", import.meta.url);

/** The bytes of the BPF object: from the source tree, or embedded in the compiled program. */
export function readObject(): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(OBJECT);
}
