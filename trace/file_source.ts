import { checkRange, type Source, TargetError } from "../base/mod.ts";

const BLOCK_BYTES = 64 * 1024;
const BLOCKS_KEPT = 64;

/**
 * A {@linkcode Source} over a file: reads go to the file as they come, small ones through a few blocks that are
 * kept. The file is neither loaded whole nor mapped (a mapped file that shrinks kills its reader).
 */
export class FileSource implements Source, Disposable {
  readonly size: number;
  readonly #file: Deno.FsFile;
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true });
    this.size = this.#file.statSync().size;
  }

  read(offset: number, length: number): Uint8Array {
    checkRange(this.size, offset, length);
    const first = Math.floor(offset / BLOCK_BYTES);
    const start = offset - first * BLOCK_BYTES;
    if (start + length <= BLOCK_BYTES) return this.#block(first).subarray(start, start + length);
    return this.#readFile(offset, length);
  }

  #block(index: number): Uint8Array {
    const kept = this.#blocks.get(index);
    if (kept !== undefined) return kept;
    const offset = index * BLOCK_BYTES;
    const block = this.#readFile(offset, Math.min(BLOCK_BYTES, this.size - offset));
    if (this.#blocks.size === BLOCKS_KEPT) {
      for (const oldest of this.#blocks.keys()) {
        this.#blocks.delete(oldest);
        break;
      }
    }
    this.#blocks.set(index, block);
    return block;
  }

  #readFile(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const count = this.#file.readSync(bytes.subarray(done));
      if (count === null) {
        throw new TargetError("The file became shorter while it was read", {
          hint: "Wait until it is written, and start again.",
        });
      }
      done += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
