// SPDX-License-Identifier: MIT OR GPL-2.0
/* One program for every probe. The loader writes the plan into .rodata before load; the verifier then knows each
 * value of it, follows only the branches that this plan takes, and deletes the others from the code. */
#include "gohttpsnoop.h"

const volatile struct plan plan = {};

#include "open.bpf.h"
#ifdef WITH_SEARCHES
#include "map_search.bpf.h"
#endif

/* What the first pass finds of the fields. A string's: its place and its length, or its status and no length. Another's:
 * its value and its status. Of what is missing the verifier forgets what it knows: so it lies among what the values may
 * be, and not each way on which fields may be missing is followed. */
struct found {
	__u64 values[MAX_FIELDS];
	__u32 words[MAX_FIELDS];
};

static __always_inline struct goroutine goroutine_of(void *ctx, __u32 pid)
{
	struct goroutine key = {};
	key.g = current_g(ctx);
	key.pid = pid;
	return key;
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

static __always_inline void find_nothing(int i, __u32 status, __u64 time_ns, struct found *found)
{
	found->values[i] = forget(plan.fields[i].kind == KIND_STRING ? status : 0, time_ns);
	found->words[i] = forget(plan.fields[i].kind == KIND_STRING ? 0 : status, time_ns);
}

/* Follows the path of field i to where its value is. */
static __always_inline int follow(void *ctx, int i, const struct begun *begun, __u64 *at)
{
	if (!start(ctx, plan.fields[i].base, plan.fields[i].reg, plan.fields[i].stack, begun, at))
		return STATUS_FAULT;
	unrolled for (int d = 0; d < MAX_DEREFS; d++) {
		if (d < plan.fields[i].derefs) {
			if (!*at)
				return STATUS_NIL;
			if (read_user(at, sizeof(*at), (void *)(*at + plan.fields[i].deref[d])))
				return STATUS_FAULT;
		}
	}
	if (!*at)
		return STATUS_NIL;
	*at += plan.fields[i].offset;
	return STATUS_OK;
}

/* Finds field i. */
static __always_inline void find(void *ctx, int i, const struct begun *begun, __u64 time_ns, struct found *found)
{
	__u64 at = 0, value = 0;

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
	if (plan.fields[i].searched) {
		at = found->values[i];
		if (at <= STATUS_UNSEARCHED) {
			find_nothing(i, at, time_ns, found);
			return;
		}
	} else {
		int status = follow(ctx, i, begun, &at);
		if (status != STATUS_OK) {
			find_nothing(i, status, time_ns, found);
			return;
		}
	}
	find_nothing(i, STATUS_FAULT, time_ns, found);
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

#ifdef WITH_SEARCHES
/* Where the key of a search is, in what lies at `at`: a map's pointer, or a slice. */
static __always_inline int search_at(__u64 at, search_plan *search, __u64 *out)
{
	struct search_scratch scratch;
	__u64 *list = scratch.string; /* pointer and length too */

	if (search->design != MAP_LIST && read_user(&at, sizeof(at), (void *)at))
		return STATUS_FAULT;
	int status = search_map(at, search, &scratch, out);
	if (status != STATUS_OK || !search->first)
		return status;
	if (read_user(list, sizeof(scratch.string), (void *)*out))
		return STATUS_FAULT;
	*out = list[0];
	return list[1] ? STATUS_OK : STATUS_NO_KEY;
}

/* Where the fields are that have to be searched for, or their status, as their values. Before all else: the verifier
 * follows a search once for each state that it comes to it in, and what comes after one for each that it leaves. */
static __always_inline void find_searched(void *ctx, const struct begun *begun, __u64 time_ns, struct found *found)
{
#pragma clang loop unroll(disable)
	for (__u32 m = 0; m < MAX_SEARCHES && m < plan.search_count; m++) {
		__u32 i = plan.maps[m].field;
		__u64 at = 0;
		if (i >= MAX_FIELDS)
			return;
		int status = follow(ctx, i, begun, &at);
		if (status == STATUS_OK)
			status = search_at(at, &plan.maps[m], &at);
		found->values[i] = forget(status ? (__u64)status : at, time_ns);
	}
}
#else
/* Reads the spans one after the other into the same memory, and takes the values of their fields from it. */
static __always_inline void find_in_spans(void *ctx, const struct begun *begun, __u64 time_ns, struct found *found)
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
		else if (plan.spans[s].size > SPAN_BYTES ||
			 read_user(bytes, plan.spans[s].size, (void *)(at + plan.spans[s].offset)))
			status = STATUS_FAULT;
		unrolled for (int t = s + 1; t < MAX_SPANS; t++)
			if (plan.spans[t].parent == s + 1)
				pointers[t] = status ? status : bytes[plan.spans[t].pointer / 8];
		unrolled for (int i = 0; i < MAX_FIELDS; i++) {
			if (i >= plan.field_count)
				break;
			if (plan.fields[i].span != s + 1)
				continue;
			if (status)
				find_nothing(i, status, time_ns, found);
			else if (plan.fields[i].kind == KIND_STRING)
				find_string(i, &bytes[plan.fields[i].at / 8], found);
			else
				find_value(i, bytes[plan.fields[i].at / 8], found);
		}
	}
}
#endif

