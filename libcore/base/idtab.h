/* A table from small numbers to pointers: channels by local number. A number is used again only
 * after it was removed; the lowest free one is taken, so the table stays as small as its peak. */
#ifndef CL_BASE_IDTAB_H
#define CL_BASE_IDTAB_H

#include <cleat/types.h>

typedef struct cl_idtab {
    const cleat_allocator *mem;
    void **slots;
    uint32_t cap;
    uint32_t count;
    uint32_t max;
} cl_idtab;

#define CL_IDTAB(allocator, limit) ((cl_idtab){.mem = (allocator), .max = (limit)})

/* CLEAT_E_LIMIT when max entries are in use. value may not be NULL. */
CLEAT_MUST_USE cleat_status cl_idtab_add(cl_idtab *t, void *value, uint32_t *id);

/* NULL for a number that is not in use. */
void *cl_idtab_get(const cl_idtab *t, uint32_t id);

/* Removes and returns the entry; NULL when there was none. */
void *cl_idtab_remove(cl_idtab *t, uint32_t id);

/* The first entry with a number >= *id, which becomes its number; NULL at the end. */
void *cl_idtab_next(const cl_idtab *t, uint32_t *id);

/* Frees the table, not what it points to. */
void cl_idtab_free(cl_idtab *t);

#endif
