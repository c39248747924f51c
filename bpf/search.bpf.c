// SPDX-License-Identifier: MIT OR GPL-2.0
/* The program of gohttpsnoop.bpf.c for plans that search: for headers of requests. The stack has no room for that and for
 * spans, so each field is read by itself. */
#define WITH_SEARCHES
#include "gohttpsnoop.bpf.c"
