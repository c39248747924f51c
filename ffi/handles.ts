/**
 * The live native handles of this process: libraries, objects, maps, links, mappings, descriptors. Deno's test
 * sanitizers see none of them, so each owner registers here and tests check that the registry is empty.
 */
const live = new Map<symbol, string>();

/** Notes that a handle exists; the result takes it off again when the owner closes. */
export function registerHandle(description: string): () => void {
  const key = Symbol(description);
  live.set(key, description);
  return () => void live.delete(key);
}

/** Descriptions of all handles that are open now, oldest first. Empty when everything was closed. */
export function liveHandles(): string[] {
  return [...live.values()];
}
