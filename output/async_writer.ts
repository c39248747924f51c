import { RuntimeError } from "../base/errors.ts";
import { LineBatch } from "./line_batch.ts";

/** Where an {@linkcode AsyncWriter} writes to: `Deno.stdout`, `Deno.stderr` or a `Deno.FsFile`. */
export interface ByteSink {
  /** Writes some of `bytes` and resolves to how many. `bytes` are not changed until then. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Options of an {@linkcode AsyncWriter}. */
export interface AsyncWriterOptions {
  /** What the sink is called in errors, e.g. a file's name. Default `standard output`. */
  readonly name?: string;
  /** The most bytes that wait to be written; a line that does not fit is dropped. Default 8 MiB. */
  readonly capacityBytes?: number;
  /**
   * The most bytes in one write; lines are never divided. Default 4096, PIPE_BUF on Linux: up to it, the kernel
   * writes all of a chunk into a pipe or nothing of it, so that a reader who has stopped never has half a line, and
   * what it got is known. See {@linkcode chunkBytesFor}.
   */
  readonly chunkBytes?: number;
}

/** How a writer ended: by `close()`, because nobody reads any more, or by an error. */
export type WriterEnd = "closed" | "broken-pipe" | RuntimeError;

const PIPE_CHUNK_BYTES = 4096;
const FILE_CHUNK_BYTES = 256 * 1024;

/**
 * The bytes of a write that suit a sink: of a file, which waits for no reader, what comes in a moment, since each
 * write costs the tracer as much as 200 records.
 */
export function chunkBytesFor(sink: { readonly isFile: boolean } | undefined): number {
  return sink?.isFile ? FILE_CHUNK_BYTES : PIPE_CHUNK_BYTES;
}

/** Between two tries on a sink that somebody has made non-blocking. */
const RETRY_MS = 5;

/**
 * Writes whole lines to a sink that may be slow, without ever waiting for it. A line is put into `bytes` (see
 * {@linkcode AsyncWriter.reserve}) and committed; one write is under way at a time, and what was committed meanwhile
 * goes out by the next one. When the queue is full, lines are dropped whole and counted: `written + dropped`
 * and what still waits is always what was committed.
 *
 * A broken pipe is not an error: `end` tells it, and from then on lines are dropped. Nothing here throws because of
 * the sink.
 */
export class AsyncWriter implements AsyncDisposable {
  /** Resolves when the writer has ended; never rejects. */
  readonly closed: Promise<WriterEnd>;
  readonly #resolveClosed: (end: WriterEnd) => void;
  readonly #sink: ByteSink;
  readonly #name: string;
  readonly #capacityBytes: number;
  #filling: LineBatch;
  #writing: LineBatch;
  /** Bytes of `#writing` that are not written yet. */
  #unwrittenBytes = 0;
  #running = false;
  #end: WriterEnd | undefined;
  #committed = 0;
  #refused = 0;
  #written = 0;
  readonly #waiters = new Set<() => void>();
  /** Made once: commit() must not make a closure for each line. */
  readonly #start = () => void this.#run();

  constructor(sink: ByteSink, options: AsyncWriterOptions = {}) {
    this.#sink = sink;
    this.#name = options.name ?? "standard output";
    this.#capacityBytes = options.capacityBytes ?? 8 * 1024 * 1024;
    const chunkBytes = options.chunkBytes ?? PIPE_CHUNK_BYTES;
    this.#filling = new LineBatch(chunkBytes);
    this.#writing = new LineBatch(chunkBytes);
    const { promise, resolve } = Promise.withResolvers<WriterEnd>();
    this.closed = promise;
    this.#resolveClosed = resolve;
  }

  /** The bytes that lines are written into; ask again after each `reserve()`. */
  get bytes(): Uint8Array {
    return this.#filling.bytes;
  }

  /** How the writer ended; undefined while it is open. */
  get end(): WriterEnd | undefined {
    return this.#end;
  }

  /** Counted lines that the sink has taken whole. */
  get written(): number {
    return this.#written;
  }

  /** Counted lines that are lost: the queue was full, or the writer ended before they were written. */
  get dropped(): number {
    return this.#refused + (this.#end === undefined ? 0 : this.#committed - this.#written);
  }

  /** Bytes that wait to be written. */
  get queuedBytes(): number {
    return this.#filling.length + this.#unwrittenBytes;
  }

