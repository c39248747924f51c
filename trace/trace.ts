import { UsageError } from "../base/mod.ts";
import { type CallEvent, type RequestEvent, toCall, toRequest } from "../event/mod.ts";
import type { CallSettings, ProbePlan } from "../probe/mod.ts";
import { CostGuard, DEFAULT_MAX_COST, limitsRequests } from "./cost_guard.ts";
import { Follower } from "./follower.ts";
import { inspectTarget } from "./inspect.ts";
import { ProcessNames } from "./process_names.ts";
import { Pump } from "./pump.ts";
import { type KernelCounters, Session, type TargetPlans } from "./session.ts";
import { executableTarget, processTarget, type Target } from "./target.ts";

/** What to trace. */
export interface TargetOptions {
  /** The executable: every process that runs it, now and later. */
  readonly binary?: string;
  /** Only these processes, instead of `binary`. */
  readonly pids?: readonly number[];
  /**
   * Handlers by their symbols, e.g. `main.ping`, and other functions, with the expressions that are wanted of their
   * calls: `main.charge(order.ID) -> (err)`. Default: none, which is the whole server.
   */
  readonly probes?: readonly string[];
  /** Handlers are joined with the end of their requests: status, latency and size are known. Default false. */
  readonly joined?: boolean;
  /**
   * For the whole server, and with `joined`: what is captured of each request, of method, uri (the path), proto, host,
   * remote, tls, alpn, server_name, status, bytes, route, grpc_status, duration, goid, handler, and headers by
   * `header:NAME`. Default: all but the last two.
   */
  readonly columns?: readonly string[];
  /** The most bytes of a path, and of a text of a call, that are captured, 1 to 4096. Default 256. */
  readonly pathBytes?: number;
  /** Also look for calls that no probe can see, and note them; takes longer. Default false. */
  readonly thorough?: boolean;
  /** Of functions that are no handlers, or that expressions are asked of: which calls are shown, and what besides. */
  readonly calls?: CallSettings;
}

/** {@linkcode trace}'s options. */
export interface TraceOptions extends TargetOptions {
  /** Ends the trace; what was seen before is still delivered. */
  readonly signal?: AbortSignal;
  /** Bytes of the ring buffer: a power of two, at least a page. Default 8 MiB. */
  readonly bufferBytes?: number;
  /** Another libbpf.so.1 than the system's. */
  readonly libbpf?: string;
  /**
   * What the probes may cost the target, as a share of one core: 0.05 is 5 %. The functions and handlers that cost most
   * are not traced any more when it is more; the whole server, or handlers that are `joined`, not at all. Infinity sets no
   * limit. Default: 0.05 for calls of functions, and requests have no limit.
   */
  readonly maxCost?: number;
  /** Takes what may be of interest while it runs: a function that is not traced any more, an executable that was replaced. */
  readonly onNote?: (text: string) => void;
}

/** Bytes of a path that are captured when nothing else is asked for. */
export const DEFAULT_PATH_BYTES = 256;
/** Bytes of the ring buffer when nothing else is asked for. */
export const DEFAULT_BUFFER_BYTES = 8 * 1024 * 1024;

/**
 * The targets of a run with their plans: reads the executables, asks nothing of the kernel.
 *
 * @throws {UsageError} when both or neither of `binary` and `pids` are given.
 * @throws {TargetError} when a target cannot be traced.
 */
export function planTargets(options: TargetOptions): TargetPlans[] {
  const { binary, pids = [] } = options;
  if ((binary === undefined) === (pids.length === 0)) {
    throw new UsageError("Name either an executable or processes", { hint: "Give one of binary and pids." });
  }
  const targets: Target[] = binary === undefined
    ? [...new Set(pids)].map(processTarget)
    : [executableTarget(binary)];
  return targets.map((target) => planTarget(target, options));
}

/**
 * The plans of one target: what {@linkcode planTargets} makes for each.
 *
 * @throws {TargetError} when it cannot be traced.
 */
export function planTarget(target: Target, options: TargetOptions): TargetPlans {
  const { probes = [], pathBytes = DEFAULT_PATH_BYTES, thorough = false, joined = false, columns, calls } =
    options;
  const plans = inspectTarget(target, probes, {
    pathBytes,
    thorough,
    joined,
    ...calls === undefined ? {} : { calls },
    // The method tells whether it is a request at all.
    ...columns === undefined ? {} : { columns: [...new Set(["method", ...columns])] },
  });
  return { target, ...plans };
}

/**
 * What would be probed, and how: a plan for each probe (of each process). Needs no privilege and loads nothing.
 *
 * @throws {GohttpsnoopError} when a target cannot be traced.
 */
export function inspect(options: TargetOptions): ProbePlan[] {
  return planTargets(options).flatMap(({ plans }) => plans);
}

/** How messages of the library call the budget. */
const MAX_COST = {
  name: "maxCost",
  value: (share: number) => String(Number(share.toPrecision(2))),
  none: "Infinity",
} as const;

/** What a {@linkcode Trace} gives: by its `type`, a request, or a call of a function that is no handler. */
export type TraceEvent = RequestEvent | CallEvent;

