import { EnvironmentError, TargetError } from "../base/mod.ts";
import { BegunLayout, CountersLayout, GoroutineLayout, GrowingLayout } from "../bpf/mod.ts";
import { Clock, type EventProbe, type RecordSite } from "../event/mod.ts";
import {
  allocate,
  type AttachMethod,
  AttachType,
  BPF_F_SLEEPABLE,
  BpfMap,
  BpfObject,
  hasSleepableUprobes,
  hasUprobeMulti,
  MapType,
  Native,
  readClocks,
  RingBuffer,
  UprobeLink,
} from "../ffi/mod.ts";
import type { ProbePlan } from "../probe/mod.ts";
import { checkPrivileges, kernelAtLeast, pidNamespace } from "./environment.ts";
import { readObject } from "./object.ts";
import { OpenRequests } from "./open_requests.ts";
import { encodePlan, shapeOf } from "./plan_encoding.ts";
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
}

/** What the program counted, over all CPUs. */
export interface KernelCounters {
  /** Records for which the ring had no room. */
  readonly lost: number;
  /** Hits at a branch that was taken: the stack grew, and the call came again. */
  readonly reentered: number;
  /** Requests whose beginning could not be kept: their latency is not known. */
  readonly unkept: number;
}

const PROGRAM = "entry";
/** Calls that may be growing their stacks at one time, over all processes: far more than there are CPUs. */
const GROWING_AT_ONCE = 4096;

/** Requests that may be open at one time, over all processes. */
const OPEN_AT_ONCE = 65536;

/**
 * The attached probes of a run and all kernel resources behind them: libraries, maps, a loaded object for each
 * distinct program, links. Acquired in that order, released in reverse.
 */
export class Session implements Disposable {
  /** The probes, by the index that events carry. */
  readonly probes: readonly EventProbe[];
  readonly sites: readonly RecordSite[];
  readonly ring: RingBuffer;
  readonly clock: Clock;
  /** How the probes were attached. */
  readonly method: AttachMethod;
  /** Whether memory that is not resident is brought in; elsewhere what lies there is a fault. */
  readonly sleepable: boolean;
  /** Distinct programs that were loaded. */
  readonly programs: number;
  /** What has begun and not ended, of the whole server. */
  readonly open: OpenRequests;
  readonly #counters: BpfMap;
  readonly #cpus: number;
  readonly #links: Disposable;
  readonly #resources: Disposable;

  /**
   * Loads and attaches.
   *
   * @throws {EnvironmentError} when a privilege, libbpf or a kernel feature is missing.
   * @throws {TargetError} when the kernel refuses a site.
   */
  constructor(options: SessionOptions) {
    for (const { target, plans } of options.targets) checkArchitecture(target, plans);
    checkPrivileges();
    using stack = new DisposableStack();
    const native = stack.use(new Native(options.libbpfPath));
    const multi = hasUprobeMulti(native);
    if (options.attach === "multi" && !multi) {
      throw new EnvironmentError("This kernel has no uprobe_multi links", {
        hint: "They came with Linux 6.6; leave out --attach.",
      });
    }
    this.method = options.attach === "auto" ? (multi ? "multi" : "perf") : options.attach;
    this.sleepable = hasSleepableUprobes(native);
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
    const growing = stack.use(
      new BpfMap(native, {
        name: "growing",
        type: MapType.Hash,
        keySize: GrowingLayout.byteLength,
        valueSize: 1,
        maxEntries: GROWING_AT_ONCE,
      }),
    );
    const open = stack.use(
      new BpfMap(native, {
        name: "open",
        type: MapType.Hash,
        keySize: GoroutineLayout.byteLength,
        valueSize: BegunLayout.byteLength,
        maxEntries: OPEN_AT_ONCE,
      }),
    );
    this.open = new OpenRequests(open);
    this.clock = new Clock(readClocks(native));
    for (const { target } of options.targets) if (target.pid !== 0) this.ring.watchExit(target.pid);

    const programs = groupPrograms(options.targets, this.method);
    const links = stack.use(new DisposableStack());
    const objectBytes = readObject();
    const namespace = pidNamespace();
    for (const program of programs) {
      const object = stack.use(
        new BpfObject(native, {
          bytes: objectBytes,
          program: PROGRAM,
          rodata: encodePlan(program.plan, program.shape, {
            site: program.sites.length === 1 ? program.sites[0]!.index : undefined,
            sleepable: this.sleepable,
            pid: program.target.pid,
            wakeupBytes: this.ring.sizeBytes / 4,
            pidNamespace: namespace,
          }),
          maps: { ring: this.ring.map, control: this.ring.control, counters: this.#counters, growing, open },
          flags: this.sleepable ? BPF_F_SLEEPABLE : 0,
          ...this.method === "multi" ? { expectedAttachType: AttachType.UprobeMulti } : {},
        }),
      );
      links.use(
        new UprobeLink(native, object, {
          method: this.method,
          path: program.target.path,
          offsets: program.sites.map((site) => site.fileOffset),
          ...program.sites.length === 1 ? {} : { cookies: program.sites.map((site) => site.index) },
          // Before 6.10 the link's filter compares threads; the program compares the process anyway.
          pid: kernelAtLeast(6, 10) ? program.target.pid : 0,
        }),
      );
    }
    const plans = options.targets.flatMap((target) => target.plans);
    this.probes = plans;
    this.sites = plans.map((plan, probeIndex) => ({ probeIndex, fields: plan.fields, shape: shapeOf(plan) }));
    this.programs = programs.length;
    this.#links = links;
    this.#resources = stack.move();
  }

  /** What the program has counted so far. */
  counters(): KernelCounters {
    const value = allocate(CountersLayout.byteLength * this.#cpus);
    this.#counters.lookup(0, value);
    const view = new DataView(value.buffer);
    let lost = 0;
    let reentered = 0;
    let unkept = 0;
    for (let cpu = 0; cpu < this.#cpus; cpu++) {
      const at = cpu * CountersLayout.byteLength;
      lost += Number(view.getBigUint64(at + CountersLayout.lost.offset, true));
      reentered += Number(view.getBigUint64(at + CountersLayout.reentered.offset, true));
      unkept += Number(view.getBigUint64(at + CountersLayout.unkept.offset, true));
    }
    return { lost, reentered, unkept };
  }

  /** Takes the probes away. What is in the ring can still be read. */
  detach(): void {
    this.#links[Symbol.dispose]();
  }

  close(): void {
    this.#resources[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.close();
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
  readonly target: Target;
  readonly plan: ProbePlan;
  readonly shape: ReturnType<typeof shapeOf>;
  readonly sites: { readonly index: number; readonly fileOffset: number }[];
}

/**
 * Plans of one target that differ in nothing but their sites share a program, where a record can say which site it
 * came from: by cookie, with multi links and with perf events from Linux 5.15. Elsewhere each site has its own.
 */
function groupPrograms(targets: readonly TargetPlans[], method: AttachMethod): Program[] {
  const cookies = method === "multi" || kernelAtLeast(5, 15);
  const programs: Program[] = [];
  let index = 0;
  for (const { target, plans } of targets) {
    const groups = new Map<string, Program>();
    for (const plan of plans) {
      const key = cookies
        ? JSON.stringify([plan.fields, plan.site.guard, plan.architecture, plan.step, plan.marked])
        : String(index);
      let program = groups.get(key);
      if (program === undefined) {
        program = { target, plan, shape: shapeOf(plan), sites: [] };
        groups.set(key, program);
        programs.push(program);
      }
      program.sites.push({ index: index++, fileOffset: plan.site.fileOffset });
    }
  }
  return programs;
}
