import { Lines } from "../e2e/lines.ts";

/** How a server that this project did not write is started. */
export interface ForeignCommand {
  readonly binary: string;
  /** Arguments, given the port of 127.0.0.1 to listen on and a folder of its own that is empty. */
  readonly args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>;
  /** What it writes once it takes connections. */
  readonly ready: RegExp;
}

/** How long a server may take to its ready mark: Prometheus replays its (empty) log, on a machine that is busy. */
const START_LIMIT_MS = 60_000;
/** How long it may take to end when it is told to; then it is killed. */
const STOP_LIMIT_MS = 10_000;

/**
 * A server that is running, on 127.0.0.1 only, with a folder of its own as home. With its scope it is ended, by its
 * process id, and the folder removed.
 */
export class ForeignServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: readonly Lines[];

  private constructor(child: Deno.ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.#output = [new Lines(child.stdout), new Lines(child.stderr)];
    this.port = port;
    this.folder = folder;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Starts it and waits until it listens; throws with what it wrote when it does not. */
  static async start({ binary, args, ready }: ForeignCommand): Promise<ForeignServer> {
    const folder = await Deno.makeTempDir({ prefix: "foreign-" });
    try {
      const port = freePort();
      // The kernel ends the server with the tests, also when they are killed and cannot do it themselves.
      const child = new Deno.Command("setpriv", {
        args: ["--pdeathsig=KILL", "--", binary, ...await args(port, folder)],
        cwd: folder,
        env: { HOME: folder, TMPDIR: folder, PATH: "/usr/bin:/bin" },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const server = new ForeignServer(child, port, folder);
      try {
        await server.#waitFor(ready);
      } catch (error) {
        await server.stop();
        throw error;
      }
      return server;
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Ends it, and returns its exit code. */
  async stop(): Promise<number> {
    const kill = (signal: Deno.Signal) => {
      try {
        this.#child.kill(signal);
      } catch {
        // It has ended by itself.
      }
    };
    kill("SIGTERM");
    const timer = setTimeout(() => kill("SIGKILL"), STOP_LIMIT_MS);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    await Promise.all(this.#output.map((lines) => lines.closed));
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Waits for the mark on standard output or standard error, whichever the server writes to. */
  async #waitFor(ready: RegExp): Promise<void> {
    const seen = this.#output.map((lines) =>
      lines.find(`line ${ready}`, (line) => ready.test(line), START_LIMIT_MS)
    );
    await Promise.any(seen).catch((error: AggregateError) => {
      throw new Error(error.errors.map(({ message }) => message).join("\n"));
    });
  }
}

/**
 * A port that nothing listens on now. It is below those that the kernel gives to clients, so that a connection of this
 * or another test does not take it in the moment before the server does.
 */
function freePort(): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error("100 ports of 127.0.0.1 are in use");
}
