// SPDX-License-Identifier: MIT OR GPL-2.0
/* Calls of any function: the fields of the plan are read in one pass into the record, which is told at the entry, or
 * kept until the function returns. As in gohttpsnoop.bpf.c, the plan is frozen before load, and the verifier deletes
 * what it does not need. */
#include "call.h"

const volatile struct call_plan plan = {};

#include "probe.bpf.h"
#include "map_search.bpf.h"

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

#define REGISTERS 16
/* Where an itab has the address of its type's descriptor: its second word, in all versions of Go. */
#define ITAB_TYPE 8

/* What a hit has at hand. */
struct context {
	void *ctx;
	__u64 registers[REGISTERS]; /* those that the plan reads */
	__u64 g;
	__u64 pid;
	__u64 bias; /* of the process's addresses from the executable's */
	__u64 duration_ns;
};

/* Those that the plan reads. */
static __always_inline void read_registers(struct context *hit)
{
#define TAKE(index, name)                                                     \
	if (plan.registers & 1 << index)                                      \
		hit->registers[index] = read_register(regs, name);
	if (plan.architecture == ARCHITECTURE_X86_64) {
		struct pt_regs___x86_64 *regs = hit->ctx;
		X86_64_ARGUMENTS(TAKE)
		return;
	}
	struct pt_regs___aarch64 *regs = hit->ctx;
	AARCH64_ARGUMENTS(TAKE)
#undef TAKE
}

/* Where the path of the last field led, for those that join it. */
struct place {
	__u64 at;
	__u64 status;
	__u64 unread; /* whether `span` has nothing */
	__u8 span[CALL_SPAN_BYTES] __attribute__((aligned(8)));
};

/* Not inlined: the code of all fields would be longer than a branch can reach. */
static __noinline int read_word(__u64 *word, __u64 at)
{
	return read_user(word, sizeof(*word), (void *)at) != 0;
}

/* Not inlined, for the same reason. */
static __noinline int search(__u64 map, __u32 m, __u64 *at)
{
	struct search_scratch scratch;
	return m < MAX_MAPS ? search_map(map, &plan.maps[m], &scratch, at) : STATUS_FAULT;
}

static __always_inline int take_step(const struct context *hit, int i, int s, __u64 *at)
{
	enum call_step kind = plan.fields[i].steps[s].kind;
	__u64 word;

	if (kind == STEP_MAP) {
		__u64 map = *at;
		return search(map, plan.fields[i].steps[s].map, at);
	}
	if (plan.fields[i].steps[s].in_register) {
		word = hit->registers[plan.fields[i].steps[s].reg % REGISTERS];
	} else {
		if (!*at)
			return STATUS_NIL;
		if (read_word(&word, *at + plan.fields[i].steps[s].offset))
			return STATUS_FAULT;
	}
	if (kind == STEP_POINTER) {
		*at = word;
		return STATUS_OK;
	}
	if (kind == STEP_LENGTH)
		return word > plan.fields[i].steps[s].operand ? STATUS_OK : STATUS_RANGE;
	if (!word)
		return STATUS_NIL;
	if (kind == STEP_ITAB && read_word(&word, word + ITAB_TYPE))
		return STATUS_FAULT;
	return word == plan.fields[i].steps[s].operand + hit->bias ? STATUS_OK : STATUS_OTHER_TYPE;
}

/* Follows the path of field i to where its value is. */
static __always_inline int follow(const struct context *hit, int i, __u64 *at)
{
	enum call_base base = plan.fields[i].base;
	if (base == CALL_STACK)
		*at = stack_pointer(hit->ctx) + plan.fields[i].stack;
	else
		*at = base == CALL_G ? hit->g : hit->registers[plan.fields[i].reg % REGISTERS];
	unrolled for (int s = 0; s < MAX_STEPS; s++) {
		if (s < plan.fields[i].step_count) {
			int status = take_step(hit, i, s, at);
			if (status)
				return status;
		}
	}
	return STATUS_OK;
}

