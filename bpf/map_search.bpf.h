/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Looks for one key in a Go map, slot by slot: its hash is made with a seed of the map's own. Each search gives a
 * status, and at `out` the element's address, or of a map that is not searched the number of its entries. A map that is
 * written to meanwhile may be seen in between. */
#ifndef GOHTTPSNOOP_MAP_SEARCH_BPF_H
#define GOHTTPSNOOP_MAP_SEARCH_BPF_H

/* tophash from here on is a key's. Source: Go's src/runtime/map.go. */
enum { MIN_TOPHASH = 5, SAME_SIZE_GROW = 8, SLOTS = 8 };

static __always_inline int is_key(__u64 at, __u32 m)
{
	__u64 key[TEXT_WORDS] = {};
	if (plan.maps[m].key_size) {
		__u32 size = plan.maps[m].key_size;
		return size <= sizeof(key[0]) && !read_user(key, size, (void *)at) && key[0] == plan.maps[m].key[0];
	}
	__u64 string[2];
	__u32 length = plan.maps[m].key_length;
	if (read_user(string, sizeof(string), (void *)at) || string[1] != length)
		return 0;
	if (length > sizeof(key) || (length && read_user(key, length, (void *)string[0])))
		return 0;
	unrolled for (int w = 0; w < TEXT_WORDS; w++)
		if (key[w] != plan.maps[m].key[w])
			return 0;
	return 1;
}

/* In a bucket or a group: a byte for each slot says whether it is in use. */
static __always_inline int search_slots(__u64 group, __u32 m, __u64 *out)
{
	__u64 control;
	if (read_user(&control, sizeof(control), (void *)group))
		return STATUS_FAULT;
	for (__u32 slot = 0; slot < SLOTS; slot++, control >>= 8) {
		__u8 byte = control;
		if (plan.maps[m].design == MAP_SWISS ? byte & 0x80 : byte < MIN_TOPHASH)
			continue;
		if (!is_key(group + plan.maps[m].keys + slot * plan.maps[m].key_stride, m))
			continue;
		*out = group + plan.maps[m].elems + slot * plan.maps[m].elem_stride;
		if (plan.maps[m].elem_indirect && read_user(out, sizeof(*out), (void *)*out))
			return STATUS_FAULT;
		return STATUS_OK;
	}
	return STATUS_NO_KEY;
}

/* Below, places are counted by addresses: of a number the verifier would know each value, and follow each on its own. */

/* The design to Go 1.23: 2^B buckets with chains behind them, and while the map grows those that are not moved yet. */
static __always_inline int search_buckets(__u64 map, __u32 m, __u64 *out)
{
	__u64 bucket = 0, old = 0, entries = *out;
	__u8 log = 0, flags = 0;
	if (read_user(&log, sizeof(log), (void *)(map + plan.maps[m].log_buckets)) ||
	    read_user(&flags, sizeof(flags), (void *)(map + plan.maps[m].flags)) ||
	    read_user(&bucket, sizeof(bucket), (void *)(map + plan.maps[m].buckets)) ||
	    read_user(&old, sizeof(old), (void *)(map + plan.maps[m].old_buckets)))
		return STATUS_FAULT;
	__u64 bytes = (__u64)plan.maps[m].group_size << (log & 63);
	__u64 next = bucket + plan.maps[m].group_size, end = bucket + bytes;
	for (int i = 0; i < MAP_GROUPS_MAX; i++) {
		int status = search_slots(bucket, m, out);
		if (status != STATUS_NO_KEY)
			return status;
		if (read_user(&bucket, sizeof(bucket), (void *)(bucket + plan.maps[m].overflow)))
			return STATUS_FAULT;
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
		next += plan.maps[m].group_size;
	}
	*out = entries;
	return STATUS_UNSEARCHED;
}

/* The design from Go 1.24: one group, or a directory of tables that have groups. A table may stand there more than once. */
static __always_inline int search_groups(__u64 map, __u32 m, __u64 *out)
{
	__u64 group = 0, tables = 0, mask = 0, entries = *out;
	if (read_user(&group, sizeof(group), (void *)(map + plan.maps[m].buckets)) ||
	    read_user(&tables, sizeof(tables), (void *)(map + plan.maps[m].old_buckets)))
		return STATUS_FAULT;
	/* Without a directory its pointer is the only group's; with one, no group has been found yet. */
	__u64 next_table = group, end_of_tables = group + tables * 8;
	__u64 end = group + (tables ? 0 : plan.maps[m].group_size);
	for (int i = 0; i < MAP_GROUPS_MAX; i++) {
		if (group == end) {
			if (next_table == end_of_tables)
				return STATUS_NO_KEY;
			__u64 table;
			if (read_user(&table, sizeof(table), (void *)next_table) ||
			    read_user(&group, sizeof(group), (void *)(table + plan.maps[m].log_buckets)) ||
			    read_user(&mask, sizeof(mask), (void *)(table + plan.maps[m].overflow)))
				return STATUS_FAULT;
			next_table += 8;
			end = group + (mask + 1) * plan.maps[m].group_size;
		}
		int status = search_slots(group, m, out);
		if (status != STATUS_NO_KEY)
			return status;
		group += plan.maps[m].group_size;
	}
	if (group == end && next_table == end_of_tables)
		return STATUS_NO_KEY;
	*out = entries;
	return STATUS_UNSEARCHED;
}

static __noinline int search_map(__u64 map, __u32 m, __u64 *out)
{
	if (m >= MAX_MAPS)
		return STATUS_FAULT;
	if (!map)
		return STATUS_NO_KEY;
	if (read_user(out, sizeof(*out), (void *)(map + plan.maps[m].count)))
		return STATUS_FAULT;
	if (*out == 0)
		return STATUS_NO_KEY;
	if (*out > MAP_ENTRIES_MAX)
		return STATUS_UNSEARCHED;
	return plan.maps[m].design == MAP_SWISS ? search_groups(map, m, out) : search_buckets(map, m, out);
}

#endif
