import { EnvironmentError, RuntimeError, TargetError } from "../base/mod.ts";
import { CountersLayout, GrowingLayout } from "../bpf/mod.ts";
import { Clock, type EventProbe, type RecordSite } from "../event/mod.ts";
import {
  allocate,
  type AttachMethod,
  BpfMap,
  hasSleepableUprobes,
  hasUprobeMulti,
  MapType,
  Native,
  PinnedFile,
  readClocks,
  RingBuffer,
} from "../ffi/mod.ts";
import { type ProbePlan, type SiteCost, siteCosts } from "../probe/mod.ts";
import { type AttachableProgram, Attachment } from "./attachment.ts";
import { checkPrivileges, kernelAtLeast, pidNamespace } from "./environment.ts";
import { callShapeOf, encodeCall } from "./call_encoding.ts";
import { CallMaps } from "./call_maps.ts";
import { HitCounts } from "./hit_counts.ts";
import { OpenRequests } from "./open_requests.ts";
import { encodePlan, objectOf, type PidNamespace, shapeOf } from "./plan_encoding.ts";
import { ProgramLoader } from "./program_loader.ts";
import { askedOnce } from "./sweep.ts";
import type { Target } from "./target.ts";

/** One target and what is probed in it. */
export interface TargetPlans {
  readonly target: Target;
  readonly plans: readonly ProbePlan[];
  /** What the user may want to know of the target; mostly none. */
  readonly notes: readonly string[];
}

/** How a session is opened. */
export interface SessionOptions {
  readonly targets: readonly TargetPlans[];
  /** Bytes of the ring buffer: a power of two, a multiple of the page size. */
  readonly bufferBytes: number;
  /** `auto` takes a uprobe_multi link where the kernel has it. */
  readonly attach: "auto" | AttachMethod;
  /** Another libbpf than the system's. */
  readonly libbpfPath: string;
  /** Hits of requests are counted too. Default false: those of calls alone. */
  readonly countRequests?: boolean;
}

/** What the program counted, over all CPUs. */
export interface KernelCounters {
  /** Records for which the ring had no room, and calls for which there was none to be kept until they return. */
  readonly lost: number;
  /** Hits at a branch that was taken: the stack grew, and the call came again. */
  readonly reentered: number;
  /** Requests whose beginning could not be kept: their latency is not known. */
  readonly unkept: number;
  /** Calls that did not meet the condition. */
  readonly filtered: number;
}

/** Calls that may be growing their stacks at one time, over all processes: far more than there are CPUs. */
const GROWING_AT_ONCE = 4096;

/** Sites are numbered by 16 bits of a record. */
const MAX_SITES = 0x10000;

/**
 * The probes of a run and all kernel resources behind them: libraries, maps, and for each executable that is attached
 * the loaded objects and their links. Acquired in that order, released in reverse.
 */
export class Session implements Disposable {
  /** The probes, by the index that events carry. More are added when another executable is attached. */
  readonly probes: EventProbe[] = [];
  /** The sites, by the index that records carry; they grow too. */
  readonly sites: RecordSite[] = [];
  /** By the same index, what their hits cost; undefined where they are not counted. */
  readonly costs: (SiteCost | undefined)[] = [];
  readonly ring: RingBuffer;
  readonly clock: Clock;
  /** How probes are attached. */
  readonly method: AttachMethod;
  /** Whether memory that is not resident is brought in; elsewhere what lies there is a fault. */
  readonly sleepable: boolean;
  /** What has begun and not ended, of the whole server. */
  readonly open: OpenRequests;
  readonly #native: Native;
  readonly #counters: BpfMap;
  readonly #growing: BpfMap;
  readonly #hits: HitCounts;
  readonly #countRequests: boolean;
  readonly #cpus: number;
  readonly #loader: ProgramLoader;
  readonly #namespace: PidNamespace | undefined = pidNamespace();
  /** Index of a site by what its records look like: a function that is attached again keeps its number. */
  readonly #siteIndexes = new Map<string, number>();
  /** Sites that were let go for good. */
  readonly #dropped = new Set<number>();
  /** All requests of servers are among them. */
  #serverDropped = false;
  readonly #attachments = new Set<Attachment>();
  readonly #resources: Disposable;
  #detached = false;

