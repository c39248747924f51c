/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What the loader writes into .rodata, and what the program writes into the ring. scripts/build_bpf.ts reads these
 * types back from the object's BTF and generates layout.gen.ts, so this file is their only description. */
#ifndef GOHTTPSNOOP_H
#define GOHTTPSNOOP_H

#include "kernel.h"

#define MAX_FIELDS 15
#define MAX_DEREFS 4
#define MAX_SPANS 3
#define RECORD_CLASSES 6
#define MAX_SEARCHES 4
#define TEXT_WORDS 8

enum plan_architecture { ARCHITECTURE_X86_64 = 1, ARCHITECTURE_AARCH64 = 2 } __attribute__((packed));
enum plan_guard { GUARD_NONE = 0, GUARD_BRANCH_NOT_TAKEN = 1, GUARD_FIRST_ARRIVAL = 2 } __attribute__((packed));
/* Where a field starts: a place of the function's arguments, what was kept when the request began, or the goroutine. */
enum field_base { BASE_REGISTER = 0, BASE_STACK = 1, BASE_WRITER = 2, BASE_REQUEST = 3, BASE_G = 4 } __attribute__((packed));
/* A word is the start itself, with nothing read behind it; a duration is the time since the request began; a mark is the
 * site of the handler that it came to last; a handler is the code of the http.HandlerFunc that was called last. */
enum field_kind {
	KIND_STRING = 1,
	KIND_INTEGER = 2,
	KIND_WORD = 3,
	KIND_DURATION = 4,
	KIND_MARK = 5,
	KIND_HANDLER = 6,
} __attribute__((packed));
/* What a hit is: a call of its own; the beginning of a request (fields: its writer, and itself); a handler that the
 * request comes to, which leaves its site as a mark, or with a field the code that this has; or the request's end, for
 * some sites only of one that was seen to begin, or that has a mark. */
enum plan_step {
	STEP_ALONE = 0,
	STEP_BEGIN = 1,
	STEP_MARK = 2,
	STEP_END = 3,
	STEP_END_BEGUN = 4,
} __attribute__((packed));
/* Where the goroutine is at the site: a register, or the thread's own memory. */
enum plan_g { G_X28_R14 = 0, G_CX = 1, G_TLS = 2 } __attribute__((packed));
/* A reserve needs a constant size, so a record takes the smallest of these that holds its strings. */
enum record_size {
	RECORD_SIZE_0 = 64,
	RECORD_SIZE_1 = 128,
	RECORD_SIZE_2 = 256,
	RECORD_SIZE_3 = 512,
	RECORD_SIZE_4 = 1024,
	RECORD_SIZE_5 = 4864,
} __attribute__((packed));
/* What became of a field; the rest of its word is the string's whole length (saturated). Calls and searches for headers
 * have more: an index that is not below the length, an interface with another type than the asserted one, a map without
 * that key, a map with too many entries to be searched (its slot has their number). A joined string is there, whole:
 * behind all of the field before, and one byte between. */
enum field_status {
	STATUS_OK = 0,
	STATUS_NIL = 1,
	STATUS_FAULT = 2,
	STATUS_RANGE = 3,
	STATUS_OTHER_TYPE = 4,
	STATUS_NO_KEY = 5,
	STATUS_UNSEARCHED = 6,
	STATUS_JOINED = 7,
} __attribute__((packed));
enum field_word { LENGTH_BITS = 28, LENGTH_MAX = 0x0fffffff };
/* From an http.Request's Method to its RequestURI; the stack has room for no more. */
enum span_size { SPAN_BYTES = 208 };
/* How the entries lie: the maps of Go to 1.23, those from 1.24, or a slice of keys and values. */
enum map_design { MAP_BUCKETS = 1, MAP_SWISS = 2, MAP_LIST = 3 } __attribute__((packed));
/* Entries of a map that are searched, and the buckets or groups of slots that these may lie in. */
enum map_limit { MAP_ENTRIES_MAX = 64, MAP_GROUPS_MAX = 24, MAP_KEY_BYTES_MAX = 64 };
/* Of the open requests, those that need no hash map. */
enum table_size { TABLE_BITS = 14, TABLE_ENTRIES = 1 << TABLE_BITS };
/* The reader's state, in the control map: it writes it before it waits, the program on waking it. */
enum reader_state { READER_AWAKE = 0, READER_NAPPING = 1, READER_ASLEEP = 2 };

/* One value: a register or stack word, pointers to follow, and what lies at the end of the path. */
struct plan_field {
	enum field_kind kind;
	enum field_base base;
	__u8 reg;          /* in Go's order of argument registers */
	__u8 derefs;       /* how many of deref[] */
	__u8 size;         /* an integer's bytes */
	__u8 span;         /* the span that has the value, plus one; 0: it is read by itself */
	__u8 at;           /* and where, in bytes */
	__u8 searched;     /* one of maps[] says how what lies there is searched */
	__s32 stack;       /* bytes above the stack pointer */
	__s32 offset;      /* of the value from the last pointer */
	__s32 deref[MAX_DEREFS];
};

/* Memory that is read at once, since several values lie in it: a read costs 90 ns, whatever its length. It begins at a
 * start as a field does, or at a pointer that lies in a span before it. */
