import { join } from "node:path";
import { installedGo, runTool } from "../toolchains.ts";

/** A certificate for 127.0.0.1 that clients can trust by itself, as PEM files in a folder of its own. */
export class Certificate implements AsyncDisposable {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.certificateFile = join(folder, "cert.pem");
    this.keyFile = join(folder, "key.pem");
  }

  /** Makes one by the program that every Go has for it; it is good for a day. */
  static async make(): Promise<Certificate> {
    const { go, goroot, env } = await installedGo();
    const folder = await Deno.makeTempDir({ prefix: "certificate-" });
    const program = join(goroot, "src", "crypto", "tls", "generate_cert.go");
    await runTool(go, ["run", program, "-host=127.0.0.1", "-ecdsa-curve=P256", "-duration=24h"], {
      env,
      cwd: folder,
    });
    return new Certificate(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
