/** The text of a child's pipe, line by line, with waits for what is still to come. */
export class Lines {
  readonly lines: string[] = [];
  /** Resolves when the pipe is closed at the other end. */
  readonly closed: Promise<void>;
  #waiters: (() => void)[] = [];
  #isClosed = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.closed = this.#read(stream);
  }

  /** All that has come, with its newlines. */
  get text(): string {
    return this.lines.map((line) => `${line}\n`).join("");
  }

  /**
   * The first line that satisfies `wanted`.
   *
   * @throws when none has come in time, or the pipe was closed, with what did come.
   */
  async find(what: string, wanted: (line: string) => boolean, timeoutMs = 15_000): Promise<string> {
    let found: string | undefined;
    await this.until(what, () => (found = this.lines.find(wanted)) !== undefined, timeoutMs);
    return found!;
  }

  /** Waits until there are at least `count` lines. */
  async atLeast(count: number, timeoutMs = 15_000): Promise<void> {
    await this.until(`${count} lines`, () => this.lines.length >= count, timeoutMs);
  }

  /** Waits until `done()`, which is asked after each line. */
  async until(what: string, done: () => boolean, timeoutMs: number): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, timeoutMs);
    try {
      while (!done()) {
        if (late || this.#isClosed) {
          const last = this.lines.slice(-20).join("\n");
          throw new Error(
            `${late ? `After ${timeoutMs} ms` : "At the end"} there is no ${what}; what came:\n${last}`,
          );
        }
        await new Promise<void>((resolve) => this.#waiters.push(resolve));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.lines.push(...lines);
      if (lines.length > 0) this.#wake();
    }
    if (rest !== "") this.lines.push(rest);
    this.#isClosed = true;
    this.#wake();
  }
}
