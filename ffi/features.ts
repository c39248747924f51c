import { AttachType, BPF_F_SLEEPABLE, BpfCommand } from "./bpf_command.ts";
import { INSTRUCTION_BYTES, loadProgram } from "./load_program.ts";
import { addressOf, allocate, cString, Errno, type Native } from "./native.ts";

/**
 * Whether the kernel has uprobe_multi links (6.6), found by asking for one on a path that cannot have probes: a
 * kernel that knows the link type says EBADF ("not a regular file"), another EINVAL.
 */
export function hasUprobeMulti(native: Native): boolean {
  const program = loadEmptyProgram(native, 0);
  if (program < 0) return false;
  try {
    const path = cString("/");
    const offsets = allocate(8);
    const attr = uprobeMultiAttr({ programFd: program, path, offsets, cookies: undefined, count: 1, pid: 0 });
    const result = native.bpf(BpfCommand.LinkCreate, attr);
    if (result >= 0) native.libc.close(result);
    return result === -Errno.EBADF;
  } finally {
    native.libc.close(program);
  }
}

/** Whether uprobe programs may sleep (Linux 6.0), found by loading one. */
export function hasSleepableUprobes(native: Native): boolean {
  const program = loadEmptyProgram(native, BPF_F_SLEEPABLE);
  if (program < 0) return false;
  native.libc.close(program);
  return true;
}

/** What union bpf_attr holds for BPF_LINK_CREATE of a uprobe_multi link. The buffers are the caller's to keep. */
export interface UprobeMultiAttr {
  readonly programFd: number;
  readonly path: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint8Array<ArrayBuffer>;
  readonly cookies: Uint8Array<ArrayBuffer> | undefined;
  readonly count: number;
  /** 0 for every process. */
  readonly pid: number;
}

/** The bytes of that union, 64 of them. */
export function uprobeMultiAttr(options: UprobeMultiAttr): Uint8Array<ArrayBuffer> {
  const attr = allocate(64);
  const view = new DataView(attr.buffer);
  view.setUint32(0, options.programFd, true);
  view.setUint32(8, AttachType.UprobeMulti, true);
  view.setBigUint64(16, addressOf(options.path), true);
  view.setBigUint64(24, addressOf(options.offsets), true);
  if (options.cookies !== undefined) view.setBigUint64(40, addressOf(options.cookies), true);
  view.setUint32(48, options.count, true);
  view.setUint32(56, options.pid, true);
  return attr;
}

/** Loads `r0 = 0; exit`. A descriptor, or a negative errno. */
function loadEmptyProgram(native: Native, flags: number): number {
  const instructions = allocate(2 * INSTRUCTION_BYTES);
  instructions.set([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95]);
  return loadProgram(native, instructions, flags);
}
