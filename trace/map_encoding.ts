import { MapDesign, PlanMapLayout } from "../bpf/mod.ts";
import type { MapSearch } from "../probe/mod.ts";
import type { LayoutWriter } from "./layout_writer.ts";

/** Writes `struct plan_map` (bpf/gohttpsnoop.h) at `at`. */
export function encodeMap(writer: LayoutWriter, at: number, { layout, key, groups, first }: MapSearch): void {
  const { design, ...members } = layout;
  writer.set(PlanMapLayout.design, MapDesign[design], at);
  for (const [member, value] of Object.entries(members)) {
    writer.set(PlanMapLayout[member as keyof typeof members], value, at);
  }
  writer.set(PlanMapLayout.groups, groups, at);
  writer.set(PlanMapLayout.first, first ? 1 : 0, at);
  writer.set(PlanMapLayout.keySize, key.kind === "integer" ? key.size : 0, at);
  writer.set(PlanMapLayout.keyLength, key.kind === "string" ? key.bytes.length : 0, at);
  const words = key.kind === "integer" ? [key.value] : wordsOf(key.bytes);
  words.forEach((word, i) => {
    writer.set({ offset: PlanMapLayout.key.offset + i * PlanMapLayout.key.stride, size: 8 }, word, at);
  });
}

/** A text's bytes as words, the last one filled with zeros. */
function wordsOf(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Array.from({ length: padded.length / 8 }, (_, i) => view.getBigUint64(8 * i, true));
}
