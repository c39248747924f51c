import { Server } from "../e2e/server.ts";
import { type Build, buildWhole } from "./programs.ts";
import { type Recorded, Recorder } from "./records.ts";

/** A server and a tracer of it. */
export class Traced implements AsyncDisposable {
  readonly binary: string;
  readonly server: Server;
  readonly recorder: Recorder;

  private constructor(binary: string, server: Server, recorder: Recorder) {
    this.binary = binary;
    this.server = server;
    this.recorder = recorder;
  }

  /** Builds and starts the server whose requests end in every way, and a tracer. */
  static async start(version: string, build: Build = "default"): Promise<Traced> {
    const binary = await buildWhole(version, build);
    const server = await Server.start(binary, { tls: true });
    try {
      return new Traced(binary, server, await Recorder.start(binary));
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Waits for so many records, then ends the tracer. What comes too much has 100 ms to come. */
  async records(count: number): Promise<Recorded> {
    await this.recorder.printed(count);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return await this.recorder.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.recorder[Symbol.asyncDispose]();
    await this.server.stop();
  }
}

/** Titles of builds in the names of tests. */
export function titleOf(version: string, build: Build): string {
  return `Go ${version}${build === "default" ? "" : ` ${build}`}`;
}
