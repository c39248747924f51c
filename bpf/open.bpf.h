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
 * same time. Goroutines lie at multiples of 32, and below 2^47; one that did not would get 0, and no entry. */
struct seat {
	struct table_entry *entry;
	__u64 owner;
};

static __always_inline struct seat seat_of(const struct goroutine *key)
{
	__u64 owner = key->pid << 42 | key->g / 32;
	__u32 index = owner * 0x9e3779b97f4a7c15ull >> (64 - TABLE_BITS);
	struct seat seat = { .entry = bpf_map_lookup_elem(&table, &index) };

	if (key->g % 32 == 0 && key->g >> 47 == 0 && key->pid >> 22 == 0)
		seat.owner = owner;
	return seat;
}

static __always_inline __u64 owner_of(const struct table_entry *entry)
{
	return *(const volatile __u64 *)&entry->owner;
}

/* Takes an entry that nobody has. Of two that come at once each sees the other's number in the sum, and both go: Linux
 * 5.10 has no compare-and-swap for programs, and an addition is atomic everywhere. */
static __always_inline int take(const struct seat *seat)
{
	if (!seat->entry || !seat->owner)
		return 0;
	__u64 owner = owner_of(seat->entry);
	if (owner == seat->owner) /* of a request whose end was not seen */
		return 1;
	if (owner)
		return 0;
	__sync_fetch_and_add(&seat->entry->owner, seat->owner);
	if (owner_of(seat->entry) == seat->owner)
		return 1;
	__sync_fetch_and_add(&seat->entry->owner, -seat->owner);
	return 0;
}

/* Adds to the number of requests in the hash map. */
static __always_inline void count_open(int entries)
{
	__u32 zero = 0;
	struct control *state = bpf_map_lookup_elem(&control, &zero);
	if (state)
		__sync_fetch_and_add(&state->open_entries, entries);
}

/* Keeps a request that begins. */
static __always_inline void keep_request(const struct goroutine *key, const struct begun *begun)
{
	struct seat seat = seat_of(key);

	if (take(&seat)) {
		seat.entry->begun = *begun;
		return;
	}
	if (!bpf_map_update_elem(&open, key, begun, BPF_NOEXIST))
		count_open(1);
	else if (bpf_map_update_elem(&open, key, begun, BPF_EXIST)) /* there was one, whose end was not seen */
		count(unkept);
}

/* The request that the goroutine serves, to change it; null where none was seen to begin. */
static __always_inline struct begun *find_request(const struct goroutine *key)
{
	struct seat seat = seat_of(key);

	if (seat.entry && seat.owner && owner_of(seat.entry) == seat.owner)
		return &seat.entry->begun;
	return bpf_map_lookup_elem(&open, key);
}

/* Takes out the request that the goroutine serves. Returns 0 where none was seen to begin. */
static __always_inline int end_request(const struct goroutine *key, struct begun *begun)
{
	struct seat seat = seat_of(key);

	if (seat.entry && seat.owner && owner_of(seat.entry) == seat.owner) {
		*begun = seat.entry->begun;
		/* The entry is let go after it was read, on processors too that would turn that about: what is added is
		 * made of what was read. */
		__u64 read = begun->time_ns ^ begun->writer ^ begun->request ^ begun->mark ^ begun->handler ^ begun->pid;
		__sync_fetch_and_add(&seat.entry->owner, forget(-seat.owner, read));
		return 1;
	}
	struct begun *kept = bpf_map_lookup_elem(&open, key);
	if (!kept)
		return 0;
	*begun = *kept;
	if (!bpf_map_delete_elem(&open, key))
		count_open(-1);
	return 1;
}

#endif
