import { join } from "node:path";
import { Archive } from "./cpio.ts";
import type { Machine } from "./images.ts";
import { findLibraries } from "./libraries.ts";
import type { Plan } from "./report.ts";

/** What is in a machine beside init's folders. */
export interface Contents {
  readonly machine: Machine;
  /** init/'s executable, a static one. */
  readonly init: string;
  /** Dynamically linked programs, by the name that they get in /bin. They share their libraries. */
  readonly programs: Readonly<Record<string, string>>;
  /** Static programs, by the name that they get in /bin. */
  readonly staticPrograms: Readonly<Record<string, string>>;
  readonly plan: Plan;
  /** Where the libraries are taken from: `/`, or a folder with unpacked packages. */
  readonly root: string;
}

/** What the tracer opens while it runs. */
const OPENED = ["libbpf.so.1", "libc.so.6"] as const;

/** Writes the initramfs to `path`. */
export async function writeInitramfs(path: string, contents: Contents): Promise<void> {
  const { machine, init, programs, staticPrograms, plan, root } = contents;
  using archive = new Archive(path);
  // The kernel opens it for init before anything is mounted.
  archive.device("dev/console", 5, 1);
  for (const folder of ["proc", "sys", "tmp"]) archive.folder(folder);
  archive.copy("init", init);
  archive.bytes("plan.json", new TextEncoder().encode(JSON.stringify(plan)));
  for (const [name, file] of Object.entries(staticPrograms)) archive.copy(join("bin", name), file);
  const written = new Set<string>();
  for (const [name, file] of Object.entries(programs)) {
    archive.copy(join("bin", name), file);
    const { interpreter, libraries } = await findLibraries(file, OPENED, root, machine.triplet);
    const files = [
      [interpreter.name.slice(1), interpreter.path] as const,
      ...[...libraries].map(([soname, library]) => [join("lib", soname), library] as const),
    ];
    for (const [target, library] of files) {
      if (written.has(target)) continue;
      written.add(target);
      archive.copy(target, library);
    }
  }
  archive.finish();
}