/* Puts the bytes of a string into its slot. Returns the field's word. */
static __always_inline __u32 put_string(int i, __u64 bytes, __u64 whole, void *slot)
{
	__u32 length = whole > LENGTH_MAX ? LENGTH_MAX : whole;
	__u64 captured = length;
	__u64 capacity = plan.fields[i].capacity;
	barrier_var(captured);
	if (captured > capacity)
		captured = capacity;
	if (captured && read_user(slot, captured, (void *)bytes))
		return STATUS_FAULT << LENGTH_BITS;
	return length;
}

/* Finds the place of field i, which is that of the field before it where it joins. */
static __always_inline void find_place(const struct context *hit, int i, struct place *place)
{
	__u32 size = plan.fields[i].span_size;

	if (plan.fields[i].joins)
		return;
	place->at = 0;
	place->unread = 1;
	place->status = follow(hit, i, &place->at);
	if (size && size <= sizeof(place->span) && !place->status && place->at)
		place->unread = read_user(place->span, size, (void *)(place->at + plan.fields[i].span_offset));
}

/* Where field i lies in the span. */
static __always_inline const void *in_span(const struct place *place, int i)
{
	return place->span + (plan.fields[i].offset - plan.fields[i].span_offset);
}

/* The integer of field i, from memory that is aligned for it. */
static __always_inline __u64 load_integer(int i, const void *at)
{
	switch (plan.fields[i].size) {
	case 1:
		return *(const __u8 *)at;
	case 2:
		return *(const __u16 *)at;
	case 4:
		return *(const __u32 *)at;
	default:
		return *(const __u64 *)at;
	}
}

/* Reads field i into its slot. Returns its word: status and length. */
static __always_inline __u32 read_field(const struct context *hit, int i, struct place *place, void *slot)
{
	enum call_kind kind = plan.fields[i].kind;
	__u64 value = 0;

	if (kind == CALL_DURATION || kind == CALL_PID) {
		*(__u64 *)slot = kind == CALL_PID ? hit->pid : hit->duration_ns;
		return STATUS_OK;
	}
	find_place(hit, i, place);
	__u64 at = place->at;
	if (place->status) {
		*(__u64 *)slot = at; /* of a map that was not searched: how many entries it has */
		return place->status << LENGTH_BITS;
	}
	/* What could not be read at once is tried by itself: a part of it may be resident. */
	if (plan.fields[i].in_span && !place->unread) {
		const __u64 *words = in_span(place, i);
		if (kind == CALL_STRING)
			return put_string(i, words[0], words[1], slot);
		*(__u64 *)slot = load_integer(i, words);
		return STATUS_OK;
	}
	if (kind == CALL_STRING_IN_REGISTERS)
		return put_string(i, at, hit->registers[plan.fields[i].length_reg % REGISTERS], slot);
	/* Behind a pointer or a register: what is at the address nil is not there. */
	if (!at && plan.fields[i].nil_is_zero) {
		*(__u64 *)slot = 0;
		return STATUS_OK;
	}
	if (!at && kind != CALL_ADDRESS && kind != CALL_ITAB_IN_REGISTER)
		return STATUS_NIL << LENGTH_BITS;
	at += plan.fields[i].offset;
	if (kind == CALL_STRING) {
		__u64 string[2];
		if (read_user(string, sizeof(string), (void *)at))
			return STATUS_FAULT << LENGTH_BITS;
		return put_string(i, string[0], string[1], slot);
	}
	if (kind == CALL_ADDRESS) {
		value = at;
	} else if (kind == CALL_ITAB || kind == CALL_ITAB_IN_REGISTER) {
		value = at;
		if (kind == CALL_ITAB && read_word(&value, at))
			return STATUS_FAULT << LENGTH_BITS;
		if (value && read_word(&value, value + ITAB_TYPE))
			return STATUS_FAULT << LENGTH_BITS;
	} else {
		__u32 size = plan.fields[i].size;
		if (size > sizeof(value) || read_user(&value, size, (void *)at))
			return STATUS_FAULT << LENGTH_BITS;
	}
	*(__u64 *)slot = value;
	return STATUS_OK;
}

