import { FrameLayout, KeptCallLayout } from "../bpf/mod.ts";
import { BpfMap, MapType, type Native } from "../ffi/mod.ts";
import type { ProbePlan } from "../probe/mod.ts";
import { callShapeOf } from "./call_encoding.ts";
import { sweep } from "./sweep.ts";

/** Memory for what is kept of calls between entry and return, of one executable. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** Calls that are kept at one time: within these bounds as many as the memory has room for. */
const MIN_CALLS = 1024;
const MAX_CALLS = 65536;

/** The maps that the entry and the returns of an executable's functions share. */
export class CallMaps implements Disposable {
  /** What is kept of each call that has not returned. */
  readonly calls: BpfMap;
  /** A value of {@linkcode calls} with nothing in it. */
  readonly blank: BpfMap;

  /** Makes maps whose values have room for each of the plans. */
  constructor(native: Native, plans: readonly ProbePlan[]) {
    using stack = new DisposableStack();
    const kept = Math.max(
      0,
      ...plans.flatMap((plan) => plan.call === undefined ? [] : [callShapeOf(plan, plan.call).keptBytes]),
    );
    const valueSize = KeptCallLayout.byteLength + kept;
    const room = Math.floor(KEPT_BYTES / valueSize);
    this.calls = stack.use(
      new BpfMap(native, {
        name: "calls",
        type: MapType.Hash,
        keySize: FrameLayout.byteLength,
        valueSize,
        maxEntries: Math.max(MIN_CALLS, Math.min(MAX_CALLS, room)),
      }),
    );
    this.blank = stack.use(
      new BpfMap(native, { name: "blank", type: MapType.Array, keySize: 4, valueSize, maxEntries: 1 }),
    );
    stack.move();
  }

  /**
   * Forgets the calls of processes that have ended: see `sweep()`.
   *
   * @param isRunning whether there is a process of this number in the tracer's PID namespace
   */
  sweep(isRunning: (pid: number) => boolean): void {
    sweep(this.calls, KeptCallLayout.pid.offset, isRunning);
  }

  close(): void {
    this.calls.close();
    this.blank.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
