/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What every program here does at a hit: whether it counts, where the registers and the goroutine are, how the process's
 * memory is read, how the reader is woken. Included behind the definition of `plan`, of which it takes what the plans of
 * requests and of calls have by the same names. */
#ifndef GOHTTPSNOOP_PROBE_BPF_H
#define GOHTTPSNOOP_PROBE_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* replaced by the loader's ring */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct growing);
	__type(value, __u8);
} growing SEC(".maps");

/* The counters are a CPU's own, but a uprobe program may be preempted by another: hence the atomic add. */
#define count(name)                                                           \
	({                                                                    \
		__u32 zero_ = 0;                                              \
		struct counters *counters_ = bpf_map_lookup_elem(&counters, &zero_); \
		if (counters_)                                                \
			__sync_fetch_and_add(&counters_->name, 1);            \
	})

/* A register, read here and now: the compiler must not merge two reads into one of a computed address, which the
 * verifier refuses for ctx. */
#define read_register(regs, name)                                             \
	({                                                                    \
		__u64 value_ = (regs)->name;                                  \
		barrier_var(value_);                                          \
		value_;                                                       \
	})

/* An argument register, in Go's order: ctx itself may not be indexed. The verifier knows which, and keeps that read. */
static __always_inline __u64 read_argument(void *ctx, __u8 reg)
{
#define CASE(index, name)                                                     \
	if (reg == index)                                                     \
		return read_register(regs, name);
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = ctx;
		CASE(0, ax) CASE(1, bx) CASE(2, cx) CASE(3, di) CASE(4, si)
		CASE(5, r8) CASE(6, r9) CASE(7, r10) CASE(8, r11)
		return 0;
	}
	struct pt_regs___aarch64 *regs = ctx;
	CASE(0, regs[0]) CASE(1, regs[1]) CASE(2, regs[2]) CASE(3, regs[3])
	CASE(4, regs[4]) CASE(5, regs[5]) CASE(6, regs[6]) CASE(7, regs[7])
	CASE(8, regs[8]) CASE(9, regs[9]) CASE(10, regs[10]) CASE(11, regs[11])
	CASE(12, regs[12]) CASE(13, regs[13]) CASE(14, regs[14]) CASE(15, regs[15])
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

/* Reads the process's memory. What is not resident, such as a constant that the process itself has not looked at yet,
 * is brought in where the program may sleep. */
static __always_inline long read_user(void *to, __u32 size, const void *from)
{
	long result = bpf_probe_read_user(to, size, from);
	if (result && plan.sleepable)
		result = bpf_copy_from_user(to, size, from);
	return result;
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

/* Wakes the reader where it waits for that. The look comes after submit's full barrier, and the reader looks at the
 * ring after it has said that it sleeps: one of the two sees the other. */
static __always_inline void wake_reader(void)
{
	__u32 zero = 0;
	struct control *state = bpf_map_lookup_elem(&control, &zero);
	if (!state)
		return;
	__u32 reader = *(volatile __u32 *)&state->reader;
	if (reader == READER_AWAKE)
		return;
	if (reader == READER_NAPPING && bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < plan.wakeup_bytes)
		return;
	*(volatile __u32 *)&state->reader = READER_AWAKE;
	void *nothing = bpf_ringbuf_reserve(&ring, 8, 0);
	if (nothing)
		bpf_ringbuf_discard(nothing, BPF_RB_FORCE_WAKEUP);
}

#endif
