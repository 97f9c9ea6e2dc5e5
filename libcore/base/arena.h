/* Memory that is freed all at once, and wiped: the strings of one event. */
#ifndef CL_BASE_ARENA_H
#define CL_BASE_ARENA_H

#include <cleat/types.h>

typedef struct cl_arena_block cl_arena_block;

typedef struct cl_arena {
    const cleat_allocator *mem;
    cl_arena_block *blocks;
    cleat_status status; /* sticky: CLEAT_OK or CLEAT_E_NOMEM */
} cl_arena;

/* Zeroed and aligned for any type; NULL after a failure. */
void *cl_arena_get(cl_arena *a, size_t size);

/* A NUL-terminated copy; "" (static) after a failure, so that an event never holds NULL text. */
const char *cl_arena_text(cl_arena *a, cleat_slice text);

/* A copy of the bytes. */
cleat_slice cl_arena_copy(cl_arena *a, cleat_slice bytes);

void cl_arena_free(cl_arena *a);

#endif
