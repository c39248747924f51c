/** Fields of calls by hand, for the tests of this room and of trace/. */
import type { CallField } from "./program.ts";
import type { SearchLayout } from "../map_search.ts";

/** An integer in memory behind AX, read at the entry, but for what `rest` says. */
export function sampleField(rest: Partial<CallField>): CallField {
  return {
    name: "x",
    start: { kind: "register", index: 0, name: "AX" },
    steps: [],
    offset: 0,
    kind: { kind: "integer", size: 8 },
    capBytes: 8,
    fromEntry: true,
    origin: "",
    ...rest,
  };
}

/** No map has it: each member has a number of its own. */
export const SAMPLE_LAYOUT: SearchLayout = {
  design: "swiss",
  count: 1,
  buckets: 2,
  oldBuckets: 3,
  logBuckets: 4,
  overflow: 5,
  flags: 6,
  groupSize: 7,
  keys: 8,
  keyStride: 9,
  elems: 10,
  elemStride: 11,
  elemIndirect: 1,
};
