/**
 * The only room that calls native code: libbpf and libc, opened by {@linkcode Native}; BPF objects, maps, links and
 * the ring buffer, each an owner with `close()`. Used by trace/ alone.
 *
 * @module
 */
export * from "./bpf_map.ts";
export * from "./bpf_object.ts";
export * from "./program_image.ts";
export * from "./clock.ts";
export { AttachType, BPF_F_SLEEPABLE } from "./bpf_command.ts";
export { hasSleepableUprobes, hasUprobeMulti } from "./features.ts";
export { liveHandles } from "./handles.ts";
export * from "./mapping.ts";
export { addressOf, allocate, Errno, Native, NativeError } from "./native.ts";
export * from "./pinned_file.ts";
export * from "./ring_buffer.ts";
export * from "./uprobe_link.ts";