/* Reads the fields of this hit into the record's image, which has room for them. */
static __always_inline void read_fields(const struct context *hit, void *record)
{
	struct place place;
	unrolled for (int i = 0; i < MAX_CALL_FIELDS; i++) {
		if (i >= plan.field_count)
			break;
		if ((plan.part == CALL_RETURN) == !plan.fields[i].from_entry) {
			__u32 word = read_field(hit, i, &place, record + plan.fields[i].slot);
			((struct record *)record)->fields[i] = word;
		}
	}
}

static __always_inline int compare_integers(int t, __u64 value)
{
	__u64 operand = plan.terms[t].operand[0];
	__u32 shift = 64 - 8 * plan.terms[t].size;
	value = plan.terms[t].sign ? (__u64)((__s64)(value << shift) >> shift) : value << shift >> shift;
	int is_less = plan.terms[t].sign ? (__s64)value < (__s64)operand : value < operand;
	switch (plan.terms[t].operator) {
	case TERM_EQUAL:
		return value == operand;
	case TERM_NOT_EQUAL:
		return value != operand;
	case TERM_LESS:
		return is_less;
	case TERM_LESS_EQUAL:
		return is_less || value == operand;
	case TERM_GREATER:
		return !is_less && value != operand;
	default:
		return !is_less;
	}
}

/* The slot of a field that is compared with a text has room for as much. */
static __always_inline int begins_with(int t, const __u64 *slot)
{
	unrolled for (int w = 0; w < TEXT_WORDS; w++) {
		if (w * 8 < plan.terms[t].length) {
			__u32 rest = plan.terms[t].length - w * 8;
			__u64 mask = rest >= 8 ? ~0ULL : (1ULL << (8 * rest)) - 1;
			if ((slot[w] & mask) != plan.terms[t].operand[w])
				return 0;
		}
	}
	return 1;
}

/* What is not there meets no comparison, only `== nil`. */
static __always_inline int holds(int t, const void *record)
{
	enum term_operator operator = plan.terms[t].operator;
	__u32 field = plan.terms[t].field;
	if (field >= MAX_CALL_FIELDS)
		return 0;
	__u32 word = ((const struct record *)record)->fields[field];
	__u32 status = word >> LENGTH_BITS;
	const __u64 *slot = record + plan.fields[field].slot;
	if (operator == TERM_IS_NIL)
		return status == STATUS_NIL || (status == STATUS_OK && !slot[0]);
	if (status != STATUS_OK)
		return 0;
	if (operator == TERM_IS_NOT_NIL)
		return slot[0] != 0;
	if (operator < TERM_TEXT_EQUAL)
		return compare_integers(t, slot[0]);
	__u32 length = word & LENGTH_MAX;
	int is_prefix = length >= plan.terms[t].length && begins_with(t, slot);
	if (operator == TERM_TEXT_EQUAL)
		return is_prefix && length == plan.terms[t].length;
	if (operator == TERM_TEXT_NOT_EQUAL)
		return !is_prefix || length != plan.terms[t].length;
	return operator == TERM_TEXT_PREFIX ? is_prefix : !is_prefix;
}

/* Whether the record meets the condition. */
static __always_inline int is_wanted(const void *record)
{
	__u8 next = 0;
	if (!plan.term_count)
		return 1;
	unrolled for (int t = 0; t < MAX_TERMS; t++)
		if (t < plan.term_count && next == t)
			next = holds(t, record) ? plan.terms[t].then : plan.terms[t].otherwise;
	return next == TERM_ACCEPT;
}

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
