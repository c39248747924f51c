import { mapLayout } from "../../go/mod.ts";
import type { GoType } from "../../go/mod.ts";

/** Where a search finds a map's entries: offsets and sizes in bytes. See go/map_layout.ts. */
export interface SearchLayout {
  /** The design: to Go 1.23 mostly buckets, from 1.24 mostly swiss. */
  readonly design: "buckets" | "swiss";
  /** In the map's header: the number of entries. */
  readonly count: number;
  /** In the header: the pointer to the buckets; of a swiss map `dirPtr`. */
  readonly buckets: number;
  /** In the header: the pointer to the old buckets; of a swiss map `dirLen`. */
  readonly oldBuckets: number;
  /** In the header: `B`; of a swiss map, in a table, the pointer to its groups. */
  readonly logBuckets: number;
  /** In a bucket: the pointer to the next; of a swiss map, in a table, the number of groups less one. */
  readonly overflow: number;
  /** In the header: the flags; of a swiss map 0. */
  readonly flags: number;
  /** Bytes of a bucket or group. */
  readonly groupSize: number;
  /** In a bucket or group: the first key. */
  readonly keys: number;
  /** From one key to the next. */
  readonly keyStride: number;
  /** In a bucket or group: the first element. */
  readonly elems: number;
  /** From one element to the next. */
  readonly elemStride: number;
  /** 1 if a pointer to the element is in its place. */
  readonly elemIndirect: 0 | 1;
}

/** How a map of this type is searched; undefined where its layout is not known, or its keys lie behind pointers. */
export function searchLayout(type: GoType): SearchLayout | undefined {
  const layout = mapLayout(type);
  if (layout === undefined) return undefined;
  const slots = layout.kind === "swiss" ? layout.group : layout.bucket;
  if (slots.keys.indirect) return undefined;
  const common = {
    groupSize: slots.size,
    keys: slots.keys.offset,
    keyStride: slots.keys.stride,
    elems: slots.elements.offset,
    elemStride: slots.elements.stride,
    elemIndirect: slots.elements.indirect ? 1 : 0,
  } as const;
  if (layout.kind === "swiss") {
    return {
      ...common,
      design: "swiss",
      count: layout.used,
      buckets: layout.dirPtr,
      oldBuckets: layout.dirLen,
      logBuckets: layout.table.groups,
      overflow: layout.table.lengthMask,
      flags: 0,
    };
  }
  return {
    ...common,
    design: "buckets",
    count: layout.count,
    buckets: layout.buckets,
    oldBuckets: layout.oldbuckets,
    logBuckets: layout.B,
    overflow: layout.bucket.overflow,
    flags: layout.flags,
  };
}
