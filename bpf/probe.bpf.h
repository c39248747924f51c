/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What every program here does at a hit: whether it counts, and where the registers and the goroutine are. Included behind
 * the definition of `plan`, of which it takes what the plans of requests and of calls have by the same names. */
#ifndef GOHTTPSNOOP_PROBE_BPF_H
#define GOHTTPSNOOP_PROBE_BPF_H

#include "ring.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct growing);
	__type(value, __u8);
} growing SEC(".maps");

/* By site, for the budget. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} hits SEC(".maps");

/* The counters are a CPU's own, but a uprobe program may be preempted by another: hence the atomic add. */
#define count(name)                                                           \
	({                                                                    \
		__u32 zero_ = 0;                                              \
		struct counters *counters_ = bpf_map_lookup_elem(&counters, &zero_); \
		if (counters_)                                                \
			__sync_fetch_and_add(&counters_->name, 1);            \
	})

static __always_inline void count_hit(__u16 site)
{
	__u32 key = site;
	__u64 *counter = bpf_map_lookup_elem(&hits, &key);
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

/* The value, of which the verifier knows nothing any more, so that it does not follow each one that there may be. */
static __always_inline __u64 forget(__u64 value, __u64 unknown)
{
	__u64 same = unknown;
	barrier_var(same);
	barrier_var(unknown);
	return value ^ same ^ unknown;
}

/* A register, read here and now: the compiler must not merge two reads into one of a computed address, which the
 * verifier refuses for ctx. */
#define read_register(regs, name)                                             \
	({                                                                    \
		__u64 value_ = (regs)->name;                                  \
		barrier_var(value_);                                          \
		value_;                                                       \
	})

/* The argument registers in Go's order: what `_` makes of the index and the name of each. */
#define X86_64_ARGUMENTS(_)                                                   \
	_(0, ax) _(1, bx) _(2, cx) _(3, di) _(4, si)                          \
	_(5, r8) _(6, r9) _(7, r10) _(8, r11)
#define AARCH64_ARGUMENTS(_)                                                  \
	_(0, regs[0]) _(1, regs[1]) _(2, regs[2]) _(3, regs[3])               \
	_(4, regs[4]) _(5, regs[5]) _(6, regs[6]) _(7, regs[7])               \
	_(8, regs[8]) _(9, regs[9]) _(10, regs[10]) _(11, regs[11])           \
	_(12, regs[12]) _(13, regs[13]) _(14, regs[14]) _(15, regs[15])

/* An argument register: ctx itself may not be indexed. The verifier knows which, and keeps that read. */
static __always_inline __u64 read_argument(void *ctx, __u8 reg)
{
#define CASE(index, name)                                                     \
	if (reg == index)                                                     \
		return read_register(regs, name);
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = ctx;
		X86_64_ARGUMENTS(CASE)
		return 0;
	}
	struct pt_regs___aarch64 *regs = ctx;
	AARCH64_ARGUMENTS(CASE)
	return 0;
#undef CASE
}

static __always_inline __u64 stack_pointer(void *ctx)
{
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = ctx;
		return read_register(regs, sp);
	}
	struct pt_regs___aarch64 *regs = ctx;
	return read_register(regs, sp);
}

/* Where the probe is in the process's memory. */
static __always_inline __u64 program_counter(void *ctx)
{
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = ctx;
		return read_register(regs, ip);
	}
	struct pt_regs___aarch64 *regs = ctx;
	return read_register(regs, pc);
}

/* Whether the branch that the probe sits on goes to morestack: the call has not begun, and comes again. */
static __always_inline int branch_is_taken(void *ctx)
{
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = ctx;
		return (read_register(regs, flags) & 0x41) != 0; /* jbe: CF or ZF */
	}
	struct pt_regs___aarch64 *regs = ctx;
	__u64 flags = read_register(regs, pstate);
	return !(flags & (1 << 29)) || (flags & (1 << 30)); /* b.ls: C clear or Z set */
}

/* The process as the tracer's PID namespace has it, from its number in the initial one. */
static __always_inline __u32 visible_pid(__u32 pid)
{
	if (plan.pidns_ino) {
		struct bpf_pidns_info info = {};
		if (bpf_get_ns_current_pid_tgid(plan.pidns_dev, plan.pidns_ino, &info, sizeof(info)))
			return 0;
		return info.tgid;
	}
	return pid;
}

/* The goroutine; 0 where it cannot be read. */
static __always_inline __u64 current_g(void *ctx)
{
	if (plan.architecture == ARCHITECTURE_AARCH64) {
		struct pt_regs___aarch64 *regs = ctx;
		return read_register(regs, regs[28]);
	}
	if (plan.g == G_TLS) {
		struct task_struct___x86_64 *task = bpf_get_current_task();
		unsigned long base = 0;
		__u64 g = 0;
		if (bpf_probe_read_kernel(&base, sizeof(base), &task->thread.fsbase) ||
		    read_user(&g, sizeof(g), (void *)(base + plan.tls_offset)))
			return 0;
		return g;
	}
	struct pt_regs___x86_64 *regs = ctx;
	return plan.g == G_CX ? read_register(regs, cx) : read_register(regs, r14);
}

/* Whether this hit is a call's return to its first instruction, after its stack was grown or its goroutine was made to
 * wait. At the first arrival the branch is taken; the goroutine runs nothing else of its own before it is back. */
static __always_inline int is_return(void *ctx, __u32 pid, __u16 site)
{
	struct growing key = {};
	key.g = current_g(ctx);
	key.pid = pid;
	key.site = site;
	if (branch_is_taken(ctx)) {
		__u8 value = 1;
		return bpf_map_update_elem(&growing, &key, &value, BPF_NOEXIST) != 0;
	}
	if (!bpf_map_lookup_elem(&growing, &key))
		return 0;
	bpf_map_delete_elem(&growing, &key);
	return 1;
}

/* A hit that counts: whose, and where. */
struct hit {
	__u32 tgid; /* the process, of the initial namespace */
	__u32 pid;  /* as the tracer's has it */
	__u16 site;
};

/* Whether this hit is a call that begins here, of a process that is traced. */
static __always_inline int arrives(void *ctx, struct hit *hit)
{
	if (plan.guard == GUARD_BRANCH_NOT_TAKEN && branch_is_taken(ctx)) {
		count(reentered);
		return 0;
	}
	hit->tgid = bpf_get_current_pid_tgid() >> 32;
	hit->pid = visible_pid(hit->tgid);
	if (plan.pid && hit->pid != plan.pid)
		return 0;
	hit->site = plan.site_from_cookie ? bpf_get_attach_cookie(ctx) : plan.site;
	if (plan.guard == GUARD_FIRST_ARRIVAL && is_return(ctx, hit->tgid, hit->site)) {
		count(reentered);
		return 0;
	}
	return 1;
}

#endif
