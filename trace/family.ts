import { readTextIfThere } from "./files.ts";

/** In the environment of a command and of all that it starts; its value is the run's own. */
const MARKER = "GOHTTPSNOOP_RUN";
/** What is known of a process is looked up again after so long: its number may be another's by then. */
const KNOWN_NS = 1_000_000_000;
/** Ancestors that are asked for, at most. */
const GENERATIONS = 64;

/**
 * Tells the processes that a command has started, and itself, from others that run the same executable: by what they
 * inherited in their environment, or, where one has been given another environment, by their ancestors. That needs
 * nothing of the kernel, and is asked once a second for each process that serves requests.
 */
export class Family {
  /** To be set for the command: `[name, value]`. */
  readonly marker: readonly [string, string] = [MARKER, crypto.randomUUID()];
  readonly #known = new Map<number, { readonly belongs: boolean; readonly sinceNs: number }>();
  #command = 0;

  /** The command has been started. */
  started(pid: number): void {
    this.#command = pid;
    this.#known.clear();
  }

  /**
   * Whether a process belongs to it, at a time by any clock in nanoseconds. One that has ended before it was ever
   * looked at counts as belonging: what the command started is what matters.
   */
  has(pid: number, timeNs: number): boolean {
    const known = this.#known.get(pid);
    if (known !== undefined && timeNs - known.sinceNs < KNOWN_NS) return known.belongs;
    const belongs = pid === this.#command || (this.#isMarked(pid) ?? known?.belongs ?? true);
    this.#known.set(pid, { belongs, sinceNs: timeNs });
    return belongs;
  }

  /** Undefined when the process has ended. */
  #isMarked(pid: number): boolean | undefined {
    // Not in this PID namespace: nothing that was started here.
    if (pid === 0) return false;
    const environment = readTextIfThere(`/proc/${pid}/environ`);
    if (environment === undefined) return undefined;
    if (`\0${environment}`.includes(`\0${this.marker.join("=")}\0`)) return true;
    let ancestor = pid;
    for (let i = 0; i < GENERATIONS && ancestor > 1; i++) {
      const parent = /^PPid:\s*(\d+)$/m.exec(readTextIfThere(`/proc/${ancestor}/status`) ?? "")?.[1];
      ancestor = Number(parent ?? 0);
      if (ancestor === this.#command) return true;
    }
    return false;
  }
}
