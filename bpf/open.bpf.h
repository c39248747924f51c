/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The requests that are open, by the goroutine that serves them. Each has an entry of a table, which its goroutine's
 * address gives; where another's request is in that one, it lies in a hash map, which costs 50 ns more each time. */
#ifndef GOHTTPSNOOP_OPEN_BPF_H
#define GOHTTPSNOOP_OPEN_BPF_H

#include "probe.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TABLE_ENTRIES);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct table_entry);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, struct goroutine);
	__type(value, struct begun);
} open SEC(".maps");

/* Where a goroutine's request would be in the table, and who it is there: a number that no other goroutine has at the
 * same time. Goroutines lie at multiples of 32, and below 2^47; one that did not would have no entry. */
struct seat {
	struct table_entry *entry;
	__u64 owner;
};

static __always_inline struct seat seat_of(const struct goroutine *key)
{
	struct seat seat = { .owner = key->pid << 42 | key->g / 32 };
	__u32 index = seat.owner * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);

	if (key->g % 32 == 0 && key->g >> 47 == 0 && key->pid >> 22 == 0)
		seat.entry = bpf_map_lookup_elem(&table, &index);
	return seat;
}

static __always_inline __u64 sum_of(const struct table_entry *entry)
{
	return *(const volatile __u64 *)&entry->sum;
}

/* Whether the goroutine has its entry. Another that comes too late adds its number for a moment. */
static __always_inline int is_taken(const struct seat *seat)
{
	if (!seat->entry)
		return 0;
	__u64 sum = sum_of(seat->entry);
	return sum == seat->owner || (sum && seat->entry->owner == seat->owner);
}

/* Takes the entry if nobody has it. Who adds its number to 0, and then finds nothing but that, has it; of two that come at
 * once, one has it or none. Linux 5.10 has no compare-and-swap for programs, and an addition is atomic everywhere. */
static __always_inline int take(const struct seat *seat)
{
	if (is_taken(seat)) /* by a request whose end was not seen */
		return 1;
	if (!seat->entry || sum_of(seat->entry))
		return 0;
	__sync_fetch_and_add(&seat->entry->sum, seat->owner);
	if (sum_of(seat->entry) == seat->owner) {
		seat->entry->owner = seat->owner;
		return 1;
	}
	__sync_fetch_and_add(&seat->entry->sum, -seat->owner);
	return 0;
}

/* Lets the entry go, after it was copied, on processors too that would turn that about: what is added is made of what was
 * read. Nobody is its owner, and no process has it, until another has written it. */
static __always_inline void let_go(const struct seat *seat, const struct begun *begun)
{
	__u64 read = begun->time_ns ^ begun->writer ^ begun->request ^ begun->mark ^ begun->handler ^ begun->pid;

	seat->entry->owner = 0;
	seat->entry->begun.pid = 0;
	__sync_fetch_and_add(&seat->entry->sum, forget(-seat->owner, read));
}

/* How many requests are in the hash map. */
static __always_inline __u32 *beside(void)
{
	struct control *state = control_state();
	return state ? &state->open_entries : 0;
}

static __always_inline void remove_beside(const struct goroutine *key)
{
	__u32 *entries = beside();
	if (!bpf_map_delete_elem(&open, key) && entries)
		__sync_fetch_and_add(entries, -1);
}

/* Keeps a request that begins, in the place of one on its goroutine whose end was not seen. */
static __always_inline void keep_request(const struct goroutine *key, const struct begun *begun)
{
	struct seat seat = seat_of(key);
	__u32 *entries = beside();

	if (take(&seat)) {
		seat.entry->begun = *begun;
		if (entries && *(volatile __u32 *)entries)
			remove_beside(key);
	} else if (!bpf_map_update_elem(&open, key, begun, BPF_NOEXIST)) {
		if (entries)
			__sync_fetch_and_add(entries, 1);
	} else if (bpf_map_update_elem(&open, key, begun, BPF_EXIST)) {
		count(unkept);
	}
}

/* The request that the goroutine serves, to change it; null where none was seen to begin. */
static __always_inline struct begun *find_request(const struct goroutine *key)
{
	struct seat seat = seat_of(key);

	return is_taken(&seat) ? &seat.entry->begun : bpf_map_lookup_elem(&open, key);
}

/* Takes out the request that the goroutine serves. Returns 0 where none was seen to begin. */
static __always_inline int end_request(const struct goroutine *key, struct begun *begun)
{
	struct seat seat = seat_of(key);

	if (is_taken(&seat)) {
		*begun = seat.entry->begun;
		let_go(&seat, begun);
		return 1;
	}
	struct begun *kept = bpf_map_lookup_elem(&open, key);
	if (!kept)
		return 0;
	*begun = *kept;
	remove_beside(key);
	return 1;
}

#endif
