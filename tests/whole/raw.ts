/** The text of an HTTP/1.1 request with the headers that every one needs, and more. */
export function requestText(line: string, headers: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: example.com", ...headers, "", body].join("\r\n");
}

/** An answer's status line: the number. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1]);
}

/** Sends bytes as they are, on a connection of its own, and gives what comes until the server closes it. */
export async function exchange(origin: string, text: string): Promise<string> {
  await using connection = await RawConnection.open(origin);
  await connection.write(text);
  return await connection.rest();
}

/** A connection on which requests are written by hand. */
export class RawConnection implements AsyncDisposable {
  readonly #connection: Deno.Conn;
  #text = "";
  #closed = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async open(origin: string): Promise<RawConnection> {
    const { hostname, port } = new URL(origin);
    return new RawConnection(await Deno.connect({ hostname, port: Number(port) }));
  }

  async write(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.#connection.write(rest));
  }

  /** What has come, as soon as it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (!await this.#read()) throw new Error(`The connection ended without ${pattern}:\n${this.#text}`);
    }
    return this.#text;
  }

  /** All that comes until the server closes the connection. */
  async rest(): Promise<string> {
    while (await this.#read());
    return this.#text;
  }

  async #read(): Promise<boolean> {
    const buffer = new Uint8Array(65536);
    // What never comes is told, not waited for.
    const timer = setTimeout(() => this.#close(), 15_000);
    const n = await this.#connection.read(buffer).finally(() => clearTimeout(timer)).catch((error) => {
      // A server that has not read the whole request resets the connection.
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    });
    if (n === null) return false;
    this.#text += new TextDecoder().decode(buffer.subarray(0, n));
    return true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    return Promise.resolve();
  }

  #close(): void {
    if (!this.#closed) this.#connection.close();
    this.#closed = true;
  }
}
