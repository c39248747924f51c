import { type GoType, mapLayout, selectField } from "../go/mod.ts";

/** A map's key that is looked for: an integer's 8 bytes, or a string's. */
export type MapKey =
  | { readonly kind: "integer"; readonly size: 1 | 2 | 4 | 8; readonly value: bigint }
  | { readonly kind: "string"; readonly bytes: Uint8Array };

/** A search in a map. */
export interface MapSearch {
  /** The map's type, for people. */
  readonly typeName: string;
  /** Where its entries are. */
  readonly layout: SearchLayout;
  /** The key that is looked for. */
  readonly key: MapKey;
  /** How many buckets or groups, of 8 entries each, are looked into: the verifier follows each at every start. */
  readonly groups: number;
  /** The element is a slice, whose first one is meant. */
  readonly first?: true;
}

/** Where a search finds the entries of a map, or of a slice of keys and values: offsets and sizes in bytes. See go/map_layout.ts. */
export interface SearchLayout {
  /** The map's design, to Go 1.23 mostly buckets, from 1.24 mostly swiss; or a list, which is a slice. */
  readonly design: "buckets" | "swiss" | "list";
  /** In the map's header, or the slice's: the number of entries. */
  readonly count: number;
  /** In the header: the pointer to the buckets; of a swiss map `dirPtr`; in the slice's header: its pointer. */
  readonly buckets: number;
  /** In the header: the pointer to the old buckets; of a swiss map `dirLen`. */
  readonly oldBuckets: number;
  /** In the header: `B`; of a swiss map, in a table, the pointer to its groups. */
  readonly logBuckets: number;
  /** In a bucket: the pointer to the next; of a swiss map, in a table, the number of groups less one. */
  readonly overflow: number;
  /** In the header: the flags; of a swiss map 0. */
  readonly flags: number;
  /** Bytes of a bucket or group, or of the slice's element. */
  readonly groupSize: number;
  /** In a bucket, group or element: the first key. */
  readonly keys: number;
  /** From one key to the next. */
  readonly keyStride: number;
  /** In a bucket, group or element: the first value. */
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

/** How a slice of structs is searched whose fields `key` and `value` are an entry; undefined where it is none. */
export function listLayout({ kind, element }: GoType): SearchLayout | undefined {
  if (kind !== "slice" || element === undefined) return undefined;
  const offsets = ["key", "value"].map((name) => {
    const selection = selectField(element, name);
    return selection?.kind === "field" && selection.steps.length === 1
      ? selection.steps[0]?.offset
      : undefined;
  });
  const [keys, elems] = offsets;
  if (keys === undefined || elems === undefined) return undefined;
  return {
    design: "list",
    count: 8,
    buckets: 0,
    oldBuckets: 0,
    logBuckets: 0,
    overflow: 0,
    flags: 0,
    groupSize: element.size,
    keys,
    keyStride: 0,
    elems,
    elemStride: 0,
    elemIndirect: 0,
  };
}
