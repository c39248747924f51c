import type { ElfFile, RelativeRelocations } from "../elf/mod.ts";
import { COMMON, COMMON_BYTES, DESCRIPTOR_ALIGN, KIND_MASK } from "./descriptor_layout.ts";
import { GO_KINDS } from "./go_type.ts";
import type { ModuleParts } from "./module_data.ts";
import type { Descriptors } from "./type_descriptor.ts";
import type { TypeMemory } from "./type_memory.ts";

/** Two pointers, to the interface and to the type, and the type's hash. Source: Go's src/internal/abi/iface.go. */
const ITAB_BYTES = 24;

/**
 * The offsets of the unnamed types that the runtime sorts by their strings: pointers, funcs, slices and so on, from
 * typelinks. Empty from Go 1.27, where {@linkcode walkDescriptors} gives the same.
 *
 * @throws {FormatError} when they lie outside.
 */
export function readTypelinks(elf: ElfFile, memory: TypeMemory, parts: ModuleParts): Uint32Array {
  const { address, count } = parts.typelinks ?? { address: 0, count: 0 };
  if (count === 0) return new Uint32Array(0);
  if (count > memory.size / COMMON_BYTES) {
    throw memory.error(0, `${count} types are claimed in its ${memory.size} bytes`);
  }
  const bytes = elf.readAddress(address, count * 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const types = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const type = view.getInt32(i * 4, true);
    if (type < 0 || type % DESCRIPTOR_ALIGN !== 0 || type + COMMON_BYTES > memory.size) {
      throw memory.error(0, "a typelink points outside");
    }
    types[i] = type;
  }
  return types;
}

/**
 * The same from Go 1.27, where the descriptors lie one after another, sorted by their strings, and nothing lists them:
 * the walk of `moduleTypelinks` in Go's src/runtime/type.go. What is no descriptor, as the sizes of a later Go would
 * have it, is stepped over.
 */
export function walkDescriptors(descriptors: Descriptors, parts: ModuleParts): Uint32Array {
  const { memory } = descriptors;
  const range = parts.descriptors;
  if (range === undefined) return new Uint32Array(0);
  const end = range.end - memory.start;
  let types = new Uint32Array(1024);
  let count = 0;
  for (let at = range.start - memory.start; at + COMMON_BYTES <= end;) {
    if (!isPlausible(descriptors, at)) {
      at += DESCRIPTOR_ALIGN;
      continue;
    }
    if (count === types.length) {
      const larger = new Uint32Array(count * 2);
      larger.set(types);
      types = larger;
    }
    types[count++] = at;
    const bytes = descriptors.descriptorBytes(at);
    at = Math.ceil((at + bytes) / DESCRIPTOR_ALIGN) * DESCRIPTOR_ALIGN;
  }
  return types.subarray(0, count);
}

/**
 * The types that itabs are for, those that something uses by an interface, and the interfaces. An itab repeats its
 * type's hash, which tells it from other words.
 */
export function* itabTypes(
  elf: ElfFile,
  relocations: RelativeRelocations,
  memory: TypeMemory,
  parts: ModuleParts,
): Generator<number> {
  const typeAt = (address: number) => {
    const type = relocations.pointerAt(address) - memory.start;
    return type > 0 && type + COMMON_BYTES <= memory.size && type % DESCRIPTOR_ALIGN === 0 ? type : undefined;
  };
  for (const itab of itabAddresses(relocations, parts)) {
    if (elf.segmentAt(itab, ITAB_BYTES) === undefined) continue;
    const inter = typeAt(itab);
    const type = inter === undefined ? undefined : typeAt(itab + 8);
    if (inter === undefined || type === undefined) continue;
    const bytes = elf.readAddress(itab + 16, 4);
    const hash = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    if (hash !== memory.u32(type + COMMON.hash)) continue;
    yield type;
    yield inter;
  }
}

function* itabAddresses(relocations: RelativeRelocations, parts: ModuleParts): Generator<number> {
  if (parts.itablinks !== undefined) {
    const { address, count } = parts.itablinks;
    for (let i = 0; i < count; i++) yield relocations.pointerAt(address + i * 8);
  } else if (parts.itabs !== undefined) {
    // Their sizes depend on the interfaces: every place is tried instead.
    for (let at = parts.itabs.start; at + ITAB_BYTES <= parts.itabs.end; at += DESCRIPTOR_ALIGN) yield at;
  }
}

/**
 * Where the first of the sorted types stands whose string is not less than this one: strings are compared by bytes, as
 * the linker sorts them.
 */
export function lowerBound(descriptors: Descriptors, sorted: Uint32Array, text: Uint8Array): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(descriptors.stringBytes(sorted[middle]!), text) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the bytes begin with these. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** References to other types are rarer than this in real programs, where there is one in 44 to 96 bytes. */
const BYTES_PER_REFERENCE = 12;

/** All types that can be reached from these, themselves included, each once. */
export function reachableTypes(descriptors: Descriptors, roots: Iterable<number>): Uint32Array {
  const { memory } = descriptors;
  const seen = new Uint8Array(Math.ceil(memory.size / DESCRIPTOR_ALIGN / 8));
  let found = new Uint32Array(4096);
  let count = 0;
  // Descriptors that overlap would make both as many as there are bytes.
  let budget = memory.size / BYTES_PER_REFERENCE + 4096;
  const add = (type: number) => {
    if (type <= 0) return;
    if (--budget < 0) throw memory.error(type, "types overlap");
    descriptors.check(type);
    const slot = type / DESCRIPTOR_ALIGN;
    const bit = 1 << (slot & 7);
    if ((seen[slot >>> 3]! & bit) !== 0) return;
    seen[slot >>> 3]! |= bit;
    if (count === found.length) {
      const larger = new Uint32Array(count * 2);
      larger.set(found);
      found = larger;
    }
    if (count * COMMON_BYTES > memory.size) throw memory.error(type, "types overlap");
    found[count++] = type;
  };
  for (const root of roots) add(root);
  for (let next = 0; next < count; next++) descriptors.forEachReference(found[next]!, add);
  return found.subarray(0, count);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether a descriptor may stand here: a known kind, a possible alignment, a name that lies inside. */
export function isPlausible({ memory, form }: Descriptors, at: number): boolean {
  const kind = memory.u8(at + COMMON.kind) & KIND_MASK;
  const align = memory.u8(at + COMMON.align);
  const name = memory.i32(at + COMMON.str);
  if (kind < 1 || kind > GO_KINDS.length || align < 1 || align > 64 || (align & (align - 1)) !== 0) {
    return false;
  }
  if (name <= 0 || name + 3 > memory.size || memory.u8(name) >= 16) return false;
  return memory.u8(name + 1) > 0 || form.nameLength === "two bytes" && memory.u8(name + 2) > 0;
}