  /** Makes room for a line of at most `size` bytes and returns where in `bytes` it begins. */
  reserve(size: number): number {
    this.#filling.reserve(size);
    return this.#filling.length;
  }

  /**
   * Queues the line from the reserved place to `end` (exclusive); the last byte must be a newline. Returns false
   * when it was dropped. A header or another line that is not a record is not `counted`.
   */
  commit(end: number, counted = true): boolean {
    const batch = this.#filling;
    if (this.#end !== undefined || end + this.#unwrittenBytes > this.#capacityBytes) {
      if (counted) this.#refused++;
      return false;
    }
    batch.add(end, counted);
    if (counted) this.#committed++;
    if (!this.#running) {
      this.#running = true;
      // Not now: the rest of the batch of records at hand goes out by the same write.
      queueMicrotask(this.#start);
    }
    return true;
  }

  /** Queues one line that is not a record, as `commit()` does; the newline is added. */
  writeLine(line: string): boolean {
    const at = this.reserve(3 * line.length + 1);
    const bytes = this.bytes;
    const { written } = encoder.encodeInto(line, bytes.subarray(at));
    bytes[at + written] = 0x0a;
    return this.commit(at + written + 1, false);
  }

  /**
   * Resolves when nothing waits any more, to true when every committed line was written; to false when `deadlineMs`
   * have passed before, or the writer has ended.
   */
  flush(deadlineMs?: number): Promise<boolean> {
    if (!this.#running || this.#end !== undefined) {
      return Promise.resolve(this.#end === undefined || this.#committed === this.#written);
    }
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiters.delete(finish);
        resolve(!this.#running && this.#committed === this.#written);
      };
      const timer = deadlineMs === undefined ? undefined : setTimeout(finish, deadlineMs);
      this.#waiters.add(finish);
    });
  }

  /**
   * Flushes for at most `deadlineMs` and ends; what is not written by then counts as dropped. A write that the sink
   * still holds cannot be taken back: it keeps the event loop alive, and its lines count as written if it ends
   * after all. The sink stays open. Idempotent.
   */
  async close(deadlineMs = 200): Promise<void> {
    await this.flush(deadlineMs);
    this.#finish("closed");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #finish(end: WriterEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#filling.clear();
    this.#unwrittenBytes = 0;
    this.#resolveClosed(end);
    for (const finish of [...this.#waiters]) finish();
  }

  async #run(): Promise<void> {
    while (this.#end === undefined && this.#filling.length > 0) {
      const batch = this.#filling;
      batch.finishChunk();
      this.#filling = this.#writing;
      this.#writing = batch;
      this.#unwrittenBytes = batch.length;
      await this.#writeBatch(batch);
      batch.clear();
    }
    this.#running = false;
    for (const finish of [...this.#waiters]) finish();
  }

  /** Writes chunk by chunk, until the batch or the writer ends. */
  async #writeBatch(batch: LineBatch): Promise<void> {
    for (let chunk = 0; chunk < batch.chunkCount && this.#end === undefined; chunk++) {
      let at = batch.chunkStart(chunk);
      const end = batch.chunkEnd(chunk);
      try {
        while (at < end) {
          const count = await this.#writeSome(batch.bytes.subarray(at, end));
          at += count;
          if (this.#end === undefined) this.#unwrittenBytes -= count;
        }
        this.#written += batch.chunkRecords(chunk);
      } catch (error) {
        this.#written += batch.recordsBefore(chunk, at);
        this.#finish(endOf(error, this.#name));
      }
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    for (;;) {
      try {
        const count = await this.#sink.write(bytes);
        if (count > 0) return count;
      } catch (error) {
        // O_NONBLOCK belongs to the open file, which is shared with whoever else has it, and may be set by them.
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      }
      if (this.#end !== undefined) throw new Error("the writer has ended");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

const encoder = new TextEncoder();

function endOf(error: unknown, name: string): WriterEnd {
  if (error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset) {
    return "broken-pipe";
  }
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new RuntimeError(`Cannot write to ${name}: the disk is full`, {
      hint: "Free some space there, or write to another place with --output-file.",
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(`Cannot write to ${name}: ${reason}`, {
    hint: "Check where the output goes, or write to another place with --output-file.",
    cause: error,
  });
}

/** The errno's name, which Deno puts on its errors. */
function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
