/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Looks for one key in a Go map, slot by slot, since its hash is made with a seed of the map's own; or in a slice of keys
 * and values. Each search gives a status, and at `out` the element's address, or of a map that is not searched the number
 * of its entries. A map that is written to meanwhile may be seen in between.
 *
 * The verifier follows each turn of each loop, so a turn has as few branches as can be: only buckets and groups, of which
 * an empty one may never have been written to, are brought in where they are not resident. What has entries was written
 * to; where it was taken away since, it is brought in once, at the end, for the next search, and this one says that there
 * was a fault. */
#ifndef GOHTTPSNOOP_MAP_SEARCH_BPF_H
#define GOHTTPSNOOP_MAP_SEARCH_BPF_H

#include "ring.bpf.h"

/* Where a search reads keys into; the caller's, whose stack has room for little else. */
struct search_scratch {
	__u64 key[TEXT_WORDS];
	__u64 string[2]; /* pointer and length */
};

/* tophash from here on is a key's. Source: Go's src/runtime/map.go. */
enum { MIN_TOPHASH = 5, SAME_SIZE_GROW = 8, SLOTS = 8 };

typedef const volatile struct plan_map search_plan;

/* Whether the key is at `at`: STATUS_OK, STATUS_NO_KEY, or STATUS_FAULT with the place at `out`. */
static __always_inline int compare_key(__u64 at, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 *key = scratch->key, *string = scratch->string;
	__u64 difference = 0;
	__builtin_memset(key, 0, sizeof(scratch->key));
	if (search->key_size) {
		__u32 size = search->key_size;
		*out = at;
		if (size > sizeof(*key) || bpf_probe_read_user(key, size, (void *)at))
			return STATUS_FAULT;
		return key[0] == search->key[0] ? STATUS_OK : STATUS_NO_KEY;
	}
	__u32 length = search->key_length;
	*out = at;
	if (bpf_probe_read_user(string, sizeof(scratch->string), (void *)at))
		return STATUS_FAULT;
	if (string[1] != length)
		return STATUS_NO_KEY;
	*out = string[0];
	if (length > sizeof(scratch->key) || (length && bpf_probe_read_user(key, length, (void *)string[0])))
		return STATUS_FAULT;
	unrolled for (__u32 w = 0; w < TEXT_WORDS; w++)
		if (8 * w < length)
			difference |= key[w] ^ search->key[w];
	barrier_var(difference);
	return difference ? STATUS_NO_KEY : STATUS_OK;
}

/* In a bucket or a group: a byte for each slot says whether it is in use. */
static __always_inline int search_slots(__u64 group, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 control;
	*out = group;
	if (read_user(&control, sizeof(control), (void *)group))
		return STATUS_FAULT;
	__u64 key = group + search->keys, elem = group + search->elems;
	for (int slot = 0; slot < SLOTS; slot++) {
		__u8 byte = control;
		if (search->design == MAP_SWISS ? !(byte & 0x80) : byte >= MIN_TOPHASH) {
			int status = compare_key(key, search, scratch, out);
			if (status == STATUS_OK) {
				*out = elem;
				return STATUS_OK;
			}
			if (status == STATUS_FAULT)
				return STATUS_FAULT;
		}
		control >>= 8;
		key += search->key_stride;
		elem += search->elem_stride;
	}
	return STATUS_NO_KEY;
}

/* Below, places are counted by addresses: of a number the verifier would know each value, and follow each on its own. */

/* The design to Go 1.23: 2^B buckets with chains behind them, and while the map grows those that are not moved yet. */
static __always_inline int search_buckets(__u64 map, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 bucket = 0, old = 0, entries = *out;
	__u8 log = 0, flags = 0;
	*out = map;
	if (bpf_probe_read_user(&log, sizeof(log), (void *)(map + search->log_buckets)) ||
	    bpf_probe_read_user(&flags, sizeof(flags), (void *)(map + search->flags)) ||
	    bpf_probe_read_user(&bucket, sizeof(bucket), (void *)(map + search->buckets)) ||
	    bpf_probe_read_user(&old, sizeof(old), (void *)(map + search->old_buckets)))
		return STATUS_FAULT;
	__u64 bytes = (__u64)search->group_size << (log & 63);
	__u64 next = bucket + search->group_size, end = bucket + bytes;
	for (int i = 0; i < MAP_GROUPS_MAX && i < search->groups; i++) {
		int status = search_slots(bucket, search, scratch, out);
		if (status != STATUS_NO_KEY)
			return status;
		/* A place that was never written to, and cannot be read, holds no pointer: it is 0 then. */
		read_user(&bucket, sizeof(bucket), (void *)(bucket + search->overflow));
		if (bucket)
			continue;
		if (next == end) {
			if (!old)
				return STATUS_NO_KEY;
			next = old;
			end = old + (flags & SAME_SIZE_GROW ? bytes : bytes >> 1);
			old = 0;
		}
		bucket = next;
		next += search->group_size;
	}
	*out = entries;
	return STATUS_UNSEARCHED;
}