struct plan_span {
	enum field_base base;
	__u8 reg;
	__u8 parent;   /* the span that has the pointer, plus one; 0: none, it begins at `base` */
	__u8 unused;
	__u16 pointer; /* and where, in bytes */
	__u16 size;    /* at most SPAN_BYTES */
	__s32 stack;
	__s32 offset;
};

/* How a map is searched for one key. Offsets of the old design's header and buckets, or the swiss map's, see
 * go/map_layout.ts; or a slice's of keys and values. */
struct plan_map {
	enum map_design design;
	__u8 key_size;     /* bytes of an integer key; 0: a string */
	__u8 key_length;   /* bytes of the string key */
	__u8 elem_indirect;
	__u8 first;        /* the element is a slice, whose first one is meant */
	__u8 groups;       /* how many buckets or groups are looked into */
	__u8 field;        /* of a request: whose path leads to it */
	__u8 unused;
	__u32 flags;       /* old: of the flags; bit 3 says that the buckets are moved to as many */
	__u32 count;       /* offset of the number of entries */
	__u32 buckets;     /* old: of the buckets; swiss: of dirPtr; of a slice: of the pointer */
	__u32 old_buckets; /* old: of those that a growth has not moved yet; swiss: of dirLen */
	__u32 log_buckets; /* old: of B; swiss: of the table's groups */
	__u32 group_size;  /* old: bytes of a bucket; swiss: of a group; of a slice: of its elements */
	__u32 overflow;    /* old: of a bucket's overflow pointer; swiss: of the table's length mask */
	__u32 keys;        /* of the first key in a bucket or group */
	__u32 key_stride;
	__u32 elems;
	__u32 elem_stride;
	__u32 unused_too;
	__u64 key[TEXT_WORDS]; /* the integer in the first */
};

/* Where a field's bytes stand in a record of one size, and how many fit. */
struct plan_slot {
	__u16 offset;
	__u16 capacity;
};

struct record {
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 pid;     /* as the tracer's PID namespace has it; 0 where it has none */
	__u16 site;
	__u16 size;    /* which enum record_size */
	__u32 fields[]; /* a word a field: status << LENGTH_BITS | length */
};

struct plan {
	enum plan_architecture architecture;
	enum plan_guard guard;
	enum plan_step step;
	enum plan_g g;
	__u8 marked; /* only requests that came to a handler with a mark */
	__u8 field_count;
	__u8 site_from_cookie; /* else `site` */
	__u8 sleepable;        /* the program may sleep, and so bring in memory that is not resident */
	enum record_size smallest; /* the sizes in use: from here .. */
	enum record_size largest;  /* .. to here */
	__u16 site;
	__u8 span_count;
	__u8 search_count;
	__u8 counted; /* hits are counted by site, for the budget */
	__u8 joined;  /* the first two fields are strings that mostly lie one behind the other, as in "GET /ping": then they
	               * are read at once */
	__u8 unused[6];
	__u32 pid;        /* only this process; 0 for all */
	__s32 tls_offset; /* of the goroutine from the thread's base */
	__u64 wakeup_bytes; /* a napping reader is woken when so many are waiting */
	__u64 pidns_dev;  /* the tracer's PID namespace; 0 where it is the initial one */
	__u64 pidns_ino;
	struct plan_field fields[MAX_FIELDS];
	struct plan_span spans[MAX_SPANS];
	struct plan_map maps[MAX_SEARCHES];
	struct plan_slot slots[RECORD_CLASSES][MAX_FIELDS];
	struct record records[0]; /* takes no room: makes BTF describe the record .. */
	enum field_status statuses[0]; /* .. and these */
	enum field_word words[0];
	enum span_size span_sizes[0];
	enum map_limit map_limits[0];
	enum reader_state states[0];
	enum table_size table_sizes[0];
};

struct counters {
	__u64 lost;      /* the ring was full, or a call could not be kept until it returns */
	__u64 reentered; /* the stack had to grow: the call comes again */
	__u64 unkept;    /* requests that began, and for which there was no room to remember it */
	__u64 filtered;  /* calls that did not meet the condition */
};

/* A request that has begun is kept by the goroutine that serves it; only that one itself writes to it, and takes it away
 * while it runs. What is left of a process that has ended the tracer takes away. */
struct goroutine {
	__u64 g;
	__u64 pid; /* of the initial namespace */
};

struct begun {
	__u64 time_ns;
	__u64 writer;  /* the ResponseWriter's data word */
	__u64 request; /* the *http.Request */
	__u64 mark;    /* the site of a handler, plus one; 0 for none */
	__u64 handler; /* the address of a handler's code; 0 for none */
	__u64 pid;     /* as a record has it */
};

/* Fills a line of the processor's cache. */
struct table_entry {
	__u64 sum; /* of the numbers of those that have it or try to, see open.bpf.h; 0: free */
	struct begun begun;
	__u64 owner; /* the number of the goroutine that has it, once it knows */
};

/* A call whose stack grows, seen at its first arrival: the next one on its goroutine is no new call. */
struct growing {
	__u64 g;
	__u32 pid; /* of the initial namespace */
	__u32 site;
};

struct control {
	__u32 reader;       /* enum reader_state */
	__u32 open_entries; /* how many requests are in the hash map */
};

#endif
