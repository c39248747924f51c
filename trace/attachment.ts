import { type Native, UprobeLink, type UprobeLinkOptions } from "../ffi/mod.ts";
import type { CallMaps } from "./call_maps.ts";
import type { LoadedProgram } from "./program_loader.ts";

/** A place where a program is attached. */
export interface AttachedSite {
  /** Its number in the session. */
  readonly index: number;
  readonly fileOffset: number;
}

/** A loaded program and where it goes. */
export interface AttachableProgram {
  readonly loaded: LoadedProgram;
  readonly sites: readonly AttachedSite[];
  /** Whether a hit learns from its attachment which site it is at; otherwise the program has one site and knows it. */
  readonly cookies: boolean;
  /** Whether its hits are returns of calls. */
  readonly atReturn: boolean;
}

/** A program that is attached, as far as it still is. */
interface Attached {
  readonly program: AttachableProgram;
  readonly sites: readonly AttachedSite[];
  readonly link: UprobeLink;
}

/** How an executable's programs are attached. */
export type AttachTo = Pick<UprobeLinkOptions, "method" | "path" | "pid">;

/** The probes in one executable; made by `Session.attach()`, ended by `Session.release()`. */
export class Attachment {
  /** Distinct programs that were loaded. */
  readonly programs: number;
  readonly #native: Native;
  readonly #to: AttachTo;
  readonly #calls: CallMaps | undefined;
  readonly #resources: Disposable;
  #attached: Attached[] = [];

  /**
   * Attaches the programs, and owns `resources` behind them.
   *
   * @param calls what is kept of calls, where there are any
   * @throws {TargetError} when the kernel refuses a site.
   */
  constructor(
    native: Native,
    to: AttachTo,
    programs: readonly AttachableProgram[],
    calls: CallMaps | undefined,
    resources: Disposable,
  ) {
    this.programs = programs.length;
    this.#native = native;
    this.#to = to;
    this.#calls = calls;
    this.#resources = resources;
    try {
      for (const program of programs) this.#attach(program, program.sites);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** See {@linkcode CallMaps.sweep}. */
  sweep(isRunning: (pid: number) => boolean): void {
    this.#calls?.sweep(isRunning);
  }

  /** Whether nothing is attached any more. */
  get isEmpty(): boolean {
    return this.#attached.length === 0;
  }

  /**
   * Takes the probes of some sites away. The others of a uprobe_multi link have to go with them for a moment; calls that
   * are open then are forgotten, because it is not seen whether they return.
   *
   * @param indexes the sites, by their numbers
   * @returns whether others went with them
   */
  drop(indexes: ReadonlySet<number>): boolean {
    const touched = this.#attached.filter(({ sites }) => sites.some(({ index }) => indexes.has(index)));
    if (touched.length === 0) return false;
    this.#attached = this.#attached.filter((attached) => !touched.includes(attached));
    const rests = touched.map((attached) => ({
      ...attached,
      sites: attached.sites.filter(({ index }) => !indexes.has(index)),
    }));
    if (this.#to.method === "perf") {
      for (const { link, sites, program } of rests) {
        link.keep(new Set(sites.map(({ fileOffset }) => fileOffset)));
        if (sites.length > 0) this.#attached.push({ link, sites, program });
      }
      return false;
    }
    for (const { link } of touched) link.close();
    this.#calls?.calls.clear();
    // The returns first: of a call whose entry is seen the return has to be seen too.
    const again = rests.filter(({ sites }) => sites.length > 0)
      .sort((a, b) => Number(b.program.atReturn) - Number(a.program.atReturn));
    for (const { program, sites } of again) this.#attach(program, sites);
    return again.length > 0;
  }

  /** Takes the probes away. */
  detach(): void {
    for (const { link } of this.#attached) link.close();
    this.#attached = [];
  }

  /** Takes the probes away and releases all. Idempotent. */
  close(): void {
    this.detach();
    this.#resources[Symbol.dispose]();
  }

  #attach(program: AttachableProgram, sites: readonly AttachedSite[]): void {
    const link = new UprobeLink(this.#native, program.loaded, {
      ...this.#to,
      offsets: sites.map(({ fileOffset }) => fileOffset),
      ...program.cookies ? { cookies: sites.map(({ index }) => index) } : {},
    });
    this.#attached.push({ program, sites, link });
  }
}