  /**
   * Makes all that does not belong to one executable; {@linkcode attach} does the rest.
   *
   * @throws {EnvironmentError} when a privilege, libbpf or a kernel feature is missing.
   */
  constructor(options: SessionOptions) {
    for (const { target, plans } of options.targets) checkArchitecture(target, plans);
    checkPrivileges();
    using stack = new DisposableStack();
    const native = stack.use(new Native(options.libbpfPath));
    this.#native = native;
    const multi = hasUprobeMulti(native);
    if (options.attach === "multi" && !multi) {
      throw new EnvironmentError("This kernel has no uprobe_multi links", {
        hint: "They came with Linux 6.6; leave out --attach.",
      });
    }
    this.method = options.attach === "auto" ? (multi ? "multi" : "perf") : options.attach;
    this.sleepable = hasSleepableUprobes(native);
    this.#loader = new ProgramLoader(native, { multi: this.method === "multi", sleepable: this.sleepable });
    this.ring = stack.use(new RingBuffer(native, options.bufferBytes));
    this.#cpus = native.checkNegative(native.libbpf.libbpf_num_possible_cpus(), "Cannot count the CPUs");
    this.#counters = stack.use(
      new BpfMap(native, {
        name: "counters",
        type: MapType.PerCpuArray,
        keySize: 4,
        valueSize: CountersLayout.byteLength,
        maxEntries: 1,
      }),
    );
    const plans = options.targets.reduce((sum, target) => sum + target.plans.length, 0);
    this.#hits = stack.use(new HitCounts(native, this.#cpus, plans, MAX_SITES));
    this.#countRequests = options.countRequests ?? false;
    this.#growing = stack.use(
      new BpfMap(native, {
        name: "growing",
        type: MapType.Hash,
        keySize: GrowingLayout.byteLength,
        valueSize: 1,
        maxEntries: GROWING_AT_ONCE,
      }),
    );
    this.clock = new Clock(readClocks(native));
    this.open = stack.use(new OpenRequests(native, this.clock, this.ring.controlWords));
    this.#resources = stack.move();
  }

  /** Forgets the open requests, and the calls that have not returned, of processes that have ended. */
  sweepOpen(): void {
    // Another PID namespace's /proc numbers them otherwise.
    if (Deno.readLinkSync("/proc/self") !== String(Deno.pid)) return;
    const runs = askedOnce(isRunning);
    this.open.sweep(runs);
    for (const attachment of this.#attachments) attachment.sweep(runs);
  }

  /** Opens a file for as long as it is to be traced. */
  openFile(path: string): PinnedFile {
    return new PinnedFile(this.#native, path);
  }

  /**
   * Loads and attaches the plans of one executable, which `path` leads to.
   *
   * @throws {TargetError} when the kernel refuses a site.
   */
  attach({ target, plans }: TargetPlans, path: string): Attachment {
    checkArchitecture(target, plans);
    using stack = new DisposableStack();
    const programs: AttachableProgram[] = [];
    const calls = plans.some(({ kind }) => kind === "call")
      ? stack.use(new CallMaps(this.#native, plans))
      : undefined;
    for (const program of this.#groupPrograms(plans, target)) {
      const isCall = program.plan.kind === "call";
      const rodata = program.sites.length === 1
        ? this.#encode(program.plan, target, program.sites[0]!.index)
        : program.rodata;
      const loaded = stack.use(
        this.#loader.load(objectOf(program.plan), rodata, {
          ring: this.ring.map,
          control: this.ring.control,
          counters: this.#counters,
          growing: this.#growing,
          hits: this.#hits.map,
          ...calls === undefined || !isCall ? this.open.maps : { calls: calls.calls, blank: calls.blank },
        }),
      );
      programs.push({
        loaded,
        sites: program.sites,
        cookies: program.sites.length > 1,
        atReturn: program.plan.step === "return",
      });
    }
    // Before 6.10 the link's filter compares threads; the program compares the process anyway.
    const to = { method: this.method, path, pid: kernelAtLeast(6, 10) ? target.pid : 0 };
    const attachment = new Attachment(this.#native, to, programs, calls, stack.move());
    this.#attachments.add(attachment);
    return attachment;
  }

  /** Hits so far, by site; 0 of those that have no {@linkcode costs}. */
  hits(): readonly number[] {
    return this.#hits.read(this.sites.length);
  }

  /**
   * Takes the probes of some sites away, here and in every executable that is attached later. With one of a server go all
   * of its: a request that is not seen to begin, or to end, is none.
   *
   * @returns whether others are left, and whether some of them were away for a moment
   */
  drop(indexes: ReadonlySet<number>): { readonly othersLeft: boolean; readonly othersAway: boolean } {
    const isServer = (index: number) => this.probes[index]?.kind === "server";
    const dropsServer = [...indexes].some(isServer);
    const all = new Set(indexes);
    if (dropsServer) this.probes.forEach((_, index) => isServer(index) && all.add(index));
    for (const index of all) this.#dropped.add(index);
    this.#serverDropped ||= dropsServer;
    const attachments = [...this.#attachments];
    const othersAway = attachments.filter((attachment) => attachment.drop(all)).length > 0;
    // Nobody sees those end that are open.
    if (dropsServer) this.open.clear();
    return { othersAway, othersLeft: attachments.some((attachment) => !attachment.isEmpty) };
  }

  /** Takes one executable's probes away and releases what is behind them. */
  release(attachment: Attachment): void {
    this.#attachments.delete(attachment);
    attachment.close();
  }

  /**
   * Plans of one executable that differ in nothing but their sites share a program, where a record can say which site
   * it came from: by cookie, with multi links and with perf events from Linux 5.15. Elsewhere each site has its own.
   */
  #groupPrograms(plans: readonly ProbePlan[], target: Target): Program[] {
    const cookies = this.method === "multi" || kernelAtLeast(5, 15);
    const groups = new Map<string, Program>();
    const costs = siteCosts(plans, { requests: this.#countRequests });
    for (const [i, plan] of plans.entries()) {
      const index = this.#siteIndex(plan);
      this.costs[index] = costs[i];
      if (this.#dropped.has(index) || plan.kind === "server" && this.#serverDropped) continue;
      const rodata = this.#encode(plan, target, undefined);
      const key = cookies ? latin1.decode(rodata) : String(groups.size);
      let program = groups.get(key);
      if (program === undefined) {
        program = { plan, rodata, sites: [] };
        groups.set(key, program);
      }
      program.sites.push({ index, fileOffset: plan.site.fileOffset });
    }
    return [...groups.values()];
  }

  /** @param site the index of the only one; undefined when the attachments' cookies say it. */
  #encode(plan: ProbePlan, target: Target, site: number | undefined): Uint8Array<ArrayBuffer> {
    const options = {
      site,
      sleepable: this.sleepable,
      pid: target.pid,
      wakeupBytes: this.ring.sizeBytes / 4,
      pidNamespace: this.#namespace,
      counted: this.#countRequests,
    };
    return plan.call === undefined ? encodePlan(plan, options) : encodeCall(plan, plan.call, options);
  }

  /** The number of the records of a plan, the same for all plans whose records look alike. */
  #siteIndex(plan: ProbePlan): number {
    const { call } = plan;
    const fields = (call?.fields ?? plan.fields).map(({ name, kind, capBytes }) => [name, kind, capBytes]);
    // A call's entry and its returns are told as one.
    const step = call === undefined ? plan.step : "call";
    const key = JSON.stringify([
      plan.symbol,
      plan.kind,
      step,
      plan.outcome,
      fields,
      call?.args,
      call?.results,
    ]);
    const known = this.#siteIndexes.get(key);
    if (known !== undefined) return known;
    const index = this.sites.length;
    if (index === MAX_SITES) {
      throw new RuntimeError(`More than ${MAX_SITES} functions were probed in one run`, {
        hint: "Start again, with fewer.",
      });
    }
    this.probes.push(plan);
    this.sites.push(
      call === undefined
        ? { probeIndex: index, fields: plan.fields, shape: shapeOf(plan) }
        : { probeIndex: index, fields: call.fields, shape: callShapeOf(plan, call) },
    );
    this.#siteIndexes.set(key, index);
    return index;
  }

  /** What the program has counted so far. */
  counters(): KernelCounters {
    const value = allocate(CountersLayout.byteLength * this.#cpus);
    this.#counters.lookup(0, value);
    const view = new DataView(value.buffer);
    let lost = 0;
    let reentered = 0;
    let unkept = 0;
    let filtered = 0;
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const at = cpu * CountersLayout.byteLength;
      lost += Number(view.getBigUint64(at + CountersLayout.lost.offset, true));
      reentered += Number(view.getBigUint64(at + CountersLayout.reentered.offset, true));
      unkept += Number(view.getBigUint64(at + CountersLayout.unkept.offset, true));
      filtered += Number(view.getBigUint64(at + CountersLayout.filtered.offset, true));
    }
    return { lost, reentered, unkept, filtered };
  }

  /** Takes all probes away, for good. What is in the ring can still be read. */
  detach(): void {
    this.#detached = true;
    for (const attachment of this.#attachments) attachment.detach();
  }

  /** Whether {@linkcode detach} was called. */
  get detached(): boolean {
    return this.#detached;
  }

  close(): void {
    this.#detached = true;
    for (const attachment of this.#attachments) this.release(attachment);
    this.#resources[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Whether there is a process of this number that has not ended. */
function isRunning(pid: number): boolean {
  try {
    // One that has ended, and that its parent has not waited for, is there, but runs no file any more.
    return Deno.readLinkSync(`/proc/${pid}/exe`) !== "";
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/** The probes are made for the registers of the executable's machine. */
function checkArchitecture(target: Target, plans: readonly ProbePlan[]): void {
  const other = plans.find(({ architecture }) => architecture !== Deno.build.arch);
  if (other === undefined) return;
  throw new TargetError(
    `${target.name} is built for ${other.architecture}, and this machine is ${Deno.build.arch}`,
    {
      hint: "Trace it on the machine that runs it; --explain works anywhere.",
    },
  );
}

/** One program to load, and the sites that share it. */
interface Program {
  readonly plan: ProbePlan;
  /** The plan as the program has it, for any number of sites: programs that are equal in it are one. */
  readonly rodata: Uint8Array<ArrayBuffer>;
  readonly sites: { readonly index: number; readonly fileOffset: number }[];
}

/** Gives every byte one character. */
const latin1 = new TextDecoder("latin1");
