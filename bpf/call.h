/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* The plan of a program that shows the calls of any function: what the loader writes into its .rodata. */
#ifndef GOHTTPSNOOP_CALL_H
#define GOHTTPSNOOP_CALL_H

#include "gohttpsnoop.h"

#define MAX_CALL_FIELDS 24
#define MAX_STEPS 6
#define MAX_MAPS 2
#define MAX_TERMS 8

/* What a hit is: a call, told at its entry; a call that is kept until it returns; its return. */
enum call_part { CALL_ALONE = 0, CALL_BEGIN = 1, CALL_RETURN = 2 } __attribute__((packed));
/* Where a field starts: a register's word, an address on the stack, or the goroutine. */
enum call_base { CALL_REGISTER = 0, CALL_STACK = 1, CALL_G = 2 } __attribute__((packed));
/* What lies at the end of a field's path: a pointer and a length in memory, or in two registers; an integer in memory; the
 * address itself; nanoseconds since the entry; the process; the type that an itab has, whose address is in memory or in
 * a register, 0 for none. */
enum call_kind {
	CALL_STRING = 1,
	CALL_STRING_IN_REGISTERS = 2,
	CALL_INTEGER = 3,
	CALL_ADDRESS = 4,
	CALL_DURATION = 5,
	CALL_PID = 6,
	CALL_ITAB = 7,
	CALL_ITAB_IN_REGISTER = 8,
} __attribute__((packed));
/* A step on the path from a start to a value. It takes the word at an offset from the address so far, or a register's: a
 * pointer, which is followed; a length, which has to be above the operand; the address of a type's descriptor, or of an
 * itab that has it, which has to be the operand (as the executable has it). Or it searches the map at the address so far
 * for a key. */
enum call_step {
	STEP_POINTER = 1,
	STEP_LENGTH = 2,
	STEP_TYPE = 3,
	STEP_ITAB = 4,
	STEP_MAP = 5,
} __attribute__((packed));
/* Memory that is read at once: a read costs 80 to 160 ns, whatever its length, and the stack has room for no more. */
enum call_span_size { CALL_SPAN_BYTES = 128 };
/* How a term compares. An integer's sizes below 8 are extended by `sign`. */
enum term_operator {
	TERM_EQUAL = 1,
	TERM_NOT_EQUAL = 2,
	TERM_LESS = 3,
	TERM_LESS_EQUAL = 4,
	TERM_GREATER = 5,
	TERM_GREATER_EQUAL = 6,
	TERM_IS_NIL = 7,
	TERM_IS_NOT_NIL = 8,
	TERM_TEXT_EQUAL = 9,
	TERM_TEXT_NOT_EQUAL = 10,
	TERM_TEXT_PREFIX = 11,
	TERM_TEXT_NOT_PREFIX = 12,
} __attribute__((packed));
/* Where a condition ends, in the place of its next term. */
enum term_end { TERM_ACCEPT = 254, TERM_REJECT = 255 };

struct call_path_step {
	enum call_step kind;
	__u8 in_register; /* the word is a register's, not memory's */
	__u8 reg;
	__u8 map;         /* of maps[] */
	__s32 offset;
	__u64 operand;
};

/* One value: a start, the steps of its path, and what lies at their end. */
struct call_field {
	enum call_kind kind;
	enum call_base base;
	__u8 reg;        /* in Go's order of argument registers */
	__u8 length_reg; /* of CALL_STRING_IN_REGISTERS */
	__u8 step_count;
	__u8 size;       /* an integer's bytes */
	__u8 from_entry; /* it was read at the entry, and kept since */
	__u8 nil_is_zero; /* behind a last pointer that is nil the integer is 0: the length of a map */
	__u16 slot;      /* where it stands in the record */
	__u16 capacity;
	__s32 stack;     /* bytes above the stack pointer */
	__s32 offset;    /* of the value from the last pointer */
	__u8 joins;      /* its path is that of the field that is read before it, which has been followed */
	__u8 span_size;  /* without `joins`: bytes at the path's end that are read at once, for this field and those that join */
	__u8 in_span;    /* its value, or a string's header, lies in these */
	__u8 unused_too;
	__s32 span_offset; /* of these from the last pointer, where one of both is set */
	__u32 unused_three;
	struct call_path_step steps[MAX_STEPS];
};

/* One comparison of a condition; which comes next by its answer. */
struct call_term {
	enum term_operator operator;
	__u8 field;
	__u8 size;  /* bytes of an integer */
	__u8 sign;
	__u8 then;
	__u8 otherwise;
	__u8 length; /* of the text */
	__u8 unused;
	__u64 operand[TEXT_WORDS];
};

struct call_plan {
	enum plan_architecture architecture;
	enum plan_guard guard;
	enum plan_g g;
	enum call_part part;
	__u8 site_from_cookie; /* else `site` */
	__u8 sleepable;
	__u16 site;
	__u32 pid;        /* only this process; 0 for all */
	__s32 tls_offset; /* of the goroutine from the thread's base */
	__u32 registers;  /* a bit for each argument register that is read */
	__u32 unused;
	__u64 wakeup_bytes;
	__u64 pidns_dev;
	__u64 pidns_ino;
	__u64 address;    /* of an entry's site, as the executable has it: tells where it was loaded */
	__u64 min_duration_ns;
	__u16 record_size;  /* bytes of the record */
	__u16 record_class; /* which enum record_size its slots are laid out for */
	__u16 kept_size;    /* bytes of it that are kept from entry to return */
	__u8 field_count;
	__u8 term_count;
	__u8 uses_g; /* a field starts at the goroutine */
	__u8 unused_too[7];
	struct call_field fields[MAX_CALL_FIELDS];
	struct plan_map maps[MAX_MAPS];
	struct call_term terms[MAX_TERMS];
	enum call_span_size span_sizes[0]; /* makes BTF describe these */
	enum term_end term_ends[0];
};

/* One call of a goroutine: `depth` is where its frame is, from the stack's upper end, which stays when the stack moves. */
struct frame {
	__u64 g;
	__u32 pid; /* of the initial namespace */
	__u32 depth;
};

/* What is kept of it: the begin of its record, as it will be. */
struct kept_call {
	__u64 time_ns;
	__u64 bias; /* of the process's addresses from the executable's */
	__u64 pid;  /* as the tracer's PID namespace has it */
	__u8 record[];
};

#endif