/* The design from Go 1.24: one group, or a directory of tables that have groups. A table may stand there more than once. */
static __always_inline int search_groups(__u64 map, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 group = 0, tables = 0, mask = 0, entries = *out;
	*out = map;
	if (bpf_probe_read_user(&group, sizeof(group), (void *)(map + search->buckets)) ||
	    bpf_probe_read_user(&tables, sizeof(tables), (void *)(map + search->old_buckets)))
		return STATUS_FAULT;
	/* Without a directory its pointer is the only group's; with one, no group has been found yet. */
	__u64 next_table = group, end_of_tables = group + tables * 8;
	__u64 end = group + (tables ? 0 : search->group_size);
	for (int i = 0; i < MAP_GROUPS_MAX && i < search->groups; i++) {
		if (group == end) {
			if (next_table == end_of_tables)
				return STATUS_NO_KEY;
			__u64 table;
			*out = next_table;
			if (bpf_probe_read_user(&table, sizeof(table), (void *)next_table))
				return STATUS_FAULT;
			*out = table;
			if (bpf_probe_read_user(&group, sizeof(group), (void *)(table + search->log_buckets)) ||
			    bpf_probe_read_user(&mask, sizeof(mask), (void *)(table + search->overflow)))
				return STATUS_FAULT;
			next_table += 8;
			end = group + (mask + 1) * search->group_size;
		}
		int status = search_slots(group, search, scratch, out);
		if (status != STATUS_NO_KEY)
			return status;
		group += search->group_size;
	}
	if (group == end && next_table == end_of_tables)
		return STATUS_NO_KEY;
	*out = entries;
	return STATUS_UNSEARCHED;
}

/* A slice of structs. */
static __always_inline int search_list(__u64 list, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 entry = 0, entries = *out;
	*out = list;
	if (bpf_probe_read_user(&entry, sizeof(entry), (void *)(list + search->buckets)))
		return STATUS_FAULT;
	__u64 end = entry + entries * search->group_size;
	for (int i = 0; i < MAP_ENTRIES_MAX && entry != end; i++) {
		int status = compare_key(entry + search->keys, search, scratch, out);
		if (status == STATUS_OK)
			*out = entry + search->elems;
		if (status != STATUS_NO_KEY)
			return status;
		entry += search->group_size;
	}
	return STATUS_NO_KEY;
}

static __always_inline int search_entries(__u64 map, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	__u64 entries;
	*out = map;
	if (bpf_probe_read_user(&entries, sizeof(entries), (void *)(map + search->count)))
		return STATUS_FAULT;
	if (entries == 0)
		return STATUS_NO_KEY;
	*out = entries;
	if (entries > MAP_ENTRIES_MAX)
		return STATUS_UNSEARCHED;
	if (search->design == MAP_LIST)
		return search_list(map, search, scratch, out);
	return search->design == MAP_SWISS ? search_groups(map, search, scratch, out) : search_buckets(map, search, scratch, out);
}

static __always_inline int search_map(__u64 map, search_plan *search, struct search_scratch *scratch,
					__u64 *out)
{
	if (!map)
		return STATUS_NO_KEY;
	int status = search_entries(map, search, scratch, out);
	if (status == STATUS_OK && search->elem_indirect && read_user(out, sizeof(*out), (void *)*out))
		return STATUS_FAULT;
	if (status == STATUS_FAULT && plan.sleepable) {
		__u8 byte;
		bpf_copy_from_user(&byte, sizeof(byte), (void *)*out);
	}
	return status;
}

#endif
