/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The few kernel definitions in use, so that the build needs clang and nothing else: no kernel headers, no
 * libbpf headers, and so the same object on every distribution. Numbers are the kernel's UAPI (linux/bpf.h). */
#ifndef GOHTTPSNOOP_KERNEL_H
#define GOHTTPSNOOP_KERNEL_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef int __s32;
typedef long long __s64;
typedef unsigned long long __u64;

#define SEC(name) __attribute__((section(name), used))
#define __noinline __attribute__((noinline))
#define __always_inline inline __attribute__((always_inline))
#define __uint(name, value) int(*name)[value]
#define __type(name, type) typeof(type) *name
#define unrolled _Pragma("clang loop unroll(full)")
/* Hides from the compiler what it knows of a variable, so that the check which follows stays in the code, where
 * the verifier needs to see it. */
#define barrier_var(variable) asm volatile("" : "+r"(variable))
/* Keeps the compiler from dividing a variable into registers that it then has to spill, twice over: the stack has 512
 * bytes. */
#define keep_in_memory(variable) asm volatile("" : : "r"(&variable) : "memory")

enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6, BPF_MAP_TYPE_RINGBUF = 27 };
enum { BPF_F_MMAPABLE = 1 << 10 };
enum { BPF_RB_NO_WAKEUP = 1, BPF_RB_FORCE_WAKEUP = 2 };
enum { BPF_RB_AVAIL_DATA = 0 };
enum { BPF_NOEXIST = 1, BPF_EXIST = 2 };

struct bpf_pidns_info {
	__u32 pid;
	__u32 tgid;
};

static long (*const bpf_copy_from_user)(void *to, __u32 size, const void *from) = (void *)148;
static void *(*const bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static __u64 (*const bpf_ktime_get_ns)(void) = (void *)5;
static __u64 (*const bpf_get_current_pid_tgid)(void) = (void *)14;
static void *(*const bpf_get_current_task)(void) = (void *)35;
static long (*const bpf_probe_read_user)(void *to, __u32 size, const void *from) = (void *)112;
static long (*const bpf_get_ns_current_pid_tgid)(__u64 dev, __u64 ino, struct bpf_pidns_info *info, __u32 size) = (void *)120;
static long (*const bpf_probe_read_kernel)(void *to, __u32 size, const void *from) = (void *)113;
static void *(*const bpf_ringbuf_reserve)(void *ring, __u64 size, __u64 flags) = (void *)131;
static void (*const bpf_ringbuf_submit)(void *record, __u64 flags) = (void *)132;
static void (*const bpf_ringbuf_discard)(void *record, __u64 flags) = (void *)133;
static __u64 (*const bpf_ringbuf_query)(void *ring, __u64 flags) = (void *)134;
static __u64 (*const bpf_get_attach_cookie)(void *ctx) = (void *)174;

/* The registers in use, found in the running kernel's own struct pt_regs by CO-RE. The part of a name behind ___ is
 * not compared, so one object holds both layouts; the one that the kernel lacks is code that no plan reaches. */
struct pt_regs___x86_64 {
	unsigned long r14, bx, r11, r10, r9, r8, ax, cx, si, di, ip, flags, sp;
} __attribute__((preserve_access_index));

struct pt_regs___aarch64 {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
} __attribute__((preserve_access_index));

/* The thread's own memory, where Go keeps its goroutine to 1.16: the base of the segment fs. */
struct thread_struct___x86_64 {
	unsigned long fsbase;
} __attribute__((preserve_access_index));

struct task_struct___x86_64 {
	struct thread_struct___x86_64 thread;
} __attribute__((preserve_access_index));

#endif
