/**
 * What all fuzz tests share: the seed, a generator of numbers, and damage that can be taken back.
 *
 * @module
 */

/** Run N of a campaign is damaged by the generator of seed + N: one run again is this seed and one run. */
export const SEED = Number(Deno.env.get("GOHTTPSNOOP_FUZZ_SEED") ?? "20261122");

/** How many runs a campaign has; `GOHTTPSNOOP_FUZZ_RUNS` is for all of them. */
export function runsOf(usual: number): number {
  return Number(Deno.env.get("GOHTTPSNOOP_FUZZ_RUNS") ?? usual);
}

/** A number from 0 to below a limit. */
export type Random = (limit: number) => number;

/** A generator of numbers, the same for the same seed (Lehmer's, modulo 2^31 - 1). */
export function generator(seed: number): Random {
  let state = seed % 0x7ffffffe + 1;
  const next = () => state = (state * 48271) % 0x7fffffff;
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 4; i++) next();
  return (limit) => next() % limit;
}

/** A part of a file: where damage is put, or where the file is cut. */
export interface Part {
  readonly offset: number;
  readonly size: number;
}

/** What 8, 4 and 1 bytes are set to: counts, sizes, offsets and pointers that no program has. */
const HOSTILE = [
  ...[0n, 1n, 7n, 23n, 0x7fn, 0x80n, 0xffn, 0xffffn, 0x10_0000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
  ...[1n << 40n, (1n << 53n) - 1n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n],
];

/** The most bytes that one place of damage has. */
const MAX_DAMAGE = 16;

/** The bytes of a file that is damaged again and again. */
export class DamagedFile {
  readonly bytes: Uint8Array;
  readonly #original: Uint8Array;
  readonly #view: DataView;
  readonly #parts: readonly Part[];
  readonly #touched: number[] = [];

  /** @param parts each is hit as often as any other, however long it is */
  constructor(original: Uint8Array, parts: readonly Part[]) {
    this.#original = original;
    this.bytes = original.slice();
    this.#view = new DataView(this.bytes.buffer);
    this.#parts = parts.filter(({ offset, size }) => size > 0 && offset + MAX_DAMAGE <= original.length);
    if (this.#parts.length === 0) throw new Error("there is nothing to damage");
  }

  /** Damages one to eight places, now and then up to 64. */
  damage(random: Random): void {
    const places = 1 + random(random(8) === 0 ? 64 : 8);
    for (let i = 0; i < places; i++) this.#damagePlace(random);
  }

  /** Makes it the undamaged file again. */
  restore(): void {
    for (const at of this.#touched) this.bytes.set(this.#original.subarray(at, at + MAX_DAMAGE), at);
    this.#touched.length = 0;
  }

  #damagePlace(random: Random): void {
    const part = this.#parts[random(this.#parts.length)] ?? { offset: 0, size: 1 };
    const last = this.bytes.length - MAX_DAMAGE;
    const at = Math.min(part.offset + random(part.size), last);
    const hostile = HOSTILE[random(HOSTILE.length)] ?? 0n;
    // Fields of tables are aligned: a number hits one as a whole.
    const aligned = at & ~7;
    this.#touched.push(aligned);
    switch (random(8)) {
      case 0:
        return this.#view.setBigUint64(aligned, hostile, true);
      case 1:
        return this.#view.setUint32(at & ~3, Number(hostile & 0xffffffffn), true);
      case 2:
        return this.#view.setUint8(at, Number(hostile & 0xffn));
      // What is elsewhere in the part: a pointer, an offset, an entry of another kind, all of which are there.
      case 3: {
        const from = Math.min(part.offset + random(part.size), last) & ~7;
        this.bytes.copyWithin(aligned, from, from + 8);
        return;
      }
      // A number of variable length that does not end.
      case 4:
        this.bytes.fill(0xff, at, at + 1 + random(8));
        return;
      default:
        this.bytes[at] = (this.bytes[at] ?? 0) ^ (1 << random(8));
    }
  }
}