/**
 * Attaches, and gives the requests and calls as they happen:
 *
 * ```ts
 * for await (const event of trace({ binary: "./server", probes: ["main.ping", "main.charge(order.ID) -> (err)"] })) {
 *   if (event.type === "request") console.log(event.method, event.path);
 *   else console.log(event.symbol, event.args["order.ID"], event.results?.["err"]);
 * }
 * ```
 *
 * The probes are attached when this returns, and taken away when the loop is left, the signal aborts or the traced
 * processes have ended. A consumer that is slower than the server makes the ring fill up; what does not fit is
 * counted ({@linkcode Trace.counters}). The loop ends with a RuntimeError, behind what was seen before, when nothing is
 * traced any more because all of it cost more than `maxCost`.
 *
 * @throws {GohttpsnoopError} with a message and a hint, when something cannot be traced.
 */
export function trace(options: TraceOptions): Trace {
  return new Trace(options);
}

/** A running trace; made by {@linkcode trace}. Iterate it once, or close it. */
export class Trace implements AsyncIterable<TraceEvent>, AsyncDisposable {
  /** What is probed at first; an executable that is replaced gets plans of its own. */
  readonly plans: readonly ProbePlan[];
  readonly #session: Session;
  readonly #follower: Follower;
  readonly #guard: CostGuard;
  readonly #pump: Pump;
  readonly #options: TraceOptions;
  /** Of the types that interfaces hold. */
  readonly #names = new ProcessNames();
  #events: TraceEvent[] = [];
  /** Ends the pump's wait for room. */
  #taken = () => {};
  /** Ends the consumer's wait for events. */
  #arrived = () => {};
  #run: Promise<void> | undefined;
  #closing = false;
  #ended = false;
  #counters: KernelCounters = { lost: 0, reentered: 0, unkept: 0, filtered: 0 };

  /** Attaches; see {@linkcode trace}. */
  constructor(options: TraceOptions) {
    this.#options = options;
    const { maxCost, onNote } = options;
    if (maxCost !== undefined && !(maxCost > 0)) {
      throw new UsageError(`maxCost is ${maxCost}, which is no share of a core`, {
        hint: `Give more than 0, leave it out (${DEFAULT_MAX_COST} for calls), or Infinity for no limit.`,
      });
    }
    const targets = planTargets(options);
    this.plans = targets.flatMap(({ plans }) => plans);
    const session = new Session({
      targets,
      bufferBytes: options.bufferBytes ?? DEFAULT_BUFFER_BYTES,
      attach: "auto",
      libbpfPath: options.libbpf ?? "",
      countRequests: limitsRequests(maxCost),
    });
    this.#session = session;
    try {
      this.#follower = new Follower(session, targets, {
        plan: (target) => planTarget(target, options),
        tell: (level, text) => level === "note" && onNote?.(text),
      });
    } catch (error) {
      session.close();
      throw error;
    }
    this.#pump = new Pump(session, {
      event: (view) => {
        if (this.#closing) return false;
        const { probes, clock } = session;
        const isCall = probes[view.probeIndex]?.call !== undefined;
        this.#events.push(isCall ? toCall(view, probes, clock, this.#names) : toRequest(view, probes, clock));
        return true;
      },
      batch: () => this.#offer(),
    }, options.pids === undefined ? 0 : targets.length);
    this.#guard = new CostGuard(session, {
      maxCost,
      limit: MAX_COST,
      tell: (note) => onNote?.(note),
      failed: () => this.#pump.stop(),
    });
  }

  /** What the kernel has counted so far; once closed, in all. */
  counters(): KernelCounters {
    return this.#ended ? this.#counters : this.#session.counters();
  }

  /** The events, in the order in which the server wrote them. Leaving the loop closes the trace. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TraceEvent> {
    const stop = () => this.#pump.stop();
    const { signal } = this.#options;
    signal?.addEventListener("abort", stop);
    if (signal?.aborted) stop();
    try {
      const run = this.#start();
      while (true) {
        while (this.#events.length > 0) {
          const events = this.#events;
          this.#events = [];
          yield* events;
        }
        this.#taken();
        if (this.#ended) break;
        await new Promise<void>((resolve) => this.#arrived = resolve);
      }
      await run;
      if (this.#guard.failure !== undefined) throw this.#guard.failure;
    } finally {
      signal?.removeEventListener("abort", stop);
      await this.close();
    }
  }

  /** Takes the probes away and releases everything. Idempotent. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#pump.stop();
    const run = this.#start();
    this.#taken();
    this.#events = [];
    await run;
  }

  /** {@linkcode close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Runs the pump, once, and releases the session at its end. */
  #start(): Promise<void> {
    return this.#run ??= this.#pump.run().then(() => {}).finally(() => {
      this.#counters = this.#session.counters();
      this.#ended = true;
      this.#guard.close();
      this.#follower.close();
      this.#session.close();
      this.#names[Symbol.dispose]();
      this.#arrived();
    });
  }

  /** Tells the consumer what has come, and waits until it was taken. */
  #offer(): void | Promise<void> {
    if (this.#events.length === 0 || this.#closing) return;
    this.#arrived();
    return new Promise((resolve) => this.#taken = resolve);
  }
}
