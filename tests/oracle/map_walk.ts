import {
  CTRL_FREE,
  MAP_SLOTS,
  type MapLayout,
  type MapSlots,
  SAME_SIZE_GROW,
  TOPHASH,
} from "../../go/mod.ts";
import type { BucketMapLayout, SwissMapLayout } from "../../go/mod.ts";

/** The memory of a process that stands still. */
export class ProcessMemory implements Disposable {
  readonly #file: Deno.FsFile;

  constructor(pid: number) {
    this.#file = Deno.openSync(`/proc/${pid}/mem`, { read: true });
  }

  bytes(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.#file.seekSync(address, Deno.SeekMode.Start);
    for (let done = 0; done < length;) {
      const count = this.#file.readSync(bytes.subarray(done));
      if (count === null) throw new Error(`nothing to read at 0x${address.toString(16)}`);
      done += count;
    }
    return bytes;
  }

  byte(address: number): number {
    return this.bytes(address, 1)[0]!;
  }

  /** A pointer or a count: those that are no larger than a number can be. */
  word(address: number): number {
    return Number(new DataView(this.bytes(address, 8).buffer).getBigUint64(0, true));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A map as it was found in memory. */
export interface WalkedMap {
  /** What the map itself says. */
  readonly size: number;
  /** Each entry's key and element, as they lie there. */
  readonly entries: readonly { readonly key: Uint8Array; readonly element: Uint8Array }[];
  /** What a test wants to have met. */
  readonly state: "nil" | "empty" | "small" | "large" | "growing" | "growing, as large";
}

/** Finds every entry of a map by its layout. */
export function walkMap(memory: ProcessMemory, layout: MapLayout, header: number): WalkedMap {
  if (header === 0) return { size: 0, entries: [], state: "nil" };
  const { slots, state } = layout.kind === "buckets"
    ? bucketSlots(memory, layout, header)
    : swissSlots(memory, layout, header);
  const { keys, elements } = layout.kind === "buckets" ? layout.bucket : layout.group;
  const valueAt = ({ offset, stride, type, indirect }: MapSlots, { group, index }: Slot): Uint8Array => {
    const address = group + offset + index * stride;
    return memory.bytes(indirect ? memory.word(address) : address, type.size);
  };
  return {
    size: memory.word(header + (layout.kind === "buckets" ? layout.count : layout.used)),
    entries: slots.map((slot) => ({ key: valueAt(keys, slot), element: valueAt(elements, slot) })),
    state,
  };
}

/** A slot with an entry in it. */
interface Slot {
  /** Address of the bucket or group. */
  readonly group: number;
  readonly index: number;
}

interface Found {
  readonly slots: Slot[];
  readonly state: WalkedMap["state"];
}

function bucketSlots(memory: ProcessMemory, layout: BucketMapLayout, header: number): Found {
  const { bucket } = layout;
  const slots: Slot[] = [];
  const addChain = (first: number) => {
    for (let at = first; at !== 0; at = memory.word(at + bucket.overflow)) {
      memory.bytes(at + bucket.tophash, MAP_SLOTS).forEach((hash, index) => {
        if (hash >= TOPHASH.minOfEntry) slots.push({ group: at, index });
      });
    }
  };
  const B = memory.byte(header + layout.B);
  const buckets = memory.word(header + layout.buckets);
  if (buckets === 0) return { slots, state: "empty" };
  for (let i = 0; i < 2 ** B; i++) addChain(buckets + i * bucket.size);
  const old = memory.word(header + layout.oldbuckets);
  if (old === 0) return { slots, state: B === 0 ? "small" : "large" };
  const sameSize = (memory.byte(header + layout.flags) & SAME_SIZE_GROW) !== 0;
  for (let i = 0; i < 2 ** (sameSize ? B : B - 1); i++) {
    const at = old + i * bucket.size;
    const hash = memory.byte(at + bucket.tophash);
    const isEvacuated = hash >= TOPHASH.minOfEvacuated && hash < TOPHASH.minOfEntry;
    if (!isEvacuated) addChain(at);
  }
  return { slots, state: sameSize ? "growing, as large" : "growing" };
}

function swissSlots(memory: ProcessMemory, layout: SwissMapLayout, header: number): Found {
  const slots: Slot[] = [];
  const addGroup = (group: number) => {
    memory.bytes(group + layout.group.ctrl, MAP_SLOTS).forEach((control, index) => {
      if ((control & CTRL_FREE) === 0) slots.push({ group, index });
    });
  };
  const directory = memory.word(header + layout.dirPtr);
  const length = memory.word(header + layout.dirLen);
  if (directory === 0) return { slots, state: "empty" };
  if (length === 0) {
    addGroup(directory);
    return { slots, state: "small" };
  }
  const tables = new Set(Array.from({ length }, (_, i) => memory.word(directory + 8 * i)));
  for (const table of tables) {
    const groups = memory.word(table + layout.table.groups);
    const mask = memory.word(table + layout.table.lengthMask);
    for (let i = 0; i <= mask; i++) addGroup(groups + i * layout.group.size);
  }
  return { slots, state: "large" };
}
