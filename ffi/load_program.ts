import { AttachType, BPF_PROG_TYPE_KPROBE, BpfCommand } from "./bpf_command.ts";
import { addressOf, allocate, cString, type Native } from "./native.ts";

/** Bytes of an instruction; `ldimm64` takes two. */
export const INSTRUCTION_BYTES = 8;
/** Of union bpf_attr, to expected_attach_type. */
const ATTR_BYTES = 72;
const LICENSE = "Dual MIT/GPL";

/**
 * BPF_PROG_LOAD of a program for uprobe_multi links: a descriptor, or a negative errno.
 *
 * @param instructions made by `allocate`
 */
export function loadProgram(native: Native, instructions: Uint8Array<ArrayBuffer>, flags: number): number {
  const license = cString(LICENSE);
  const attr = allocate(ATTR_BYTES);
  const view = new DataView(attr.buffer);
  view.setUint32(0, BPF_PROG_TYPE_KPROBE, true);
  view.setUint32(4, instructions.length / INSTRUCTION_BYTES, true);
  view.setBigUint64(8, addressOf(instructions), true);
  view.setBigUint64(16, addressOf(license), true);
  view.setUint32(44, flags, true);
  view.setUint32(68, AttachType.UprobeMulti, true);
  return native.bpf(BpfCommand.ProgLoad, attr);
}
