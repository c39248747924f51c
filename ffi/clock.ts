import { allocate, type Native } from "./native.ts";

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/**
 * One instant of two clocks, read one after the other: CLOCK_MONOTONIC, which is the program's bpf_ktime_get_ns(),
 * and Unix time, both in nanoseconds.
 */
export function readClocks(native: Native): { readonly monotonicNs: bigint; readonly unixNs: bigint } {
  return { monotonicNs: readClock(native, CLOCK_MONOTONIC), unixNs: readClock(native, CLOCK_REALTIME) };
}

function readClock(native: Native, clock: number): bigint {
  const time = allocate(16);
  native.check(native.libc.clock_gettime(clock, time), "Cannot read the clock");
  const view = new DataView(time.buffer);
  return view.getBigInt64(0, true) * 1_000_000_000n + view.getBigInt64(8, true);
}
