/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* Whether a call's record meets the plan's condition. Included behind the definition of `plan`. */
#ifndef GOHTTPSNOOP_CALL_CONDITION_BPF_H
#define GOHTTPSNOOP_CALL_CONDITION_BPF_H

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

#endif
