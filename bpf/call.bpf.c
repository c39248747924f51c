// SPDX-License-Identifier: MIT OR GPL-2.0
/* Calls of any function: the fields of the plan are read in one pass into the record, which is told at the entry, or
 * kept until the function returns. As in gohttpsnoop.bpf.c, the plan is frozen before load, and the verifier deletes
 * what it does not need. */
#include "call.h"

const volatile struct call_plan plan = {};

#include "call_fields.bpf.h"
#include "call_condition.bpf.h"

/* The loader makes both with values as large as the plan needs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct frame);
	__type(value, struct kept_call);
} calls SEC(".maps");

/* A value of `calls` without anything in it: too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct kept_call);
} blank SEC(".maps");

/* The frame of the call; 0 where that cannot be told. */
static __always_inline int frame_of(void *ctx, __u32 pid, struct frame *frame)
{
	__u64 upper;
	frame->g = current_g(ctx);
	/* struct g begins with stack.lo and stack.hi. */
	if (!frame->g || read_user(&upper, sizeof(upper), (void *)(frame->g + 8)))
		return 0;
	frame->pid = pid;
	frame->depth = upper - stack_pointer(ctx);
	return 1;
}

/* Makes room for what is kept of a call. One that has not returned, and never will, leaves its place to the next of its
 * depth. */
static __always_inline struct kept_call *keep(const struct frame *frame)
{
	__u32 zero = 0;
	struct kept_call *nothing = bpf_map_lookup_elem(&blank, &zero);
	if (!nothing || bpf_map_update_elem(&calls, frame, nothing, 0))
		return 0;
	return bpf_map_lookup_elem(&calls, frame);
}

static __always_inline void submit(struct record *record, const struct hit *hit, __u64 time_ns)
{
	if (!is_wanted(record)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(filtered);
		return;
	}
	record->time_ns = time_ns;
	record->pid = hit->pid;
	record->site = hit->site;
	record->size = plan.record_class;
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	wake_reader();
}

SEC("uprobe")
int call(void *ctx)
{
	struct hit hit;
	if (!arrives(ctx, &hit))
		return 0;
	count_hit(hit.site);
	__u64 time_ns = bpf_ktime_get_ns();
	struct frame frame;
	struct kept_call *kept = 0;
	if (plan.part == CALL_BEGIN) {
		if (frame_of(ctx, hit.tgid, &frame))
			kept = keep(&frame);
		if (!kept) {
			/* It will not be told when it returns. */
			count(lost);
			return 0;
		}
		kept->time_ns = time_ns;
	}
	struct context context;
	keep_in_memory(context);
	context.ctx = ctx;
	context.pid = hit.pid;
	context.bias = program_counter(ctx) - plan.address;
	if (kept) {
		kept->bias = context.bias;
		kept->pid = hit.pid;
	}
	if (plan.uses_g)
		context.g = current_g(ctx);
	read_registers(&context);
	if (plan.part == CALL_RETURN) {
		/* A call that began before the probes were there is not told. */
		if (!frame_of(ctx, hit.tgid, &frame) || !(kept = bpf_map_lookup_elem(&calls, &frame)))
			return 0;
		context.bias = kept->bias;
		context.duration_ns = time_ns - kept->time_ns;
		if (context.duration_ns < plan.min_duration_ns) {
			bpf_map_delete_elem(&calls, &frame);
			count(filtered);
			return 0;
		}
	}
	void *record;
	if (plan.part == CALL_BEGIN) {
		record = kept->record;
	} else {
		record = bpf_ringbuf_reserve(&ring, plan.record_size, 0);
		/* Asked once: Linux 5.10 does not see that a second answer would be the same. */
		if (!record) {
			count(lost);
			if (kept)
				bpf_map_delete_elem(&calls, &frame);
			return 0;
		}
		if (kept) {
			if (plan.kept_size)
				bpf_probe_read_kernel(record, plan.kept_size, kept->record);
			bpf_map_delete_elem(&calls, &frame);
		}
	}
	read_fields(&context, record);
	if (plan.part != CALL_BEGIN)
		submit(record, &hit, time_ns);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
