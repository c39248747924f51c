/** bpf(2) commands, attach types and flags of linux/bpf.h that are in use. */
export const BpfCommand = { MapUpdate: 2, ProgLoad: 5, MapFreeze: 22, LinkCreate: 28 } as const;
export const AttachType = { UprobeMulti: 48 } as const;
/** The type of all uprobe programs. */
export const BPF_PROG_TYPE_KPROBE = 2;
/** A program with this flag may sleep. */
export const BPF_F_SLEEPABLE = 1 << 4;