static __always_inline int fits(int class, const struct found *found)
{
	unrolled for (int i = 0; i < MAX_FIELDS; i++)
		if (i < plan.field_count && plan.fields[i].kind == KIND_STRING &&
		    found->words[i] > plan.slots[class][i].capacity)
			return 0;
	return 1;
}

/* The bytes from one field's first to another's last. */
static __always_inline __u64 room(int class, int first, int last)
{
	return plan.slots[class][last].offset + plan.slots[class][last].capacity - plan.slots[class][first].offset;
}

/* Whether the second string is behind the first one in memory too, one byte between, and both are there whole. */
static __always_inline int are_joined(int class, const struct found *found)
{
	return plan.joined && found->words[0] && found->words[1] &&
	       found->values[0] + found->words[0] + 1 == found->values[1] &&
	       found->words[1] <= plan.slots[class][1].capacity &&
	       (__u64)found->words[0] + 1 + found->words[1] <= room(class, 0, 1);
}

/* Reads as much of a string as there is room for. */
static __always_inline long read_string(void *slot, __u64 length, __u64 room, __u64 from)
{
	barrier_var(length);
	if (length > room)
		length = room;
	return length ? read_user(slot, length, (void *)from) : 0;
}

static __always_inline void emit(int class, __u64 size, const struct hit *hit, __u64 time_ns, const struct found *found)
{
	struct record *record = bpf_ringbuf_reserve(&ring, size, 0);
	int joined = 0;

	if (!record) {
		count(lost);
		return;
	}
	record->time_ns = time_ns;
	record->pid = hit->pid;
	record->site = hit->site;
	record->size = size;
	unrolled for (int i = 0; i < MAX_FIELDS; i++) {
		if (i < plan.field_count) {
			void *slot = (void *)record + plan.slots[class][i].offset;
			if (i == 0 && are_joined(class, found))
				joined = !read_string(slot, (__u64)found->words[0] + 1 + found->words[1], room(class, 0, 1),
						      found->values[0]);
			if (joined && i <= 1) {
				record->fields[i] = (i ? STATUS_JOINED << LENGTH_BITS : 0) | found->words[i];
			} else if (plan.fields[i].kind == KIND_STRING) {
				__u32 status = found->words[i] ? STATUS_OK : found->values[i];
				if (read_string(slot, found->words[i], room(class, i, i), found->values[i]))
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

/* One of the words that a request begins with; 0 where it cannot be read. */
static __always_inline __u64 first_word(void *ctx, int i, const struct begun *nothing)
{
	__u64 at;

	return start(ctx, plan.fields[i].base, plan.fields[i].reg, plan.fields[i].stack, nothing, &at) ? at : 0;
}

/* Keeps which handler the goroutine's request comes to. */
static __always_inline void mark(void *ctx, const struct goroutine *key, const struct begun *nothing, __u16 site)
{
	struct begun *kept = find_request(key);
	__u64 code;

	if (!kept)
		return;
	if (!plan.field_count)
		kept->mark = site + 1;
	else if (start(ctx, plan.fields[0].base, plan.fields[0].reg, plan.fields[0].stack, nothing, &code) &&
		 !read_user(&code, sizeof(code), (void *)code))
		kept->handler = code;
}

SEC("uprobe")
int entry(void *ctx)
{
	struct hit hit;
	if (!arrives(ctx, &hit))
		return 0;
	if (plan.counted)
		count_hit(hit.site);
	__u64 time_ns = bpf_ktime_get_ns();
	struct begun begun = {};
	if (plan.step != STEP_ALONE) {
		struct goroutine key = goroutine_of(ctx, hit.tgid);
		if (plan.step == STEP_MARK) {
			mark(ctx, &key, &begun, hit.site);
			return 0;
		}
		if (plan.step == STEP_BEGIN) {
			begun.time_ns = time_ns;
			begun.pid = hit.pid;
			begun.writer = first_word(ctx, 0, &begun);
			begun.request = first_word(ctx, 1, &begun);
			keep_request(&key, &begun);
			return 0;
		}
		if (!end_request(&key, &begun) && plan.step == STEP_END_BEGUN)
			return 0;
		if (plan.marked && !begun.mark)
			return 0;
	}
	struct found found = {};
	keep_in_memory(found);
#ifdef WITH_SEARCHES
	find_searched(ctx, &begun, time_ns, &found);
#else
	find_in_spans(ctx, &begun, time_ns, &found);
#endif
	unrolled for (int i = 0; i < MAX_FIELDS; i++)
		if (i < plan.field_count && !plan.fields[i].span)
			find(ctx, i, &begun, time_ns, &found);

#define TRY(class)                                                            \
	if (RECORD_SIZE_##class >= plan.smallest && RECORD_SIZE_##class <= plan.largest && \
	    (RECORD_SIZE_##class == plan.largest || fits(class, &found))) {    \
		emit(class, RECORD_SIZE_##class, &hit, time_ns, &found);  \
		return 0;                                                     \
	}
	TRY(0) TRY(1) TRY(2) TRY(3) TRY(4) TRY(5)
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";
