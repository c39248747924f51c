// SPDX-License-Identifier: MIT OR GPL-2.0
/* One program for every probe. The loader writes the plan into .rodata before load; the verifier then knows each
 * value of it, follows only the branches that this plan takes, and deletes the others from the code. */
#include "gohttpsnoop.h"

const volatile struct plan plan = {};

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

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct goroutine);
	__type(value, struct begun);
} open SEC(".maps");

/* What the first pass finds of the fields. A string's: its place and its length, or its status and no length. Another's:
 * its value and its status. So the length of a string that is missing lies among those that one may have, and the
 * verifier, which is content with all of those, does not follow each way on which fields may be missing. */
struct found {
	__u64 values[MAX_FIELDS];
	__u32 words[MAX_FIELDS];
};

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

static __always_inline __u32 current_pid(void)
{
	if (plan.pidns_ino) {
		struct bpf_pidns_info info = {};
		if (bpf_get_ns_current_pid_tgid(plan.pidns_dev, plan.pidns_ino, &info, sizeof(info)))
			return 0;
		return info.tgid;
	}
	return bpf_get_current_pid_tgid() >> 32;
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

static __always_inline struct goroutine goroutine_of(void *ctx)
{
	struct goroutine key = {};
	key.g = current_g(ctx);
	key.pid = bpf_get_current_pid_tgid() >> 32;
	return key;
}

/* Whether this hit is a call's return to its first instruction, after its stack was grown or its goroutine was made to
 * wait. At the first arrival the branch is taken; the goroutine runs nothing else of its own before it is back. */
static __always_inline int is_return(void *ctx, __u16 site)
{
	struct growing key = {};
	key.g = current_g(ctx);
	key.pid = bpf_get_current_pid_tgid() >> 32;
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

/* Where a path starts. Returns 0 where that cannot be read. */
static __always_inline int start(void *ctx, enum field_base base, __u8 reg, __s32 stack, const struct begun *begun,
				 __u64 *at)
{
	if (base == BASE_WRITER)
		*at = begun->writer;
	else if (base == BASE_REQUEST)
		*at = begun->request;
	else if (base == BASE_G)
		*at = current_g(ctx);
	else if (base == BASE_STACK)
		return !read_user(at, sizeof(*at), (void *)(stack_pointer(ctx) + stack));
	else
		*at = read_argument(ctx, reg);
	return 1;
}

static __always_inline void find_string(int i, const __u64 string[2], struct found *found)
{
	__u32 length = string[1] > LENGTH_MAX ? LENGTH_MAX : string[1];

	found->values[i] = length ? string[0] : STATUS_OK;
	found->words[i] = length;
}

static __always_inline void find_value(int i, __u64 value, struct found *found)
{
	found->values[i] = value;
	found->words[i] = STATUS_OK;
}

static __always_inline void find_nothing(int i, __u32 status, struct found *found)
{
	found->values[i] = plan.fields[i].kind == KIND_STRING ? status : 0;
	found->words[i] = plan.fields[i].kind == KIND_STRING ? 0 : status;
}

/* Follows the path of field i. */
static __always_inline void find(void *ctx, int i, const struct begun *begun, __u64 time_ns, struct found *found)
{
	__u64 at, value = 0;

	if (plan.fields[i].kind == KIND_DURATION) {
		found->values[i] = time_ns - begun->time_ns;
		found->words[i] = begun->time_ns ? STATUS_OK : STATUS_NIL;
		return;
	}
	if (plan.fields[i].kind == KIND_MARK) {
		found->values[i] = begun->mark - 1;
		found->words[i] = begun->mark ? STATUS_OK : STATUS_NIL;
		return;
	}
	if (plan.fields[i].kind == KIND_HANDLER) {
		found->values[i] = begun->handler;
		found->words[i] = begun->handler ? STATUS_OK : STATUS_NIL;
		return;
	}
	find_nothing(i, STATUS_FAULT, found);
	if (!start(ctx, plan.fields[i].base, plan.fields[i].reg, plan.fields[i].stack, begun, &at))
		return;
	unrolled for (int d = 0; d < MAX_DEREFS; d++) {
		if (d < plan.fields[i].derefs) {
			if (!at) {
				find_nothing(i, STATUS_NIL, found);
				return;
			}
			if (read_user(&at, sizeof(at), (void *)(at + plan.fields[i].deref[d])))
				return;
		}
	}
	if (!at) {
		find_nothing(i, STATUS_NIL, found);
		return;
	}
	at += plan.fields[i].offset;
	if (plan.fields[i].kind == KIND_STRING) {
		__u64 string[2];
		if (!read_user(string, sizeof(string), (void *)at))
			find_string(i, string, found);
		return;
	}
	if (plan.fields[i].kind == KIND_WORD) {
		value = at;
	} else {
		__u32 size = plan.fields[i].size;
		if (size > sizeof(value) || read_user(&value, size, (void *)at))
			return;
	}
	find_value(i, value, found);
}

/* Reads the spans one after the other into the same memory, and takes the values of their fields from it. */
static __always_inline void find_in_spans(void *ctx, const struct begun *begun, struct found *found)
{
	__u64 bytes[SPAN_BYTES / 8];
	__u64 pointers[MAX_SPANS] = {};

	unrolled for (int s = 0; s < MAX_SPANS; s++) {
		if (s >= plan.span_count)
			return;
		__u32 status = STATUS_OK;
		__u64 at = pointers[s];
		if (!plan.spans[s].parent &&
		    !start(ctx, plan.spans[s].base, plan.spans[s].reg, plan.spans[s].stack, begun, &at))
			status = STATUS_FAULT;
		else if (at <= STATUS_FAULT)
			status = at == STATUS_FAULT ? STATUS_FAULT : STATUS_NIL; /* the parent's, or a nil pointer */
		else if (plan.spans[s].size > sizeof(bytes) ||
			 read_user(bytes, plan.spans[s].size, (void *)(at + plan.spans[s].offset)))
			status = STATUS_FAULT;
		unrolled for (int t = s + 1; t < MAX_SPANS; t++)
			if (plan.spans[t].parent == s + 1)
				pointers[t] = status ? status : bytes[plan.spans[t].pointer / 8];
		unrolled for (int i = 0; i < MAX_FIELDS; i++) {
			if (i < plan.field_count && plan.fields[i].span == s + 1) {
				if (status)
					find_nothing(i, status, found);
				else if (plan.fields[i].kind == KIND_STRING)
					find_string(i, &bytes[plan.fields[i].at / 8], found);
				else
					find_value(i, bytes[plan.fields[i].at / 8], found);
			}
		}
	}
}

static __always_inline int fits(int class, const struct found *found)
{
	unrolled for (int i = 0; i < MAX_FIELDS; i++)
		if (i < plan.field_count && plan.fields[i].kind == KIND_STRING &&
		    found->words[i] > plan.slots[class][i].capacity)
			return 0;
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

static __always_inline void emit(int class, __u64 size, __u32 pid, __u16 site, __u64 time_ns, const struct found *found)
{
	struct record *record = bpf_ringbuf_reserve(&ring, size, 0);
	if (!record) {
		count(lost);
		return;
	}
	record->time_ns = time_ns;
	record->pid = pid;
	record->site = site;
	record->size = size;
	unrolled for (int i = 0; i < MAX_FIELDS; i++) {
		if (i < plan.field_count) {
			void *slot = (void *)record + plan.slots[class][i].offset;
			if (plan.fields[i].kind == KIND_STRING) {
				__u64 length = found->words[i];
				__u32 status = length ? STATUS_OK : found->values[i];
				barrier_var(length);
				__u64 capacity = plan.slots[class][i].capacity;
				if (length > capacity)
					length = capacity;
				if (length && read_user(slot, length, (void *)found->values[i]))
					status = STATUS_FAULT;
				record->fields[i] = status << LENGTH_BITS | found->words[i];
			} else {
				*(__u64 *)slot = found->values[i];
				record->fields[i] = found->words[i] << LENGTH_BITS;
			}
		}
	}
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	wake_reader();
}

SEC("uprobe")
int entry(void *ctx)
{
	struct found found = {};
	keep_in_memory(found);

	if (plan.guard == GUARD_BRANCH_NOT_TAKEN && branch_is_taken(ctx)) {
		count(reentered);
		return 0;
	}
	__u32 pid = current_pid();
	if (plan.pid && pid != plan.pid)
		return 0;
	__u16 site = plan.site_from_cookie ? bpf_get_attach_cookie(ctx) : plan.site;
	if (plan.guard == GUARD_FIRST_ARRIVAL && is_return(ctx, site)) {
		count(reentered);
		return 0;
	}
	__u64 time_ns = bpf_ktime_get_ns();
	struct begun begun = {};
	if (plan.step == STEP_MARK) {
		struct goroutine key = goroutine_of(ctx);
		struct begun *kept = bpf_map_lookup_elem(&open, &key);
		if (!kept)
			return 0;
		if (!plan.field_count) {
			kept->mark = site + 1;
			return 0;
		}
		__u64 code;
		if (start(ctx, plan.fields[0].base, plan.fields[0].reg, plan.fields[0].stack, &begun, &code) &&
		    !read_user(&code, sizeof(code), (void *)code))
			kept->handler = code;
		return 0;
	}
	if (plan.step == STEP_END || plan.step == STEP_END_BEGUN) {
		struct goroutine key = goroutine_of(ctx);
		struct begun *kept = bpf_map_lookup_elem(&open, &key);
		if (kept) {
			begun = *kept;
			bpf_map_delete_elem(&open, &key);
		} else if (plan.step == STEP_END_BEGUN) {
			return 0;
		}
		if (plan.marked && !begun.mark)
			return 0;
	}
	find_in_spans(ctx, &begun, &found);
	unrolled for (int i = 0; i < MAX_FIELDS; i++)
		if (i < plan.field_count && !plan.fields[i].span)
			find(ctx, i, &begun, time_ns, &found);
	if (plan.step == STEP_BEGIN) {
		struct goroutine key = goroutine_of(ctx);
		begun.time_ns = time_ns;
		begun.writer = found.values[0];
		begun.request = found.values[1];
		if (bpf_map_update_elem(&open, &key, &begun, 0))
			count(unkept);
		return 0;
	}

#define TRY(class)                                                            \
	if (RECORD_SIZE_##class >= plan.smallest && RECORD_SIZE_##class <= plan.largest && \
	    (RECORD_SIZE_##class == plan.largest || fits(class, &found))) {    \
		emit(class, RECORD_SIZE_##class, pid, site, time_ns, &found);  \
		return 0;                                                     \
	}
	TRY(0) TRY(1) TRY(2) TRY(3) TRY(4) TRY(5)
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
