/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* How a program reads the process's memory, and wakes the reader of its ring. Included behind the definition of `plan`. */
#ifndef GOHTTPSNOOP_RING_BPF_H
#define GOHTTPSNOOP_RING_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096); /* replaced by the loader's ring */
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

/* Reads the process's memory. What is not resident, such as a constant that the process itself has not looked at yet,
 * is brought in where the program may sleep. */
static __always_inline long read_user(void *to, __u32 size, const void *from)
{
	long result = bpf_probe_read_user(to, size, from);
	if (result && plan.sleepable)
		result = bpf_copy_from_user(to, size, from);
	return result;
}

static __always_inline struct control *control_state(void)
{
	__u32 zero = 0;
	return bpf_map_lookup_elem(&control, &zero);
}

/* Wakes the reader where it waits for that. The look comes after submit's full barrier, and the reader looks at the
 * ring after it has said that it sleeps: one of the two sees the other. */
static __always_inline void wake_reader(void)
{
	struct control *state = control_state();
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
