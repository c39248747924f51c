/** An empty folder of a test's own, which is removed with its scope. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Makes one among the system's temporary folders. */
  static async make(): Promise<Folder> {
    return new Folder(await Deno.makeTempDir({ prefix: "gohttpsnoop-" }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
