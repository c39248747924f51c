import type { GoField, GoType } from "./go_type.ts";

/** Entries of a bucket, and of a group. */
export const MAP_SLOTS = 8;

/**
 * What the first byte of a bucket's `tophash`, one byte for each entry, says. Source: Go's src/runtime/map.go (to 1.23),
 * src/runtime/map_noswiss.go; the same from Go 1.12 on.
 */
export const TOPHASH = {
  /** From here on an entry is there; below, none is. */
  minOfEntry: 5,
  /** From here to below {@linkcode TOPHASH.minOfEntry}, of the first entry: the bucket was evacuated by a growth. */
  minOfEvacuated: 2,
} as const;

/** In {@linkcode BucketMapLayout.flags}: a growth under way keeps the number of buckets, else it has doubled it. */
export const SAME_SIZE_GROW = 8;

/**
 * In each byte of a group's control word, one for each entry, the first one's the lowest: set where no entry is. Source:
 * Go's src/internal/runtime/maps/group.go.
 */
export const CTRL_FREE = 0x80;

/** Where the keys of a bucket or group are, or its elements: that of entry `i` is at `offset + i * stride`. */
export interface MapSlots {
  /** Bytes from the start of the bucket or group. */
  readonly offset: number;
  /** Bytes from one to the next. */
  readonly stride: number;
  /** Of the key or element itself. */
  readonly type: GoType;
  /** It is larger than 128 bytes, and a pointer to it is in the slot. */
  readonly indirect: boolean;
}

/**
 * A map of the old design, to Go 1.23, and to 1.25 with GOEXPERIMENT=noswissmap: `1 << B` buckets one after another, each
 * with a chain of overflow buckets. While it grows, buckets of `oldbuckets` that were not evacuated hold their entries.
 * All numbers without a unit are offsets in bytes.
 */
export interface BucketMapLayout {
  readonly kind: "buckets";
  /** In what the map points to: the number of entries, 8 bytes. */
  readonly count: number;
  /** One byte: {@linkcode SAME_SIZE_GROW}. */
  readonly flags: number;
  /** One byte. */
  readonly B: number;
  /** A pointer to the buckets; nil as long as there was no entry. */
  readonly buckets: number;
  /** A pointer to those from before a growth that is under way; else nil. */
  readonly oldbuckets: number;
  readonly bucket: {
    /** Bytes of one, which is the distance to the next. */
    readonly size: number;
    /** One byte for each entry: {@linkcode TOPHASH}. */
    readonly tophash: number;
    readonly keys: MapSlots;
    readonly elements: MapSlots;
    /** A pointer to the next bucket of the chain, or nil. */
    readonly overflow: number;
  };
}

/**
 * A swiss map, from Go 1.24: a directory of tables, each of groups of eight entries. All numbers without a unit are
 * offsets in bytes.
 */
export interface SwissMapLayout {
  readonly kind: "swiss";
  /** In what the map points to: the number of entries, 8 bytes. */
  readonly used: number;
  /**
   * A pointer to as many pointers to tables as `dirLen` says; a table may stand there several times, one after another.
   * Where `dirLen` is 0 it points to a group, the only one, or is nil.
   */
  readonly dirPtr: number;
  /** 8 bytes. */
  readonly dirLen: number;
  readonly table: {
    /** A pointer to the groups, one after another. */
    readonly groups: number;
    /** The number of groups less one, 8 bytes. */
    readonly lengthMask: number;
  };
  readonly group: {
    /** Bytes of one, which is the distance to the next. */
    readonly size: number;
    /** A byte for each entry: {@linkcode CTRL_FREE}. */
    readonly ctrl: number;
    readonly keys: MapSlots;
    readonly elements: MapSlots;
  };
}

/** How a map of some type lies in memory. */
export type MapLayout = BucketMapLayout | SwissMapLayout;

/** What is larger is kept behind a pointer, in both designs. Source: `MapMaxKeyBytes` in Go's src/internal/abi. */
const MAX_INLINE_BYTES = 128;
const POINTER_BYTES = 8;

/** Of `runtime.hmap`, where DWARF does not say it; the same from Go 1.12 on. Source: Go's src/runtime/map.go. */
const HMAP = { count: 0, flags: 8, B: 9, buckets: 16, oldbuckets: 24 } as const;

/** Of `maps.Map`, and of `maps.table` with its `groups`. Source: Go's src/internal/runtime/maps, 1.24 to 1.27. */
const SWISS_MAP = { used: 0, dirPtr: 16, dirLen: 24 } as const;
const SWISS_TABLE = { groups: 16 } as const;
const SWISS_GROUPS = { data: 0, lengthMask: 8 } as const;

/**
 * How a map lies in memory, from what DWARF or the runtime's metadata says of its parts: which design it is, too, since
 * a version of Go may have either. Undefined for what is no map, and where the parts are not described or are of a form
 * that is not known.
 *
 * @throws {FormatError} when what describes them is damaged.
 */
