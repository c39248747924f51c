import { allocate, BpfMap, MapType, type Native } from "../ffi/mod.ts";

/** Sites whose hits are counted, at least: files that are replaced bring more. */
const MIN_SITES = 256;
const COUNT_BYTES = 8;

/** Hits by site, over all CPUs: the programs count them, the budget reads them. */
export class HitCounts implements Disposable {
  /** For the programs. */
  readonly map: BpfMap;
  readonly #cpus: number;
  readonly #maxSites: number;
  #buffer = allocate(0);
  #hits: number[] = [];

  /**
   * @param sites how many there are at first: as many more are counted
   * @param mostSites how many there can be
   */
  constructor(native: Native, cpus: number, sites: number, mostSites: number) {
    this.#cpus = cpus;
    this.#maxSites = Math.min(mostSites, Math.max(MIN_SITES, 2 * sites));
    this.map = new BpfMap(native, {
      name: "hits",
      type: MapType.PerCpuArray,
      keySize: 4,
      valueSize: COUNT_BYTES,
      maxEntries: this.#maxSites,
    });
  }

  /** The hits of the first `sites` sites since the beginning; the same array as before when there were no more. */
  read(sites: number): readonly number[] {
    const count = Math.min(sites, this.#maxSites);
    const words = 2 * this.#cpus;
    if (this.#buffer.length !== count * words * 4) this.#buffer = allocate(count * words * 4);
    this.map.lookupFirst(count, this.#buffer);
    const values = new Uint32Array(this.#buffer.buffer);
    let changed: number[] | undefined;
    // Plain loops: with a thousand sites this is what an idle tracer does most.
    for (let site = 0, at = 0; site < count; site++) {
      let hits = 0;
      for (const end = at + words; at < end; at += 2) hits += values[at]! + values[at + 1]! * 2 ** 32;
      if (hits !== this.#hits[site]) (changed ??= this.#hits.slice())[site] = hits;
    }
    return this.#hits = changed ?? this.#hits;
  }

  close(): void {
    this.map.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
