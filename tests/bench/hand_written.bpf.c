// SPDX-License-Identifier: MIT OR GPL-2.0
/* What somebody who knows main.charge (server/main.go) would write to trace it: two integers and TEXTS texts of the order
 * that its first argument points to, with offsets, register and sizes in the code. The record's head and the wake-up are those of the
 * real program, so that the same reader takes it. TEXT_BYTES is how much of a text fits, ARM64 which machine. */
#include "../../bpf/gohttpsnoop.h"

/* The part of a main.order that has them. */
struct order {
	__u64 id;
	__u64 total;
	__u64 others[6];
	struct {
		const void *bytes;
		__u64 length;
	} texts[TEXTS];
};

struct charge_plan {
	__u64 wakeup_bytes;
	__u32 sleepable;
	__u32 reads_nothing; /* what is measured of that is the clock itself */
};

const volatile struct charge_plan plan = {};

#include "../../bpf/ring.bpf.h"

struct charge {
	__u64 time_ns;
	__u32 pid;
	__u16 site;
	__u16 size;
	__u32 words[2 + TEXTS];
	__u64 id;
	__u64 total;
	char texts[TEXTS][TEXT_BYTES];
};

/* Reads the fields into the record; what cannot be read is told by their words. */
static __always_inline void read_order(struct charge *record, const void *at)
{
	struct order order;
	unrolled for (int i = 0; i < 2 + TEXTS; i++)
		record->words[i] = STATUS_FAULT << LENGTH_BITS;
	if (read_user(&order, sizeof(order), at))
		return;
	record->id = order.id;
	record->total = order.total;
	record->words[0] = record->words[1] = STATUS_OK;
	unrolled for (int i = 0; i < TEXTS; i++) {
		__u32 length = order.texts[i].length > LENGTH_MAX ? LENGTH_MAX : order.texts[i].length;
		__u64 captured = length;
		barrier_var(captured);
		if (captured > TEXT_BYTES)
			captured = TEXT_BYTES;
		if (!captured || !read_user(record->texts[i], captured, order.texts[i].bytes))
			record->words[2 + i] = length;
	}
}

/* main.charge's first argument. */
static __always_inline void *order_of(void *ctx)
{
#ifdef ARM64
	return (void *)((struct pt_regs___aarch64 *)ctx)->regs[0];
#else
	return (void *)((struct pt_regs___x86_64 *)ctx)->ax;
#endif
}

SEC("uprobe")
int charge(void *ctx)
{
	if (plan.reads_nothing)
		return 0;
	void *order = order_of(ctx);
	struct charge *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 0;
	record->time_ns = bpf_ktime_get_ns();
	record->pid = bpf_get_current_pid_tgid() >> 32;
	record->site = 0;
	record->size = sizeof(*record);
	read_order(record, order);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	wake_reader();
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