export function mapLayout(type: GoType): MapLayout | undefined {
  const { key, element, mapParts } = type;
  if (key === undefined || element === undefined || mapParts === undefined) return undefined;
  const { header, group } = mapParts;
  const [first] = group.fields;
  // The hashes' top bytes are an array, the control word is one number.
  if (first?.offset !== 0 || first.type.size !== MAP_SLOTS) return undefined;
  const isBucket = first.type.kind === "array";
  const places = isBucket ? bucketPlaces(group) : groupPlaces(group);
  if (places === undefined) return undefined;
  const keys = slotsOf(key, places.keys, group);
  const elements = slotsOf(element, places.elements, group);
  if (keys === undefined || elements === undefined) return undefined;
  return isBucket ? bucketLayout(header, group, keys, elements) : swissLayout(header, group, keys, elements);
}

function bucketLayout(
  header: GoType | undefined,
  bucket: GoType,
  keys: MapSlots,
  elements: MapSlots,
): BucketMapLayout | undefined {
  const places = offsetsIn(header, HMAP);
  const overflow = bucket.fields[3]?.offset;
  if (places === undefined || overflow === undefined) return undefined;
  return { kind: "buckets", ...places, bucket: { size: bucket.size, tophash: 0, keys, elements, overflow } };
}

function swissLayout(
  header: GoType | undefined,
  group: GoType,
  keys: MapSlots,
  elements: MapSlots,
): SwissMapLayout | undefined {
  const table = typeOf(header, "dirPtr")?.element?.element;
  const places = offsetsIn(header, SWISS_MAP);
  const groups = offsetsIn(table, SWISS_TABLE)?.groups;
  const inGroups = offsetsIn(typeOf(table, "groups"), SWISS_GROUPS);
  if (places === undefined || groups === undefined || inGroups === undefined) return undefined;
  return {
    kind: "swiss",
    ...places,
    table: { groups: groups + inGroups.data, lengthMask: groups + inGroups.lengthMask },
    group: { size: group.size, ctrl: 0, keys, elements },
  };
}

/** Where keys or elements are, and what lies there: the type itself, or a pointer to it. */
interface SlotPlaces {
  readonly offset: number;
  readonly stride: number;
  readonly held: GoType;
}

interface GroupPlaces {
  readonly keys: SlotPlaces;
  readonly elements: SlotPlaces;
}

/** A bucket is `{ tophash, keys, elements, overflow }`; the names differ between versions, and in DWARF. */
function bucketPlaces({ fields: [, keys, elements, overflow] }: GoType): GroupPlaces | undefined {
  return overflow === undefined ? undefined : arrayPlaces(keys, elements);
}

/** A group is `{ ctrl, slots [8]{ key, element } }`, or with GOEXPERIMENT=mapsplitgroup `{ ctrl, keys, elements }`. */
function groupPlaces({ fields: [, slots, elements] }: GoType): GroupPlaces | undefined {
  if (elements !== undefined) return arrayPlaces(slots, elements);
  const slot = slots?.type.element;
  const [key, element] = slot?.fields ?? [];
  if (slots === undefined || slot === undefined || key === undefined || element === undefined) {
    return undefined;
  }
  const place = (field: GoField): SlotPlaces => ({
    offset: slots.offset + field.offset,
    stride: slot.size,
    held: field.type,
  });
  return { keys: place(key), elements: place(element) };
}

function arrayPlaces(keys: GoField | undefined, elements: GoField | undefined): GroupPlaces | undefined {
  const place = (field: GoField | undefined): SlotPlaces | undefined => {
    const held = field?.type.element;
    return field && held && { offset: field.offset, stride: held.size, held };
  };
  const [first, second] = [place(keys), place(elements)];
  return first && second && { keys: first, elements: second };
}

/** Undefined where what lies there is neither the type nor a pointer to it, or lies outside. */
function slotsOf(type: GoType, { offset, stride, held }: SlotPlaces, group: GoType): MapSlots | undefined {
  const indirect = type.size > MAX_INLINE_BYTES;
  const size = indirect ? POINTER_BYTES : type.size;
  if (held.size !== size || offset + (MAP_SLOTS - 1) * stride + size > group.size) return undefined;
  return { offset, stride, type, indirect };
}

/** The offsets of a struct's fields of these names; those that are known where the struct is not described. */
function offsetsIn<Name extends string>(
  struct: GoType | undefined,
  known: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> | undefined {
  if (struct === undefined) return known;
  const offsets: Record<Name, number> = { ...known };
  for (const name in known) {
    const field = struct.fields.find((field) => field.name === name);
    if (field === undefined) return undefined;
    offsets[name] = field.offset;
  }
  return offsets;
}

function typeOf(struct: GoType | undefined, name: string): GoType | undefined {
  return struct?.fields.find((field) => field.name === name)?.type;
}
