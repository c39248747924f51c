import { COMMON } from "./descriptor_layout.ts";
import { alignUp } from "./shape.ts";
import { type DescriptorForm, Descriptors } from "./type_descriptor.ts";
import type { PclntabFormat } from "./pclntab_header.ts";
import type { TypeMemory } from "./type_memory.ts";

/** Types that are looked at to tell two forms apart; a few structs are enough. */
const MAX_SAMPLES = 20_000;
const ENOUGH_VOTES = 16;

/** To Go 1.13 the descriptors' names are as to 1.16, and so on: what the table of functions tells of the Go version. */
const KNOWN: Readonly<Record<PclntabFormat, Partial<DescriptorForm>>> = {
  "1.2": { nameLength: "two bytes", fieldOffset: "shifted" },
  // Go 1.16 and 1.17.
  "1.16": { fieldOffset: "shifted" },
  // Go 1.18 and 1.19.
  "1.18": { nameLength: "varint" },
  "1.20": { nameLength: "varint", fieldOffset: "plain" },
};

/**
 * How descriptors are encoded: from the format of pclntab, and where two Go versions share that, by what the descriptors
 * themselves make sense as.
 *
 * @param sample offsets of descriptors
 * @throws {FormatError} when a descriptor is damaged.
 */
export function detectForm(
  memory: TypeMemory,
  format: PclntabFormat,
  sample: Iterable<number>,
): DescriptorForm {
  const known = KNOWN[format];
  const types: number[] = [];
  for (const type of sample) {
    types.push(type);
    if (types.length === MAX_SAMPLES) break;
  }
  const nameLength = known.nameLength ?? detectNameLength(memory, types);
  const fieldOffset = known.fieldOffset ??
    detectFieldOffset(new Descriptors(memory, { nameLength, fieldOffset: "plain" }), types);
  return { nameLength, fieldOffset };
}

/** The first byte of two is 0 for nearly all names; a varint of 0 would be no name at all. */
function detectNameLength(memory: TypeMemory, types: readonly number[]): DescriptorForm["nameLength"] {
  let zeros = 0;
  let others = 0;
  for (const type of types) {
    if (memory.u8(memory.i32(type + COMMON.str) + 1) === 0) zeros++;
    else others++;
    if (zeros + others === ENOUGH_VOTES) break;
  }
  return zeros > others ? "two bytes" : "varint";
}

/** The second field of a struct lies behind the first, at a place that follows from the fields' types. */
function detectFieldOffset(
  descriptors: Descriptors,
  types: readonly number[],
): DescriptorForm["fieldOffset"] {
  let plain = 0;
  let shifted = 0;
  for (const pointer of types) {
    const type = descriptors.elementOf(pointer);
    if (type === undefined || descriptors.kindOf(type) !== "struct") continue;
    const [first, second] = descriptors.fieldsOf(type);
    if (first === undefined || second === undefined) continue;
    const size = descriptors.sizeOf(first.type);
    if (size === 0) continue;
    const natural = alignUp(size, Math.max(1, descriptors.fieldAlignOf(second.type)));
    if (second.offset === natural) plain++;
    else if (Math.floor(second.offset / 2) === natural) shifted++;
    if (plain + shifted === ENOUGH_VOTES) break;
  }
  return shifted > plain ? "shifted" : "plain";
}
