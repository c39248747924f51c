import { addressOf, allocate, cString, Errno, type Native } from "./native.ts";

/** bpf(2) commands and attach types of linux/bpf.h that are in use. */
export const BpfCommand = { MapUpdate: 2, ProgLoad: 5, MapFreeze: 22, LinkCreate: 28 } as const;
export const AttachType = { UprobeMulti: 48 } as const;
/** linux/bpf.h's program type of all uprobes. */
export const BPF_PROG_TYPE_KPROBE = 2;
/** A program with this flag may sleep. */
export const BPF_F_SLEEPABLE = 1 << 4;

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

/** `r0 = 0; exit`, loaded as a program for multi links. A descriptor, or a negative errno. */
function loadEmptyProgram(native: Native, flags: number): number {
  const instructions = allocate(16);
  instructions.set([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95]);
  const license = cString("GPL");
  const attr = allocate(120);
  const view = new DataView(attr.buffer);
  view.setUint32(0, BPF_PROG_TYPE_KPROBE, true);
  view.setUint32(4, 2, true);
  view.setBigUint64(8, addressOf(instructions), true);
  view.setBigUint64(16, addressOf(license), true);
  view.setUint32(44, flags, true);
  view.setUint32(68, AttachType.UprobeMulti, true);
  return native.bpf(BpfCommand.ProgLoad, attr.subarray(0, 72) as Uint8Array<ArrayBuffer>);
}
