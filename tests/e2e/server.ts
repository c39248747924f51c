import { buildGo, installedGo, type Toolchain } from "../toolchains.ts";
import { Lines } from "./lines.ts";

/** Builds the example's server. */
export async function buildExample(toolchain?: Toolchain): Promise<string> {
  const dir = new URL("../../examples/server", import.meta.url).pathname;
  return await buildGo({ toolchain: toolchain ?? await installedGo(), dir, output: "main" });
}

/** Builds the server with awkward handlers. */
export async function buildAwkward(toolchain?: Toolchain, flags: readonly string[] = []): Promise<string> {
  const dir = new URL("../servers/awkward", import.meta.url).pathname;
  return await buildGo({ toolchain: toolchain ?? await installedGo(), dir, flags, output: "awkward" });
}

/** How a server is started. */
export interface ServerOptions {
  /** More arguments. */
  readonly args?: readonly string[];
  readonly tls?: boolean;
  /** A command that starts it, with its arguments: `unshare ...`. `Server.pid` is that one's. */
  readonly through?: readonly string[];
}

/** A Go server that is running, on ports of its own choice. It is ended, by its process id, with its scope. */
export class Server implements AsyncDisposable {
  readonly pid: number;
  /** `http://127.0.0.1:PORT`. */
  readonly http: string;
  /** `https://127.0.0.1:PORT`; empty where it is not served. */
  readonly https: string;
  /** The certificate of `https`, as PEM. */
  readonly certificate: string;
  readonly #child: Deno.ChildProcess;
  readonly #output: readonly Lines[];

  private constructor(
    child: Deno.ChildProcess,
    output: readonly Lines[],
    http: string,
    https: string,
    pem: string,
  ) {
    this.pid = child.pid;
    this.#child = child;
    this.#output = output;
    this.http = http;
    this.https = https;
    this.certificate = pem;
  }

  /** Starts it and waits until it listens. */
  static async start(binary: string, options: ServerOptions = {}): Promise<Server> {
    const certificateFile = options.tls ? await Deno.makeTempFile({ suffix: ".pem" }) : "";
    const tls = options.tls ? ["-https", "127.0.0.1:0", "-cert-out", certificateFile] : [];
    const [command = "", ...args] = [
      ...options.through ?? [],
      binary,
      "-http",
      "127.0.0.1:0",
      ...tls,
      ...options.args ?? [],
    ];
    const child = new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stdout = new Lines(child.stdout);
    const stderr = new Lines(child.stderr);
    const address = async (scheme: string) => {
      const line = await stdout.find(
        `line for ${scheme}`,
        (line) => line.startsWith(`listening on ${scheme}://`),
      );
      return line.slice("listening on ".length);
    };
    const http = await address("http");
    const https = options.tls ? await address("https") : "";
    const certificate = options.tls ? await Deno.readTextFile(certificateFile) : "";
    if (options.tls) await Deno.remove(certificateFile);
    return new Server(child, [stdout, stderr], http, https, certificate);
  }

  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await this.#child.status;
    await Promise.all(this.#output.map((lines) => lines.closed));
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
