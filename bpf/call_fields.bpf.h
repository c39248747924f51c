/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* How the fields of a call are found and read into its record. Included behind the definition of `plan`. */
#ifndef GOHTTPSNOOP_CALL_FIELDS_BPF_H
#define GOHTTPSNOOP_CALL_FIELDS_BPF_H

#include "map_search.bpf.h"
#include "probe.bpf.h"

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

#endif
